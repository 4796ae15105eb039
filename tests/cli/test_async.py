"""Slow and failing trials: the others go on.

Needs no fast machine: trials of the null runner sleep, and what is compared are counts and the
search's own times.
"""
import json
import os

import harness

WORKERS = 3
JOB = harness.null_space("data_in_width", "weight_width") + """
[search.strategy]
sw_runner.null.cost_ms = 20
setup.sampler = "brute-force"
metrics.accuracy = {scale = 1.0, direction = "maximize"}
"""


class Async(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.synth("data", 200)
        cls.job = cls.write("job.toml", JOB)

    def search(self, name, *options, code=0, ranks=1 + WORKERS, **null):
        out = self.path(name)
        settings = [word for key, value in null.items()
                    for word in ("--set", f"search.strategy.sw_runner.null.{key}={value}")]
        self.require("search", self.job, "--data", self.data, "--out", out, *settings, *options,
                     code=code, ranks=ranks)
        with open(os.path.join(out, "study.json"), encoding="utf-8") as file:
            return harness.read_csv(out, "trials.csv"), json.load(file)

    def test_slow_trial_holds_up_nobody(self):
        rows, _ = self.search("one", "--n-trials", 80, slow_trials=[2], slow_factor=20)
        slow = rows[2]
        start = float(slow["started_s"])
        end = start + float(slow["duration_s"])
        self.assertGreater(float(slow["duration_s"]), 0.4)
        meanwhile = [row for row in rows if start < float(row["started_s"]) < end]
        others = {row["rank"] for row in meanwhile}
        # Two free workers do 40 trials of 20 ms in that time. Rounds would start none, queues
        # filled in advance a few.
        self.assertGreaterEqual(len(meanwhile), 20)
        self.assertEqual(len(others), WORKERS - 1)
        self.assertNotIn(slow["rank"], others)
        # One trial, and only one, waited at the worker all the time.
        waited = [int(row["number"]) for row in rows
                  if row["rank"] == slow["rank"] and float(row["started_s"]) > start]
        self.assertLessEqual(waited[0], 2 * WORKERS + 2)
        self.assertGreater(waited[1], len(meanwhile))

    def test_slow_trials_cost_less_than_rounds(self):
        slow = list(range(2, 80, 10))
        rows, study = self.search("many", "--n-trials", 80, slow_trials=slow, slow_factor=20)
        seconds = [float(row["duration_s"]) for row in rows]
        in_rounds = sum(max(seconds[i:i + WORKERS]) for i in range(0, 80, WORKERS))
        self.assertLess(study["wall_s"], 0.75 * in_rounds)
        # Nor can it be shorter than the work on all workers.
        self.assertGreater(study["wall_s"], sum(seconds) / WORKERS)

    def test_failing_trials_are_recorded(self):
        for ranks in (0, 1 + WORKERS):
            with self.subTest(ranks=ranks):
                rows, study = self.search(f"fail{ranks}", "--n-trials", 9, code=3, ranks=ranks,
                                          fail_trials=[0, 4, 5])
                failed = [row for row in rows if row["state"] == "FAIL"]
                self.assertEqual([row["number"] for row in failed], ["0", "4", "5"])
                for row in failed:
                    self.assertIn("null runner", row["reason"])
                    self.assertEqual((row["accuracy"], row["on_front"]), ("", "0"))
                for row in rows:
                    if row not in failed:
                        self.assertEqual((row["state"], row["reason"]), ("COMPLETE", ""))
                        self.assertNotEqual(row["accuracy"], "")
                self.assertEqual((study["done"], study["failed"], study["exit"]), (6, 3, 3))

    def test_diverging_trials_are_recorded(self):
        """All trials fail in earnest: the loss is no number."""
        basic_train = "search.strategy.sw_runner.basic_train."
        for ranks in (0, 3):
            out = self.path(f"nan{ranks}")
            with self.subTest(ranks=ranks):
                self.require("search", harness.job("lab4_front.toml"), "--data", self.data, "--out",
                             out, "--n-trials", 4, "--set", f"{basic_train}learning_rate=1e30",
                             "--set", f"{basic_train}num_warmup_steps=0", code=3, ranks=ranks)
                rows = harness.read_csv(out, "trials.csv")
                self.assertEqual([row["state"] for row in rows], ["FAIL"] * 4)
                for row in rows:
                    self.assertIn("loss is nan at epoch", row["reason"])
                self.assertEqual(harness.read_csv(out, "front.csv"), [])

    def test_timeout_stops_asking(self):
        rows, study = self.search("timeout", "--timeout", 1, cost_ms=100)
        self.assertLess(len(rows), 100)
        self.assertGreater(len(rows), 10)
        self.assertEqual((study["failed"], study["exit"]), (0, 0))
        self.assertEqual({row["state"] for row in rows}, {"COMPLETE"})


if __name__ == "__main__":
    harness.main()
