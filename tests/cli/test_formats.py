"""A search over number formats of several kinds: each with its own keys, in every file it leaves."""
import json
import os

import h5py
import numpy as np

import harness

JOB = """
model = "jsc-tiny"
batch_size = 128
seed = 5
[search.search_space]
name = "graph/quantize/mixed_precision_ptq"
setup.by = "name"
[search.search_space.seed.seq_blocks_1.config]
name = ["log", "NA"]
data_in_width = [8]
[search.search_space.seed.seq_blocks_2.config]
name = ["integer", "minifloat_ieee", "log", "block_fp", "block_minifloat", "block_log", "NA"]
data_in_width = [8]
data_in_frac_width = ["NA"]
data_in_exponent_width = [4]
data_in_exponent_bias = ["NA"]
data_in_exponent_bias_width = [8]
data_in_block_size = [[1, 8]]
data_in_skip_first_dim = [true]
weight_width = [8, 5]
weight_frac_width = ["NA"]
weight_exponent_width = [3]
weight_exponent_bias = ["NA"]
weight_exponent_bias_width = [6]
weight_block_size = [[16], [4, 4]]
bias_width = [8]
bias_frac_width = ["NA"]
bias_exponent_width = [4]
bias_exponent_bias = ["NA"]
bias_exponent_bias_width = [8]
bias_block_size = [[16]]
[search.strategy]
sw_runner.basic_train = {max_epochs = 1, learning_rate = 1e-2}
setup = {sampler = "brute-force", n_trials = 100}
metrics.accuracy_micro = {scale = 1.0, direction = "maximize"}
metrics.model_size_bytes = {scale = 1.0, direction = "minimize"}
"""
TIED = """
model = "jsc-tiny"
[search.search_space]
name = "graph/bitfront/joint"
setup.by = "name"
[search.search_space.seed.seq_blocks_2.config]
name = ["block_fp"]
data_in = [[8, 8, "NA", [16]]]
weight = [[12, 8, "NA", [16]], [4, 5, 9, [4, 4]]]
bias = [[8, 8, 127, 5]]
[search.strategy]
sw_runner.null = {}
setup = {sampler = "brute-force", n_trials = 2}
metrics.weight_bits = {scale = 1.0, direction = "minimize"}
"""
WEIGHTS_ONLY = """
model = "jsc-tiny"
batch_size = 128
seed = 3
[search.search_space]
name = "graph/quantize/mixed_precision_ptq"
setup.by = "name"
[search.search_space.seed.seq_blocks_2.config]
name = ["binary", "ternary", "integer"]
data_in_width = [8, 4]
data_in_frac_width = ["NA"]
data_in_stochastic = [false]
weight_width = [1]
weight_stochastic = [false, true]
weight_bipolar = [true]
weight_scaling_factor = [false, true]
weight_mean = ["NA", 0.5]
bias_width = [8]
[search.strategy]
sw_runner.basic_train = {max_epochs = 2, learning_rate = 1e-2}
setup = {sampler = "brute-force", n_trials = 20}
metrics.accuracy_micro = {scale = 1.0, direction = "maximize"}
metrics.bitops = {scale = 1.0, direction = "minimize"}
"""
NODE = "seq_blocks_2"
# What the weight of each format is described by.
KEYS = {
    "integer": ["width", "frac_width"],
    "minifloat_ieee": ["width", "exponent_width", "exponent_bias"],
    "log": ["width", "exponent_bias"],
    "block_fp": ["width", "exponent_width", "exponent_bias", "block_size"],
    "block_minifloat": ["width", "exponent_width", "exponent_bias_width", "block_size"],
    "block_log": ["width", "exponent_bias_width", "block_size"],
}


