"""One job on different numbers of ranks: the same trials, spread over all workers.

    test_ranks.py RANKS...     0: without mpirun
"""
import csv
import json
import os
import sys

import harness

RANKS = [int(word) for word in sys.argv[1:]] or [0, 2, 3]
VOLATILE = ("rank", "host", "latency", "started_s", "duration_s")

NULL_JOB = """
model = "jsc-lab4"
seed = 5
[search.search_space]
name = "graph/bitfront/joint"
setup.by = "name"
[search.search_space.seed.seq_blocks_2.config]
name = ["integer"]
channel_multiplier = [1, 2, 3, 4]
data_in = [[8, 4]]
weight = [[8, 6], [8, 4], [4, 2], [2, 1]]
[search.search_space.seed.seq_blocks_6.config]
name = ["integer", "NA"]
data_in = [[8, 4]]
weight = [[8, 4]]
[search.strategy]
sw_runner.null = {cost_ms = 5, slow_trials = [3, 17], fail_trials = [8]}
setup.sampler = "brute-force"
[search.strategy.metrics]
accuracy = {scale = 1.0, direction = "maximize"}
weight_bits = {scale = 1.0, direction = "minimize"}
"""


class Ranks(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.synth("data", 3000)

    def search_with(self, name, job, *options, code=0, **how):
        """The result folders of one job, by number of ranks."""
        folders = {}
        for ranks in RANKS:
            folders[ranks] = self.path(f"{name}-{ranks}")
            self.require("search", job, *options, "--data", self.data, "--out", folders[ranks],
                         code=code, ranks=ranks, **how)
        return folders

    def steady(self, folder, file):
        """The rows without their volatile columns."""
        with open(os.path.join(folder, file), newline="", encoding="utf-8") as opened:
            rows = list(csv.reader(opened))
        keep = [i for i, name in enumerate(rows[0]) if name not in VOLATILE]
        return [[row[i] for i in keep] for row in rows]

    def compare(self, folders):
        first = folders[RANKS[0]]
        for ranks, folder in folders.items():
            with self.subTest(ranks=ranks):
                for file in ("trials.csv", "front.csv"):
                    self.assertEqual(self.steady(folder, file), self.steady(first, file))
                self.assertEqual(self.read(folder, "best.json"), self.read(first, "best.json"))
                self.check_ranks(folder, max(ranks, 1))

    def read(self, folder, file):
        with open(os.path.join(folder, file), encoding="utf-8") as opened:
            return json.load(opened)

    def check_ranks(self, folder, ranks):
        """Every worker had its share, and rank 0 none unless it is alone."""
        used = {int(row["rank"]) for row in harness.read_csv(folder, "trials.csv")}
        self.assertEqual(used, {0} if ranks == 1 else set(range(1, ranks)))
        self.assertEqual(self.read(folder, "study.json")["ranks"], ranks)

    def test_trained_search(self):
        folders = self.search_with("joint", harness.job("joint.toml"), "--n-trials", 12,
                                   "--sampler", "random")
        self.compare(folders)
        rows = harness.read_csv(folders[RANKS[0]], "trials.csv")
        self.assertEqual(len(rows), 12)
        self.assertGreater(len({row["loss"] for row in rows}), 10)

    def test_trained_search_with_the_lowest_isa(self):
        folders = self.search_with("base", harness.job("joint.toml"), "--n-trials", 4,
                                   "--sampler", "random", env={"BITFRONT_ISA": "base"})
        self.compare(folders)
        for folder in folders.values():
            self.assertEqual(self.read(folder, "study.json")["isa"], "base")

    def test_null_search_with_a_failure(self):
        folders = self.search_with("null", self.write("null.toml", NULL_JOB), code=3)
        self.compare(folders)
        rows = harness.read_csv(folders[RANKS[0]], "trials.csv")
        self.assertEqual(len(rows), 32)
        self.assertEqual([row["number"] for row in rows if row["state"] == "FAIL"], ["8"])


if __name__ == "__main__":
    harness.main()
