"""Ranks on different CPUs: all compute with what the weakest has, and the same numbers.

    test_mixed_cpus.py

Ranks are given less than their CPU has ($BITFRONT_ISA), by the parts of one mpirun line.
"""
import json
import os
import unittest

import harness


# Floating-point nets, whose last digits tell kernels apart; quantised ones are too coarse.
JOB = """
model = "jsc-lab4"
batch_size = 64
seed = 5
[search.search_space]
name = "graph/bitfront/joint"
setup.by = "name"
[search.search_space.seed.seq_blocks_2.config]
name = ["NA"]
channel_multiplier = [1, 2, 3, 4]
[search.strategy.sw_runner]
basic_train = {max_epochs = 3, learning_rate = 2e-2, optimizer = "adam"}
[search.strategy.setup]
sampler = "brute-force"
[search.strategy.metrics]
accuracy = {scale = 1.0, direction = "maximize"}
"""


class MixedCpus(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.synth("data", 10000)
        cls.job = cls.write("job.toml", JOB)
        cls.best = cls.search("best", [(1, {})])
        if cls.isa_of(cls.best) == "base":
            raise unittest.SkipTest("this CPU has the lowest ISA")
        cls.base = cls.search("base", [(1, {"BITFRONT_ISA": "base"})])

    @classmethod
    def search(cls, name, parts, *options):
        """One search on parts of (ranks, their environment)."""
        out = cls.path(name)
        search = [harness.BITFRONT, "search", cls.job, "--data", cls.data, "--out", out,
                  "--progress", "none", *options]
        words = []
        for ranks, env in parts:
            words += [":", "-n", str(ranks)] if words else [str(ranks)]
            words += [word for item in env.items() for word in ("-x", "=".join(item))] + search
        done = harness.run(["sh", os.path.join(harness.SOURCE, "tests", "mpi_run.sh"), *words])
        if done.code:
            raise AssertionError(done)
        cls.talk = done.err
        return out

    @staticmethod
    def isa_of(out):
        with open(os.path.join(out, "study.json"), encoding="utf-8") as file:
            return json.load(file)["isa"]

    def check(self, out, same_as):
        self.assertEqual(harness.steady(out, "trials.csv"), harness.steady(same_as, "trials.csv"))

    def differ(self, one, other):
        """Else the comparisons here would tell nothing."""
        self.assertNotEqual(harness.steady(one, "trials.csv"), harness.steady(other, "trials.csv"))

    def test_the_weakest_decides_whoever_it_is(self):
        weak = {"BITFRONT_ISA": "base"}
        for name, parts in (("worker", [(2, {}), (1, weak)]), ("rank0", [(1, weak), (2, {})])):
            with self.subTest(name):
                out = self.search(name, parts)
                self.assertEqual(self.isa_of(out), "base")
                self.assertIn(f"ISA base, the most that '{os.uname().nodename}' has (others: "
                              f"{self.isa_of(self.best)})", self.talk)
                self.check(out, self.base)

    def test_weakest_of_blis(self):
        """BLIS would choose by itself, on every CPU otherwise."""
        weak = {"BITFRONT_ISA": "base"}
        blis = ["--backend", "blis"]
        best = self.search("blis-best", [(1, {})], *blis)
        base = self.search("blis-base", [(1, weak)], *blis)
        self.differ(best, base)
        self.check(self.search("blis", [(2, {}), (1, weak)], *blis), base)

    def test_ranks_that_are_alike(self):
        self.assertEqual(self.isa_of(self.base), "base")
        self.differ(self.best, self.base)
        self.search("alike", [(2, {"BITFRONT_ISA": "base"})])
        self.assertIn("ISA base;", self.talk)


if __name__ == "__main__":
    harness.main()
