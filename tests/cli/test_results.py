"""The result folder: names, columns, keys, and everything in it computed once more."""
import json
import os

import h5py
import harness

HEAD = ["number", "state", "seed"]
METRICS = ["loss", "accuracy", "accuracy_micro", "dead_outputs", "bitops", "bitops_per_row",
           "flops", "macs", "average_bitwidth", "average_bitwidth_all", "memory_density",
           "w_overall_bit", "weight_bits", "bias_bits", "model_size_bytes", "n_params"]
SOFTWARE = METRICS[:4]
TAIL = ["on_front", "reason", "rank", "host", "latency", "started_s", "duration_s"]
TEST = ["test_accuracy", "test_accuracy_lo", "test_accuracy_hi", "test_loss", "checkpoint"]
FILES = {"job.toml", "study.json", "trials.csv", "front.csv", "best.json", "log.json",
         "checkpoints", "study.journal", "run.json"}
STUDY = ["format", "version", "seed", "sampler", "space", "objectives", "constraints", "data",
         "isa", "backend", "ranks", "hosts", "n_trials", "repeats", "done", "failed", "end",
         "start_s", "wall_s", "core_hours", "trials_per_core_hour", "utilisation",
         "front", "best", "exit", "sessions"]
BEST = ["number", "value", "software_metrics", "hardware_metrics", "scaled_metrics",
        "sampled_config", "params"]
SETUP = "search.strategy.setup."
SCALES = {"accuracy_micro": 1.0, "bitops_per_row": 1.0, "weight_bits": 1.0}


def pareto(rows, objectives):
    """Numbers of the complete rows that no other one dominates."""
    points = [(int(row["number"]), [float(row[name]) * sign for name, sign in objectives])
              for row in rows if row["state"] == "COMPLETE"]
    return [number for number, a in points
            if not any(b != a and all(x <= y for x, y in zip(b, a)) for _, b in points)]


