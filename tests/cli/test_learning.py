"""Learning and quantised training are real: accuracies on a synthetic set of full size."""
import json
import os

import h5py
import numpy as np

import harness

ROWS = 200000
SEEDS = range(1, 25)
SW_RUNNER = "search.strategy.sw_runner"


def linear(out):
    return [{"type": "linear", "out": out}]


RELU = [{"type": "relu"}]
HLS4ML = linear(64) + RELU + linear(32) + RELU + linear(32) + RELU + linear(5)
QAT_NET = [{"type": "batchnorm"}] + RELU + linear(16) + RELU + linear(16) + RELU + linear(5)


def inline(layers):
    return "[" + ", ".join(
        "{" + ", ".join(f"{key} = {json.dumps(value)}" for key, value in layer.items()) + "}"
        for layer in layers) + "]"


def job(layers, n_epochs, rate):
    return f"""batch_size = 512
learning_rate = {rate}
max_epochs = {n_epochs}
[model]
layers = {inline(layers)}
[search.search_space]
name = "graph/quantize/mixed_precision_ptq"
setup.by = "type"
[search.search_space.seed.default.config]
name = ["NA"]
[search.search_space.seed.linear.config]
name = ["integer"]
data_in = [[8, 4]]
weight = [[3, 2]]
bias = [[8, 4]]
[search.strategy]
setup = {{sampler = "brute-force", n_trials = 1}}
metrics.accuracy_micro = {{scale = 1.0, direction = "maximize"}}
"""


class Learning(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.synth("data", ROWS, "--label-noise", 0.12)

    def train(self, job_file, name, *options):
        net = self.path(name)
        self.require("train", job_file, "--data", self.data, "--out", net, *options)
        return net

    def score(self, net):
        done = self.require("eval", net, "--data", self.data, "--split", "test", "--json")
        return json.loads(done.out)

    def test_jsc_tiny(self):
        net = self.train(harness.job("jsc_toy_by_type.toml"), "tiny.h5", "--set", "max_epochs=20")
        score = self.score(net)
        self.assertGreaterEqual(score["metrics"]["accuracy_micro"], 0.62)
        self.assertEqual(score["n_correct"], self.count_correct(net))

    def count_correct(self, net):
        """jsc-tiny once more, in numpy and double."""
        with h5py.File(os.path.join(self.data, "manifest.h5"), "r") as file:
            rows, labels = file["test/features"][:].astype("f8"), file["test/labels"][:]
        with h5py.File(net, "r") as file:
            norm = {name: item[:].astype("f8") for name, item in file["seq_blocks_0"].items()}
            weight, bias = (file["seq_blocks_2"][name][:] for name in ("weight", "bias"))
        scale = norm["weight"] / np.sqrt(norm["running_var"] + 1e-5)
        hidden = np.maximum((rows - norm["running_mean"]) * scale + norm["bias"], 0)
        outputs = np.maximum(hidden @ weight.T.astype("f8") + bias, 0)
        return int((outputs.argmax(axis=1) == labels).sum())

    def test_64_32_32(self):
        net = self.train(self.write("hls4ml.toml", job(HLS4ML, 10, 3e-3)), "hls4ml.h5")
        self.assertGreaterEqual(self.score(net)["metrics"]["accuracy_micro"], 0.74)

    def search(self, job_file, name, seed, runner, *options):
        out = self.path(f"{name}-{seed}")
        self.require("search", job_file, "--data", self.data, "--out", out, "--seed", seed,
                     "--set", f"{SW_RUNNER}={runner}", *options)
        row, = harness.read_csv(out, "front.csv")
        self.assertEqual(int(row["weight_bits"]), 3 * (16 * 16 + 16 * 16 + 16 * 5))
        return float(row["test_accuracy"])

    def test_quantised_training_beats_quantisation_afterwards(self):
        job_file = self.write("qat.toml", job(QAT_NET, 6, 1e-2))
        after, trained = [], []
        for seed in SEEDS:
            net = self.train(job_file, f"float-{seed}.h5", "--seed", seed)
            after.append(self.search(job_file, "ptq", seed, "{basic_evaluation={}}", "--load", net))
            trained.append(self.search(job_file, "qat", seed,
                                       "{basic_train={max_epochs=6, learning_rate=1e-2, "
                                       "lr_scheduler='cosine'}}"))
        gain = np.mean(trained) - np.mean(after)
        print(f"afterwards {np.mean(after):.4f}, in training {np.mean(trained):.4f}", end=" ")
        self.assertGreaterEqual(gain, 0.05, (after, trained))


if __name__ == "__main__":
    harness.main()
