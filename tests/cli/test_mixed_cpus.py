"""Ranks on different CPUs: all compute with what the weakest has, and the same numbers.

    test_mixed_cpus.py

Ranks are given less than their CPU has ($BITFRONT_ISA), by the parts of one mpirun line. glibc
chooses among variants of its functions by itself; $GLIBC_TUNABLES gives it a CPU without FMA.
"""
import json
import os
import unittest

import harness

OLD_CPU = "glibc.cpu.hwcaps=-AVX2_Usable,-FMA_Usable,-AVX2,-FMA,-FMA4,-AVX512F"


class MixedCpus(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.synth("data", 3000)
        cls.best = cls.isa_of(cls.search("best", [(1, {})]))
        if cls.best == "base":
            raise unittest.SkipTest("this CPU has the lowest ISA")
        cls.base = cls.search("base", [(1, {"BITFRONT_ISA": "base"})])

    @classmethod
    def search(cls, name, parts, *options):
        """One search on parts of (ranks, their environment); its talk is in talk.txt."""
        out = cls.path(name)
        search = [harness.BITFRONT, "search", harness.job("joint.toml"), "--data", cls.data, "--out",
                  out, "--n-trials", "6", "--sampler", "random", "--progress", "none", *options]
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

    def test_the_weakest_decides_whoever_it_is(self):
        weak = {"BITFRONT_ISA": "base"}
        for name, parts in (("worker", [(2, {}), (1, weak)]), ("rank0", [(1, weak), (2, {})])):
            with self.subTest(name):
                out = self.search(name, parts)
                self.assertEqual(self.isa_of(out), "base")
                self.assertIn(f"ISA base, the most that '{os.uname().nodename}' has (others: "
                              f"{self.best})", self.talk)
                self.check(out, self.base)

    def test_alike_is_not_told(self):
        self.assertEqual(self.isa_of(self.base), "base")
        self.search("alike", [(2, {"BITFRONT_ISA": "base"})])
        self.assertIn("ISA base;", self.talk)

    def test_library_functions_of_old_cpus(self):
        """What the C library does on them makes no difference."""
        out = self.search("old", [(2, {}), (1, {"BITFRONT_ISA": "base", "GLIBC_TUNABLES": OLD_CPU})])
        self.check(out, self.base)


if __name__ == "__main__":
    harness.main()
