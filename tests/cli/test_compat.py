"""compat = true: the Python tool's figures, against numpy on a real checkpoint and real rows.

Half of what is checked here are defects; docs/python_tool.md says which they are.
"""
import json
import os
import sys

import h5py
import numpy as np

import harness
from test_real_checkpoint import load_state, write_checkpoint

sys.path.insert(0, os.path.join(harness.SOURCE, "tests", "golden"))
from make_orders import below, words  # noqa: E402

BATCHES = 13  # purpose of a stream
SEED = 42     # of both jobs
NOTE = "compat = true"
COMPAT = ("--set", "compat=true")
LAB3 = COMPAT + ("--set", "search.strategy.eval_mode=false")


def permutation(seed, n):
    stream, order = words(seed, BATCHES, 0), list(range(n))
    for i in range(n, 1, -1):
        j = below(stream, i)
        order[i - 1], order[j] = order[j], order[i - 1]
    return order


def fixed(x, width, frac):
    """Fixed point, ties to even; frac None: half the width."""
    frac = width // 2 if frac is None else frac
    lo, hi = -2.0 ** (width - 1), 2.0 ** (width - 1) - 1
    return np.clip(np.rint(x * 2.0 ** frac), lo, hi) / 2.0 ** frac


class Tiny:
    """jsc-tiny in double precision; float32 where a quantiser looks."""

    def __init__(self, state):
        self.values = {name.replace("model.seq_blocks.", ""): value.astype("f8")
                       for name, value in state.items()}

    def outputs(self, x, data_in, weight, bias, is_training):
        v = self.values
        mean, variance = v["0.running_mean"], v["0.running_var"]
        if is_training:
            mean, variance = x.mean(0), x.var(0)
        scale = v["0.weight"] / np.sqrt(variance + 1e-5)
        hidden = (x * scale + (v["0.bias"] - mean * scale)).astype("f4").astype("f8")
        hidden = fixed(np.maximum(hidden, 0), *data_in)
        y = hidden @ fixed(v["2.weight"], *weight).T + fixed(v["2.bias"], *bias)
        return np.maximum(y, 0)


def cross_entropy(y, labels):
    shifted = y - y.max(1, keepdims=True)
    return (np.log(np.exp(shifted).sum(1)) - shifted[np.arange(len(y)), labels]).mean()


def macro(predicted, labels):
    """torchmetrics: mean recall of the classes that occur in labels or predictions."""
    classes = np.union1d(predicted, labels)
    return np.mean([np.mean(predicted[labels == c] == c) if (labels == c).any() else 0.0
                    for c in classes])