class Results(harness.Case):
    """A joint search with three objectives and one with their sum."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.synth("data", 3000)
        cls.front = cls.search("front", "--n-trials", 16, ranks=3)
        cls.sum = cls.search("sum", "--n-trials", 6, "--set", SETUP + "sum_scaled_metrics=true",
                             "--set", SETUP + "direction='maximize'",
                             "--set", "search.strategy.metrics.weight_bits.scale=-1e-4",
                             "--set", "search.strategy.metrics.bitops_per_row.scale=-1e-5")

    @classmethod
    def search(cls, name, *options, **how):
        cls.require("search", harness.job("joint.toml"), "--sampler", "random", "--data", cls.data,
                    "--out", cls.path(name), *options, **how)
        return cls.path(name)

    def read(self, *path):
        with open(os.path.join(*path), encoding="utf-8") as file:
            return json.load(file)

    def test_folder_holds_these_files(self):
        for out in (self.front, self.sum):
            self.assertEqual(set(os.listdir(out)), FILES)
            kept = {os.path.basename(row["checkpoint"])
                    for row in harness.read_csv(out, "front.csv")}
            self.assertEqual(set(os.listdir(os.path.join(out, "checkpoints"))), kept)

    def test_columns_have_their_order(self):
        for out in (self.front, self.sum):
            names = [p["name"] for p in self.read(out, "study.json")["space"]["parameters"]]
            self.assertEqual(list(harness.read_csv(out, "trials.csv")[0]),
                             HEAD + names + METRICS + TAIL)
            self.assertEqual(list(harness.read_csv(out, "front.csv")[0]),
                             HEAD + names + METRICS + TAIL + TEST)

    def test_cells_are_numbers_in_short(self):
        for row in harness.read_csv(self.front, "trials.csv"):
            for name in METRICS:
                self.assertEqual(row[name], f"{float(row[name]):.9g}", name)
            self.assertEqual(row["latency"], "")

    def test_rows_are_in_order(self):
        for out, n in ((self.front, 16), (self.sum, 6)):
            rows = harness.read_csv(out, "trials.csv")
            self.assertEqual([int(row["number"]) for row in rows], list(range(n)))
            self.assertEqual(len({row["seed"] for row in rows}), n)

    def test_front_is_that_of_a_plain_filter(self):
        study = self.read(self.front, "study.json")
        rows = harness.read_csv(self.front, "trials.csv")
        objectives = [(o["name"], -o["scale"] if o["direction"] == "maximize" else o["scale"])
                      for o in study["objectives"]]
        self.assertEqual({name for name, _ in objectives}, set(SCALES))
        expected = pareto(rows, objectives)
        self.assertGreater(len(rows), len(expected))
        self.assertEqual(study["front"], expected)
        self.assertEqual([int(row["number"]) for row in rows if row["on_front"] == "1"], expected)
        front = harness.read_csv(self.front, "front.csv")
        self.assertEqual([int(row["number"]) for row in front], expected)
        for row in front:
            self.assertEqual({name: row[name] for name in rows[0]}, rows[int(row["number"])])
        self.assertIsNone(study["best"])

    def test_best_of_a_sum_is_its_largest(self):
        study = self.read(self.sum, "study.json")
        self.assertEqual(len(study["objectives"]), 1)
        self.assertEqual(study["objectives"][0]["direction"], "maximize")
        sums = [float(row["accuracy_micro"]) - 1e-4 * float(row["weight_bits"])
                - 1e-5 * float(row["bitops_per_row"])
                for row in harness.read_csv(self.sum, "trials.csv")]
        best = self.read(self.sum, "best.json")["0"]
        self.assertEqual(study["best"], sums.index(max(sums)))
        self.assertEqual(best["number"], study["best"])
        self.assertAlmostEqual(best["value"], max(sums), places=6)

    def test_test_scores_are_those_of_eval(self):
        n_rows = self.read(self.front, "study.json")["data"]["splits"]["test"]
        for row in harness.read_csv(self.front, "front.csv"):
            checkpoint = os.path.join(self.front, row["checkpoint"])
            done = self.require("eval", checkpoint, "--data", self.data, "--split", "test",
                                "--json")
            score = json.loads(done.out)
            self.assertEqual(list(score)[:5], ["metrics", "rows", "n_correct", "split", "data_kind"])
            self.assertEqual((score["rows"], score["split"], score["data_kind"]),
                             (n_rows, "test", "synthetic"))
            low, high = harness.wilson(score["n_correct"], n_rows)
            for name, value in (("test_accuracy", score["n_correct"] / n_rows),
                                ("test_accuracy_lo", low), ("test_accuracy_hi", high),
                                ("test_loss", score["metrics"]["loss"])):
                self.assertAlmostEqual(float(row[name]), value, delta=2e-9 * value, msg=name)
            for name in ("weight_bits", "n_params", "model_size_bytes", "bitops_per_row"):
                self.assertEqual(row[name], f"{score['metrics'][name]:.9g}")

    def test_validation_scores_are_those_of_eval(self):
        for row in harness.read_csv(self.front, "front.csv"):
            checkpoint = os.path.join(self.front, row["checkpoint"])
            done = self.require("eval", checkpoint, "--data", self.data, "--json")
            for name in SOFTWARE:
                self.assertEqual(row[name], f"{json.loads(done.out)['metrics'][name]:.9g}", name)

    def test_checkpoints_are_plain_hdf5(self):
        for row in harness.read_csv(self.front, "front.csv"):
            self.assertEqual(row["checkpoint"], f"checkpoints/trial-{int(row['number']):06d}.h5")
            names = []
            with h5py.File(os.path.join(self.front, row["checkpoint"]), "r") as file:
                file.visititems(lambda name, item: names.append(name)
                                if isinstance(item, h5py.Dataset) else None)
                n_values = sum(file[name].size for name in names if file[name].dtype.kind == "f")
            # Running mean and variance of 16 features come on top.
            self.assertGreaterEqual(n_values, int(row["n_params"]) + 32)

    def test_study_json(self):
        for out, ranks in ((self.front, 3), (self.sum, 1)):
            study = self.read(out, "study.json")
            rows = harness.read_csv(out, "trials.csv")
            self.assertEqual(list(study), STUDY)
            self.assertEqual((study["format"], study["seed"], study["sampler"]), (1, 1, "random"))
            self.assertEqual((study["ranks"], study["hosts"]), (ranks, [rows[0]["host"]]))
            self.assertEqual((study["n_trials"], study["done"], study["failed"], study["exit"]),
                             (len(rows), len(rows), 0, 0))
            self.assertEqual((study["data"]["dir"], study["data"]["kind"], study["data"]["rows"]),
                             (self.data, "synthetic", 3000))
            sizes = [len(p["values"]) for p in study["space"]["parameters"]]
            product = 1
            for size in sizes:
                product *= size
            self.assertEqual(study["space"]["size"], product)
            for parameter in study["space"]["parameters"]:
                self.assertEqual(list(parameter), ["name", "kind", "values"])
            self.assertGreater(study["wall_s"], 0)
            self.assertLess(study["start_s"], float(rows[0]["started_s"]) + 1)

    def test_best_json(self):
        best = self.read(self.front, "best.json")
        front = harness.read_csv(self.front, "front.csv")
        space = self.read(self.front, "study.json")["space"]["parameters"]
        self.assertEqual(list(best), [str(i) for i in range(len(front))])
        for entry, row in zip(best.values(), front):
            self.assertEqual(list(entry), BEST)
            self.assertEqual(entry["number"], int(row["number"]))
            self.assertEqual(list(entry["scaled_metrics"]), sorted(SCALES))
            for value, name in zip(entry["value"], sorted(SCALES)):
                self.assertAlmostEqual(value, float(row[name]), places=8)
            for name in SOFTWARE:
                self.assertAlmostEqual(entry["software_metrics"][name], float(row[name]), places=8)
            for name in METRICS[4:]:
                self.assertAlmostEqual(entry["hardware_metrics"][name], float(row[name]), places=6)
            for parameter in space:
                value = parameter["values"][entry["params"][parameter["name"]]]
                self.assertEqual(row[parameter["name"]], str(value))

    def test_sampled_config_is_the_python_tools(self):
        entry = self.read(self.front, "best.json")["0"]
        config = entry["sampled_config"]
        self.assertEqual(list(config), [f"seq_blocks_{i}" for i in range(1, 8)])
        for i in (1, 3, 5, 7):
            self.assertIsNone(config[f"seq_blocks_{i}"])
        second = config["seq_blocks_2"]["config"]
        self.assertEqual(list(second)[0], "name")
        self.assertEqual((second["name"], second["data_in_width"], second["bias_frac_width"]),
                         ("integer", 8, 4))
        self.assertIn(second["channel_multiplier"], (1, 2))
        self.assertIn((second["weight_width"], second["weight_frac_width"]), ((8, 6), (4, 2)))

    def test_log_json(self):
        groups = ["user_attrs_hardware_metrics", "user_attrs_sampled_config",
                  "user_attrs_scaled_metrics", "user_attrs_software_metrics"]
        end = ["state", "datetime_start", "datetime_complete", "duration"]
        for out, values in ((self.front, ["values_0", "values_1", "values_2"]),
                            (self.sum, ["value"])):
            log = self.read(out, "log.json")
            rows = harness.read_csv(out, "trials.csv")
            self.assertEqual(list(log), [str(i) for i in range(len(rows))])
            for entry, row in zip(log.values(), rows):
                self.assertEqual(list(entry), ["number", *values, *groups, "params", *end])
                self.assertEqual(entry["state"], row["state"])
                self.assertAlmostEqual(entry["datetime_start"] / 1e3, float(row["started_s"]),
                                       delta=0.002)
                self.assertAlmostEqual(entry["duration"] / 1e3, float(row["duration_s"]),
                                       delta=0.002)

    def test_console_shows_the_front(self):
        done = self.require("search", os.path.join(self.front, "job.toml"), "--out",
                            self.path("console"))
        lines = done.out.splitlines()
        self.assertEqual(lines[0], "Best trial(s):")
        columns = [cell.strip() for cell in lines[1].strip("|").split("|")]
        self.assertEqual(columns[:5], ["", "number", "software_metrics", "hardware_metrics",
                                       "scaled_metrics"])
        shown = [line.split("|")[2].strip() for line in lines[3:] if line.startswith("|")]
        front = harness.read_csv(self.front, "front.csv")
        self.assertEqual(shown, [row["number"] for row in front])

    def test_latency_is_measured_when_asked_for(self):
        out = self.search("latency", "--n-trials", 2, "--set",
                          "search.strategy.hw_runner.latency.batch_size=4")
        for row in harness.read_csv(out, "trials.csv"):
            self.assertGreater(float(row["latency"]), 0)


if __name__ == "__main__":
    harness.main()
