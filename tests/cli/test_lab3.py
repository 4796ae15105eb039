"""The Lab 3 table, and the costs of random nets against an independent formula."""
import random
import re

import harness
import formulas

LINE = re.compile(r"Input data width: (\(\d+, \d+\)) Weight width: (\(\d+, \d+\)): "
                  r"Accuracy: (\S+) BitOPs: (\d+) Weights bit: (\d+) Latency: (\S+)")
WIDTHS = [(16, 8), (8, 6), (8, 4), (4, 2)]
N_NETS = 50


class Lab3(harness.Case):
    def test_table(self):
        data = self.synth("data", 4000)
        base, out = self.path("base.h5"), self.path("out")
        self.require("train", harness.job("jsc_toy_by_type.toml"), "--data", data, "--out", base)
        done = self.require("search", harness.job("lab3_table.toml"), "--load", base, "--data",
                            data, "--out", out, ranks=3)
        lines = [LINE.fullmatch(line) for line in done.out.splitlines()
                 if line.startswith("Input data width: ")]
        rows = harness.read_csv(out, "trials.csv")
        self.assertEqual((len(lines), len(rows)), (16, 16), done)
        expected = [(d, w) for d in WIDTHS for w in WIDTHS]
        for line, row, (data_in, weight), oracle in zip(lines, rows, expected, formulas.LAB3):
            self.assertIsNotNone(line, done)
            self.assertEqual(oracle[:2], (data_in, weight))
            self.assertEqual((line[1], line[2]), (str(data_in), str(weight)))
            self.assertEqual((int(line[4]), int(line[5])), oracle[2:])
            self.assertEqual((int(row["bitops"]), int(row["w_overall_bit"])), oracle[2:])
            self.assertEqual(row["seq_blocks_2/data_in"], str(list(data_in)))
            self.assertEqual(row["seq_blocks_2/weight"], str(list(weight)))
            self.assertAlmostEqual(float(line[3]), float(row["accuracy"]), places=5)
            self.assertGreater(float(line[6]), 0)
            self.assertAlmostEqual(float(line[6]) / float(row["latency"]), 1, places=4)
        # The net did learn something, and most of it survives 16 bits.
        self.assertGreater(float(rows[0]["accuracy"]), 0.4)


def tensor(draw, name):
    """Choices of a tensor's format: as two parameters, or tied."""
    widths = [draw.randint(1, 32) for _ in range(draw.randint(1, 3))]
    if draw.random() < 0.5:
        return {name: [[w, draw.choice([w // 2, draw.randint(-4, 12)])] for w in widths]}
    fractions = [draw.choice(["NA", draw.randint(-4, 12)]) for _ in range(draw.randint(1, 2))]
    return {name + "_width": widths, name + "_frac_width": fractions}


def any_tensor(draw, name, formats):
    """Choices of all parameters of some formats."""
    values = {
        "width": [draw.randint(6, 32) for _ in range(draw.randint(1, 3))],
        "frac_width": ["NA", draw.randint(-4, 12)],
        "exponent_width": [draw.randint(1, 5)],
        "exponent_bias": ["NA", draw.randint(-3, 20)],
        "exponent_bias_width": [draw.randint(0, 9)],
        "block_size": [[16], [draw.choice([-1, 1, 3]), draw.randint(1, 9)]],
        "stochastic": [False],
        "bipolar": [True, False],
        "scaling_factor": [True, False],
    }
    keys = {key for item in formats if item != "NA" for key in formulas.PARAMETERS[item]}
    return {f"{name}_{key}": values[key] for key in sorted(keys)}


def config(draw, layer, is_last):
    """Choices of one node."""
    choices = {}
    if draw.random() < 0.8:
        choices["name"] = draw.choice([["integer"], ["fixed"], ["integer", "NA"]])
        make = tensor
        if draw.random() < 0.6:
            choices["name"] = draw.sample([*formulas.PARAMETERS, "NA"], draw.randint(1, 3))

            def make(draw, name):
                return any_tensor(draw, name, choices["name"])
        choices.update(make(draw, "data_in"))
        if layer["type"] == "linear":
            choices.update(make(draw, "weight"))
            if draw.random() < 0.7:
                choices.update(make(draw, "bias"))
    if layer["type"] == "linear" and not is_last and draw.random() < 0.5:
        choices["channel_multiplier"] = draw.sample([1, 2, 3, 5], draw.randint(1, 3))
    return choices


def net(draw):
    layers = []
    for _ in range(draw.randint(0, 4)):
        layers += draw.sample([{"type": "batchnorm"}, {"type": "relu"}], draw.randint(0, 2))
        layers.append({"type": "linear", "out": draw.randint(1, 40),
                       "bias": draw.random() < 0.8})
        if draw.random() < 0.2:
            layers.append({"type": "dropout", "p": 0.25})
    layers.append({"type": "linear", "out": 5, "bias": draw.random() < 0.8})
    return layers + draw.sample([{"type": "relu"}, {"type": "batchnorm"}], draw.randint(0, 2))


def toml(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def job(seed, layers, nodes, batch, compare_to):
    return f"""seed = {seed}
batch_size = {batch[0]}
[model]
layers = {toml(layers)}
[search.search_space]
name = "graph/bitfront/joint"
setup.by = "name"
seed = {toml({node: {"config": choices} for node, choices in nodes.items()})}
[search.strategy]
sw_runner.null.cost_ms = 0
hw_runner.average_bitwidth.compare_to = {compare_to}
{f"hw_runner.bitops.batch_size = {batch[1]}" if len(batch) > 1 else ""}
setup = {{sampler = "random", n_trials = 4}}
metrics.bitops = {{scale = 1.0, direction = "minimize"}}
"""


class RandomNets(harness.Case):
    def test_costs_are_those_of_the_formulas(self):
        data = self.synth("data", 100)
        draw = random.Random(20240)
        seen = set()
        for i in range(N_NETS):
            layers = net(draw)
            last = max(k for k, layer in enumerate(layers) if layer["type"] == "linear")
            nodes = {f"seq_blocks_{k}": config(draw, layer, k == last)
                     for k, layer in enumerate(layers) if layer["type"] in ("linear", "relu")}
            nodes = {node: choices for node, choices in nodes.items() if choices}
            nodes["x"] = {"name": ["integer"], **tensor(draw, "data_in")}
            batch = [draw.randint(1, 600) for _ in range(draw.randint(1, 2))]
            compare_to = draw.choice([32, 16, 8.5])
            with self.subTest(net=i, layers=layers):
                path = self.write("job.toml", job(i, layers, nodes, batch, compare_to))
                out = self.path(f"out{i}")
                self.require("search", path, "--data", data, "--out", out)
                for row in harness.read_csv(out, "trials.csv"):
                    costs = formulas.cost_metrics(layers, formulas.quant_of_row(row), batch[-1],
                                                  compare_to=compare_to)
                    for name, value in costs.items():
                        # Whole numbers are written out, however many digits they have.
                        written = f"{value:.0f}" if value == int(value) else f"{value:.9g}"
                        self.assertEqual(row[name], written, (name, row))
                    seen.add(row["bitops"])
        self.assertGreater(len(seen), 3 * N_NETS)


if __name__ == "__main__":
    harness.main()
