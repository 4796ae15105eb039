"""The files of a training: the best net and the last, a log, whatever ends it."""
import csv
import json
import os
import signal
import subprocess
import time

import h5py
import numpy as np

import harness

# Small, noisy and trained for long: the last net is not the best.
HEAD = """model = "jsc-toy"
seed = 5
batch_size = 16
learning_rate = 2e-2
max_epochs = 30
"""
FOR_EVER = ("--set", "max_epochs=10000000")


def values_of(net):
    found = {}
    with h5py.File(net, "r") as file:
        file.visititems(lambda name, item: found.update({name: item[:]})
                        if isinstance(item, h5py.Dataset) else None)
    return found


class Training(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.synth("data", 500, "--label-noise", 0.5)
        cls.job = cls.write("job.toml", HEAD)

    def train(self, name, *options, data=None, code=0):
        done = self.require("train", self.job, "--data", data or self.data, "--out",
                            self.path(f"{name}.h5"), *options, code=code)
        return done, harness.read_csv(self.path(f"{name}.csv"))

    def score(self, net):
        done = self.require("eval", net, "--data", self.data, "--json")
        return json.loads(done.out)["metrics"]

    def assert_same(self, one, other, same=True):
        one, other = values_of(self.path(one)), values_of(self.path(other))
        self.assertEqual(one.keys(), other.keys())
        self.assertEqual(all(np.array_equal(one[name], other[name]) for name in one), same)

    def test_best_and_last(self):
        done, rows = self.train("net")
        self.assertEqual([int(row["epoch"]) for row in rows], list(range(1, 31)))
        self.assertEqual([int(row["step"]) for row in rows], [20 * k for k in range(1, 31)])
        losses = [float(row["val_loss"]) for row in rows]
        best = int(np.argmin(losses))
        self.assertLess(best, 29)
        self.assertLess(losses[best], losses[-1] - 0.01)
        for net, row in (("net.h5", rows[best]), ("net-last.h5", rows[-1])):
            score = self.score(self.path(net))
            for name, key in (("loss", "val_loss"), ("accuracy", "val_accuracy"),
                              ("accuracy_micro", "val_accuracy_micro")):
                self.assertEqual(f"{score[name]:.9g}", row[key])
        for k, row in enumerate(rows):
            self.assertEqual(int(row["is_best"]), int(losses[k] == min(losses[:k + 1])))
            # The step before the last one of the cosine, as `ch train` would have per epoch.
            rate = 2e-2 * (1 + np.cos(np.pi * (20 * (k + 1) - 1) / 600)) / 2
            self.assertAlmostEqual(float(row["learning_rate"]), rate, places=9)
        self.assertIn(f"epoch {best + 1} of 30 has the smallest validation loss", done.out)
        self.assertIn("epoch 30: step 600 of 600", done.err)

    def test_without_validation_rows_the_last_is_the_best(self):
        names = json.loads(self.require("data", "info", self.data, "--json").out)["features"]
        random = np.random.default_rng(4)
        lines = [",".join(f"{x:.6g}" for x in row) + f",{random.choice(list('gqwzt'))}"
                 for row in random.normal(size=(300, len(names)))]
        source = self.write("rows.csv", "\n".join([",".join([*names, "class"]), *lines]) + "\n")
        data = self.path("all")
        self.require("data", "import", source, "--split", "80,0,20", "--out", data)
        done, rows = self.train("blind", data=data)
        self.assert_same("blind.h5", "blind-last.h5")
        self.assertTrue(all(row["val_loss"] == "" for row in rows))
        self.assertIn("without validation rows the last counts as the best", done.out)

    def test_a_net_that_is_lost_at_once_is_only_the_last(self):
        """One step of an absurd rate: its loss is finite, no output after it is."""
        done, rows = self.train("lost", "--set", "training_optimizer='sgd'", "--set",
                                "lr_scheduler='constant'", "--set", "learning_rate=1e30",
                                "--max-steps", 1, code=3)
        self.assertIn("no epoch had a finite validation loss: only ", done.err)
        self.assertEqual([(row["val_loss"], row["is_best"]) for row in rows], [("", "0")])
        self.assertTrue(os.path.exists(self.path("lost-last.h5")))
        self.assertFalse(os.path.exists(self.path("lost.h5")))

    def test_goes_on_from_a_net(self):
        self.train("first", "--set", "max_epochs=2")
        _, rows = self.train("second", "--set", "max_epochs=1", "--set", "learning_rate=1e-9",
                             "--load", self.path("first-last.h5"))
        first = harness.read_csv(self.path("first.csv"))
        self.assertAlmostEqual(float(rows[0]["val_loss"]), float(first[-1]["val_loss"]), delta=0.02)
        self.refuse(["train", self.job, "--data", self.data, "--out", self.path("out"), "--set",
                     "model='jsc-s'", "--load", self.path("first.h5")], 2, "first.h5", "jsc-toy",
                    "jsc-s")

    def test_sgd_of_the_python_tool(self):
        sgd = ("--set", "training_optimizer='sgd'", "--set", "max_epochs=3")
        self.train("default", *sgd)
        self.train("given", *sgd, "--set", "momentum=0.9", "--set", "nesterov=true", "--set",
                   "weight_decay=5e-4")
        self.train("plain", *sgd, "--set", "nesterov=false")
        self.assert_same("default-last.h5", "given-last.h5")
        self.assert_same("default-last.h5", "plain-last.h5", same=False)
        self.refuse(["train", self.job, "--data", self.data, "--out", self.path("out"), "--set",
                     "momentum=0.9"], 2, "'adam' has none")

    def test_nets_that_learned_nothing_are_warned_of(self):
        done, _ = self.train("guess", "--set", "model='jsc-tiny'", "--set", "max_epochs=1", "--set",
                             "learning_rate=1e-9")
        score = self.score(self.path("guess.h5"))
        self.assertIn("warning: the net is no better than guessing", done.err)
        self.assertEqual("for every validation row (dead_outputs); try another --seed" in done.err,
                         score["dead_outputs"] > 0)
        learned = self.synth("clear", 2000)
        done, _ = self.train("learned", "--set", "max_epochs=5", data=learned)
        self.assertNotIn("guessing", done.err)
        done, _ = self.train("case", "--training-optimizer", "ADAMW", "--set", "max_epochs=1")
        self.assertIn("steps of ADAMW", done.out)
        self.refuse(["train", self.write("adm.toml", "training_optimizer = 'adm'"), "--set",
                     "model='jsc-tiny'", "--data", self.data, "--out", self.path("out")], 2,
                    "adm.toml:1:1: training_optimizer: unknown optimizer 'adm'")

    def test_files_that_exist_are_kept(self):
        for name in ("there.h5", "there-last.h5", "there.csv"):
            self.write(name, "")
            self.refuse(["train", self.job, "--data", self.data, "--out", self.path("there.h5")], 2,
                        name)
            os.remove(self.path(name))

    def start(self, name):
        command = [harness.BITFRONT, "train", self.job, "--data", self.data, "--out",
                   self.path(f"{name}.h5"), *FOR_EVER]
        return subprocess.Popen(command, text=True, start_new_session=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def interrupt(self, name, number, until):
        """Sends the signal when the file is there. @return exit code, output."""
        process = self.start(name)
        try:
            deadline = time.monotonic() + 60
            while not os.path.exists(self.path(until)) and time.monotonic() < deadline:
                self.assertIsNone(process.poll())
                time.sleep(0.02)
            process.send_signal(number)
            out, _ = process.communicate(timeout=60)
        finally:
            harness.end(process)
        return process.returncode, out

    def read_log(self, name):
        with open(self.path(f"{name}.csv"), newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def test_signals_end_it_with_what_there_is(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
            name = f"stopped-{int(number)}"
            code, out = self.interrupt(name, number, f"{name}.csv")
            self.assertEqual(code, 4)
            self.assertIn("stopped jsc-toy", out)
            rows = self.read_log(name)
            best = min(rows, key=lambda row: float(row["val_loss"]))
            for net, row in ((f"{name}.h5", best), (f"{name}-last.h5", rows[-1])):
                self.assertEqual(f"{self.score(self.path(net))['loss']:.9g}", row["val_loss"])

    def test_a_killed_one_leaves_whole_files(self):
        self.interrupt("killed", signal.SIGKILL, "killed-last.h5")
        losses = {row["val_loss"] for row in self.read_log("killed") if row["val_s"]}
        for net in ("killed.h5", "killed-last.h5"):
            self.assertIn(f"{self.score(self.path(net))['loss']:.9g}", losses)


if __name__ == "__main__":
    harness.main()