class Formats(harness.Case):
    """One brute-force study, looked at from all sides."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.synth("data", 2000)
        cls.job = cls.write("formats.toml", JOB)
        cls.study = cls.path("study")
        cls.require("search", cls.job, "--data", cls.data, "--out", cls.study)
        cls.trials = harness.read_csv(cls.study, "trials.csv")

    def test_conditional_parameters_count_once(self):
        # integer, minifloat, log: 2 widths; blocks: 2 widths x 2 blocks; NA; each beside the ReLU's.
        self.assertEqual(len(self.trials), 2 * (3 * 2 + 3 * 4 + 1))
        self.assertEqual({row["state"] for row in self.trials}, {"COMPLETE"})

    def test_sampled_configurations_hold_what_matters(self):
        with open(os.path.join(self.study, "log.json"), encoding="utf-8") as file:
            log = json.load(file)
        seen = set()
        for trial in log.values():
            config = trial["user_attrs_sampled_config"][NODE]["config"]
            if config["name"] is None:
                continue
            seen.add(config["name"])
            has = config["name"].startswith("block")
            self.assertEqual(config["weight_block_size"] in ([16], [4, 4]), has)
            self.assertEqual(config["data_in_block_size"] == [1, 8], has)
        self.assertEqual(seen, set(KEYS))

    def test_checkpoints_load_again_with_the_same_metrics(self):
        front = harness.read_csv(self.study, "front.csv")
        self.assertGreater(len(front), 1)
        for row in front:
            path = os.path.join(self.study, row["checkpoint"])
            done = self.require("eval", path, "--data", self.data, "--split", "val", "--json")
            metrics = json.loads(done.out)["metrics"]
            for name in ("accuracy_micro", "loss", "model_size_bytes", "weight_bits"):
                self.assertEqual(float("%.9g" % metrics[name]), float(row[name]), name)
            self.check_attributes(path, row[NODE + "/name"])
            self.check_view(path, row[NODE + "/name"])

    def check_attributes(self, path, name):
        with h5py.File(path, "r") as file:
            node = file[NODE].attrs
            if name == "NA":
                self.assertNotIn("weight_name", node)
                return
            self.assertEqual(node["weight_name"], name)
            for key in KEYS[name]:
                self.assertIn("weight_" + key, node)
            self.assertNotIn("weight_skip_first_dim", node)
            if name.startswith("block"):
                self.assertIn(np.array(node["weight_block_size"]).tolist(), [[-1, 16], [4, 4]])
                self.assertEqual(np.array(node["data_in_block_size"]).tolist(), [1, 8])

    def check_view(self, path, name):
        done = self.require("checkpoint", "info", path, "--json")
        node = next(layer for layer in json.loads(done.out)["layers"] if layer["node"] == NODE)
        self.assertEqual(sorted(node.get("weight", {"name": ""})), sorted(KEYS.get(name, []) + ["name"]))

    def test_resuming_finds_its_own_choices(self):
        self.require("search", self.job, "--data", self.data, "--out", self.study, "--resume")
        self.assertEqual(harness.read_csv(self.study, "trials.csv"), self.trials)

    def test_tied_values_may_hold_blocks(self):
        out = self.path("tied")
        job = self.write("tied.toml", TIED)
        self.require("search", job, "--data", self.data, "--out", out)
        bits = sorted(float(row["weight_bits"]) for row in harness.read_csv(out, "trials.csv"))
        self.assertEqual(bits, [80 * 4, 80 * 12])
        with open(os.path.join(out, "log.json"), encoding="utf-8") as file:
            config = json.load(file)["0"]["user_attrs_sampled_config"][NODE]["config"]
        self.assertIn(config["weight_block_size"], ([16], [4, 4]))
        self.assertEqual(config["bias_block_size"], 5)

    def test_values_of_another_kind_are_refused(self):
        for old, new, words in (
                ("[[1, 8]]", '["wide"]', "data_in: block_size is not a block"),
                ("[[1, 8]]", "[[0, 8]]", "extent 0"),
                ("data_in_exponent_width = [4]", "data_in_exponent_width = [true]",
                 "exponent_width is not a whole number"),
                ("weight_exponent_width = [3]", "weight_exponent_width = [5]",
                 "exponent_width is 5, expected 1..4"),
                ("weight_block_size", "weight_block_sise", "did you mean 'weight_block_size'?")):
            self.assertIn(old, JOB)
            bad = self.write("bad.toml", JOB.replace(old, new))
            self.refuse(["search", bad, "--data", self.data, "--out", self.path("bad")], 2, words)


class WeightsOnly(harness.Case):
    """Formats that leave the input and the bias of a Linear alone, one of them drawn at random."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.synth("data", 2000)
        job = cls.write("weights.toml", WEIGHTS_ONLY)
        cls.trials = {}
        for ranks in (0, 3):
            folder = cls.path(f"study-{ranks}")
            cls.require("search", job, "--data", cls.data, "--out", folder, ranks=ranks)
            cls.trials[ranks] = harness.read_csv(folder, "trials.csv")

    def test_what_makes_no_difference_is_not_counted(self):
        names = [row[NODE + "/name"] for row in self.trials[0]]
        self.assertEqual(sorted(names), ["binary"] * 2 + ["integer"] * 2 + ["ternary"] * 2)
        for row in self.trials[0]:
            self.assertEqual(row[NODE + "/data_in_width"] != "", row[NODE + "/name"] == "integer")
            self.assertEqual(row[NODE + "/bias_width"] != "", row[NODE + "/name"] == "integer")
            self.assertEqual(row[NODE + "/weight_mean"], "")

    def test_costs_count_what_is_stored(self):
        sizes = {(row[NODE + "/name"], row[NODE + "/weight_scaling_factor"]):
                 (row["bias_bits"], row["average_bitwidth"], row["model_size_bytes"])
                 for row in self.trials[0] if row[NODE + "/name"] != "integer"}
        self.assertEqual(sizes, {("binary", ""): ("160", "1", str((80 + 160 + 2048) // 8)),
                                 ("ternary", "false"): ("160", "2", str((320 + 2048) // 8)),
                                 ("ternary", "true"): ("160", "2", str((480 + 2048) // 8))})

    def test_draws_do_not_depend_on_the_number_of_ranks(self):
        for alone, spread in zip(self.trials[0], self.trials[3]):
            for name in ("number", "seed", NODE + "/name", "loss", "accuracy", "model_size_bytes"):
                self.assertEqual(alone[name], spread[name])
        self.assertEqual(len(self.trials[0]), len(self.trials[3]))
        drawn, sign = (next(row["loss"] for row in self.trials[0]
                            if row[NODE + "/weight_stochastic"] == word)
                       for word in ("true", "false"))
        self.assertNotEqual(drawn, sign)

    def test_checkpoints_evaluate_to_the_same_numbers(self):
        front = harness.read_csv(self.path("study-3"), "front.csv")
        self.assertIn("binary", [row[NODE + "/name"] for row in front])
        for row in front:
            path = os.path.join(self.path("study-3"), row["checkpoint"])
            done = self.require("eval", path, "--data", self.data, "--split", "val", "--json")
            self.assertEqual("%.9g" % json.loads(done.out)["metrics"]["loss"], row["loss"])


if __name__ == "__main__":
    harness.main()