class Compat(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        state = load_state(harness.shared_file("jsc-tiny-best.ckpt"))
        cls.net = Tiny(state)
        cls.base = cls.path("base.h5")
        write_checkpoint(cls.base, state, None)
        cls.data = cls.path("data")
        cls.require("data", "import", harness.shared_file("jsc_real_rows.csv"), "--scaler",
                    harness.shared_file("jsc_statistics.json"), "--split", f"sklearn:{SEED}",
                    "--out", cls.data)
        with h5py.File(os.path.join(cls.data, "manifest.h5")) as file:
            parts = [(file[s]["features"][:], file[s]["labels"][:]) for s in ("train", "val")]
        cls.x = np.concatenate([x for x, _ in parts]).astype("f8")
        cls.labels = np.concatenate([labels for _, labels in parts])

    def search(self, name, job, *options, **how):
        out = self.path(name)
        done = self.require("search", harness.job(job), "--load", self.base, "--data", self.data,
                            "--out", out, *options, **how)
        return done, harness.read_csv(out, "trials.csv")

    def batches(self, n_rows, size, order=None):
        """Rows and labels of each batch."""
        order = np.arange(len(self.x)) if order is None else np.array(order)
        for first in range(0, min(n_rows, len(self.x)), size):
            rows = order[first:min(first + size, n_rows)]
            yield self.x[rows], self.labels[rows]

    def formats(self, row):
        """The three formats of a trial: (width, frac width) each."""
        def of(tensor):
            tied = row.get(f"seq_blocks_2/{tensor}")
            if tied:
                return tuple(json.loads(tied))
            return int(row[f"seq_blocks_2/{tensor}_width"]), None
        return [of(tensor) for tensor in ("data_in", "weight", "bias")]

    def check_study(self, rows, n_rows, size):
        """Running averages over the trials, on the first rows of train and then val."""
        hits, counts, losses = np.zeros(5), np.zeros(5), []
        for row in rows:
            n_correct = n = 0
            for x, labels in self.batches(n_rows, size):
                y = self.net.outputs(x, *self.formats(row), is_training=False)
                predicted = y.argmax(1)
                losses.append(cross_entropy(y, labels))
                hits += np.bincount(labels[predicted == labels], minlength=5)
                counts += np.bincount(labels, minlength=5)
                n_correct, n = n_correct + (predicted == labels).sum(), n + len(labels)
            self.assertLess(abs(float(row["accuracy"]) - np.mean(hits / counts)), 1e-6, row)
            self.assertLess(abs(float(row["loss"]) - np.mean(losses)), 2e-6, row)
            # What the Python tool does not log is of the trial alone.
            self.assertLess(abs(float(row["accuracy_micro"]) - n_correct / n), 1e-6, row)

    def test_study_averages_over_trials(self):
        # One batch, of more rows than there are; then two whose border is no border of a split.
        _, rows = self.search("one", "jsc_toy_by_type.toml", *COMPAT, "--sampler", "brute-force")
        self.assertEqual(len(rows), 18)
        self.check_study(rows, 512, 512)
        _, rows = self.search("two", "jsc_toy_by_type.toml", *COMPAT, "--sampler", "brute-force",
                              "--set", "batch_size=150", "--set",
                              "search.strategy.sw_runner.basic_evaluation.num_samples=399")
        self.check_study(rows, 450, 150)

    def test_resumed_study_goes_on_averaging(self):
        options = (*COMPAT, "--sampler", "tpe", "--n-trials")
        self.search("whole", "jsc_toy_by_type.toml", *options, 18)
        self.search("parts", "jsc_toy_by_type.toml", *options, 7)
        # A net that is lost is made again, and is no less that of its trial for the averages.
        nets = self.path("parts", "checkpoints")
        os.remove(os.path.join(nets, sorted(os.listdir(nets))[-1]))
        done, parts = self.search("parts", "jsc_toy_by_type.toml", *options, 18, "--resume")
        self.assertNotIn("other metrics", done.err)
        for name in ("trials.csv", "front.csv"):
            self.assertEqual(harness.steady(self.path("parts", name)),
                             harness.steady(self.path("whole", name)), done)
        self.check_study(parts, 512, 512)

    def test_lab3_takes_batch_statistics(self):
        _, rows = self.search("lab3", "lab3_table.toml", *LAB3, ranks=3)
        self.assertEqual(len(rows), 16)
        order = permutation(SEED, len(self.x))
        for row in rows:
            found = []
            for x, labels in self.batches(len(self.x), 8, order):
                y = self.net.outputs(x, *self.formats(row), is_training=True)
                found.append((macro(y.argmax(1), labels), cross_entropy(y, labels)))
            accuracy, loss = np.mean(found, axis=0)
            self.assertLess(abs(float(row["accuracy"]) - accuracy), 1e-6, row)
            self.assertLess(abs(float(row["loss"]) - loss), 2e-6, row)
        self.assertEqual(min(rows, key=lambda row: float(row["accuracy"]))["number"], "15")

    def test_marks(self):
        done, _ = self.search("marked", "jsc_toy_by_type.toml", *COMPAT)
        honest, rows = self.search("honest", "jsc_toy_by_type.toml")
        _, same = self.search("off", "jsc_toy_by_type.toml", "--set", "compat=false")
        self.assertEqual(rows[0]["accuracy"], same[0]["accuracy"])
        self.assertTrue(NOTE in done.err and NOTE in done.out, done)
        self.assertFalse(NOTE in honest.err or NOTE in honest.out, honest)
        for name in ("study.json", "best.json", "log.json"):
            for folder, is_marked in (("marked", True), ("honest", False), ("off", False)):
                with open(self.path(folder, name), encoding="utf-8") as file:
                    text = file.read()
                self.assertEqual('"compat": true' in text, is_marked, (folder, name))
        for command in ("status", "select"):
            self.assertIn(NOTE, self.require(command, self.path("marked")).out)
            self.assertNotIn(NOTE, self.require(command, self.path("honest")).out)
            marked = self.require(command, self.path("marked"), "--json")
            self.assertTrue(json.loads(marked.out)["compat"])
        picture = self.path("compared.svg")
        done = self.require("compare", self.path("marked"), self.path("honest"), "--svg", picture)
        self.assertIn(NOTE, done.out)
        self.assertIn("1 of 2 studies have compat = true", done.err)
        with open(picture, encoding="utf-8") as file:
            self.assertEqual(file.read().count(NOTE), 1)
        self.search("again", "jsc_toy_by_type.toml", *COMPAT)
        done = self.require("compare", self.path("marked"), self.path("again"))
        self.assertNotIn("studies have compat", done.err)
        done = self.require("refit", self.path("marked"), "--data", self.data, "--epochs", 1,
                            "--seeds", 1, "--by", "knee")
        self.assertIn(NOTE, done.out)
        with open(self.path("marked", "refit", "job.toml"), encoding="utf-8") as file:
            self.assertIn("compat = false", file.read())


if __name__ == "__main__":
    harness.main()
