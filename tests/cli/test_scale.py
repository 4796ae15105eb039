"""Trials of no length, slow ones among them, deadly ones among them; and many ranks.

    test_scale.py            what travels in bundles: the same study as one process makes
    test_scale.py many       64 ranks on one machine
"""
import collections
import json
import os
import random
import sys
import unittest

import harness

MANY = "many" in sys.argv[1:]
del sys.argv[1:]
N_RANKS = 64
JOB = """
model = "jsc-tiny"
seed = 3
[search.search_space]
name = "graph/quantize/mixed_precision_ptq"
setup.by = "name"
[search.search_space.seed.default.config]
name = ["integer"]
data_in_width = [2, 3, 4, 5, 6, 7, 8, 9]
weight_width = [2, 3, 4, 5, 6, 7, 8, 9]
[search.search_space.seed.seq_blocks_2.config]
name = ["integer"]
data_in_width = [2, 3, 4, 5, 6, 7, 8, 9]
weight_width = [2, 3, 4, 5, 6, 7, 8, 9]
bias_width = [2, 3, 4, 5, 6, 7, 8, 9]
[search.strategy]
metrics.accuracy = {scale = 1.0, direction = "maximize"}
metrics.weight_bits = {scale = 1.0, direction = "minimize"}
setup.sampler = "random"
"""


def most_held(folder):
    """The most trials that a worker held at a time, as the journal has it."""
    holders = {}
    held = collections.Counter()
    most = 0
    with open(os.path.join(folder, "study.journal"), encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            if record["op_code"] == 4:
                rank = record["user_attrs"]["rank"]
                holders[len(holders)] = rank
                held[rank] += 1
                most = max(most, held[rank])
            elif record["op_code"] == 6:
                held[holders[record["trial_id"]]] -= 1
    return most


class Scale(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.synth("data", 200)
        cls.job = cls.write("job.toml", JOB)

    def search(self, name, n_trials, ranks, *options, code=0, **null):
        out = self.path(f"{name}-{ranks}")
        settings = [word for key, value in null.items()
                    for word in ("--set", f"search.strategy.sw_runner.null.{key}={value}")]
        self.require("search", self.job, "--data", self.data, "--out", out, "--n-trials", n_trials,
                     "--progress", "none", *settings, *options, code=code, ranks=ranks)
        return out


@unittest.skipIf(MANY, "the other test")
class Bundles(Scale):
    def compare(self, name, *options, code, ranks, **null):
        """Every trial once, with its own numbers, whatever travelled together."""
        alone = self.search(name, 1200, 0, *options, code=code, **null)
        self.assertEqual(len(harness.steady(alone, "trials.csv")), 1 + 1200)
        folders = [self.search(name, 1200, n, *options, code=code, **null) for n in ranks]
        for folder in folders:
            for file in ("trials.csv", "front.csv"):
                self.assertEqual(harness.steady(folder, file), harness.steady(alone, file))
        return folders

    def test_short_and_slow_trials_are_told_once_each(self):
        slow = random.Random(1).sample(range(1200), 12)
        for out in self.compare("mixed", code=3, ranks=(2, 4), cost_ms=0.001, slow_factor=20000,
                                slow_trials=slow, fail_trials=[1, 700, 701]):
            self.assertGreater(most_held(out), 10)

    def test_in_flight_is_shared_by_all_and_changes_no_number(self):
        """Eight places for three workers: whoever is first does not take them all."""
        for out in self.compare("flight", "--set", "search.strategy.setup.in_flight=8",
                                "--sampler", "nsgaii", code=0, ranks=(4,), cost_ms=0):
            used = collections.Counter(row["rank"] for row in harness.read_csv(out, "trials.csv"))
            self.assertEqual(sorted(used), ["1", "2", "3"])
            self.assertGreater(min(used.values()), 50)

    def test_deadly_trial_among_short_ones_fails_and_no_other(self):
        out = self.path("deadly")
        null = "search.strategy.sw_runner.null."
        self.require("run", "-n", 6, "--", "search", self.job, "--data", self.data, "--out", out,
                     "--n-trials", 1500, "--progress", "none", "--set", f"{null}cost_ms=0",
                     "--set", f"{null}kill_trials=[700]", code=3)
        rows = harness.read_csv(out, "trials.csv")
        self.assertEqual([row["number"] for row in rows if row["state"] == "FAIL"], ["700"])
        self.assertIn("poisonous", rows[700]["reason"])
        self.assertEqual(len(rows), 1500)


@unittest.skipIf(not MANY, "the other test")
class Many(Scale):
    def test_64_ranks_start_run_and_stop(self):
        out = self.search("many", 2000, N_RANKS, cost_ms=5)
        rows = harness.read_csv(out, "trials.csv")
        self.assertEqual({row["state"] for row in rows}, {"COMPLETE"})
        self.assertEqual(len(rows), 2000)
        self.assertEqual({int(row["rank"]) for row in rows}, set(range(1, N_RANKS)))


if __name__ == "__main__":
    harness.main()
