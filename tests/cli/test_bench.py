"""`bitfront bench engine`: what it prints. How fast the engine is belongs into tests/bench."""
import json
import math

import harness

COLUMNS = ["net", "batch", "mode", "phase", "rows_per_s", "gflops", "peak_gflops", "share"]
KINDS = [("float", "train"), ("qat", "train"), ("float", "eval"), ("qat", "eval"),
         ("int", "eval")]
# Multiplications a row of 16-16-16-5 and its wider forms, and operations for each of them.
MACS = {"x1": 592, "x2": 1696, "x4": 5440}
FLOPS = {"train": 6, "eval": 2}
ISAS = ["base", "avx2", "avx512"]


class Engine(harness.Case):
    def bench(self, *options, **how):
        return self.require("bench", "engine", "--seconds", 0.001, *options, **how)

    def rows(self, *options, **how):
        return json.loads(self.bench("--json", *options, **how).out)

    def test_every_net_in_every_kind(self):
        rows = self.rows("--batch", 128)
        self.assertEqual([(row["net"], row["batch"], row["mode"], row["phase"]) for row in rows],
                         [(net, 128, mode, phase) for net in MACS for mode, phase in KINDS])

    def test_default_batches(self):
        rows = self.rows("--net", "x1", "--mode", "qat", "--phase", "eval")
        self.assertEqual([row["batch"] for row in rows], [128, 256, 1024, 4096])

    def test_numbers_fit_each_other(self):
        rows = self.rows("--batch", 100, "--batch", 2, "--mode", "qat", "--backend", "reference")
        self.assertEqual(len(rows), 3 * 2 * 2)
        for row in rows:
            with self.subTest(**row):
                self.assertEqual(set(row), {*COLUMNS, "isa", "backend"})
                self.assertEqual(row["backend"], "reference")
                self.assertIn(row["isa"], ISAS)
                for name in ("rows_per_s", "peak_gflops"):
                    self.assertTrue(0 < row[name] < math.inf)
                flops = FLOPS[row["phase"]] * MACS[row["net"]]
                self.assertAlmostEqual(row["gflops"] / (1e-9 * flops * row["rows_per_s"]), 1)
                self.assertAlmostEqual(row["share"] * row["peak_gflops"] / row["gflops"], 1)

    def test_table(self):
        lines = self.bench("--net", "x2", "--batch", 64, "--phase", "eval").out.splitlines()
        self.assertEqual([line.split()[0] for line in lines[:3]], ["CPU", "ISA", "backend"])
        cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[3:]]
        self.assertEqual(cells[0], COLUMNS)
        self.assertEqual([row[:4] for row in cells[2:]],
                         [["x2", "64", "float", "eval"], ["x2", "64", "qat", "eval"],
                          ["x2", "64", "int", "eval"]])

    def test_isa_asked_for_is_used(self):
        best = self.rows("--net", "x1", "--batch", 2, "--phase", "eval")[0]["isa"]
        for isa in ISAS[:ISAS.index(best) + 1]:
            with self.subTest(isa):
                rows = self.rows("--net", "x1", "--batch", 2, env={"BITFRONT_ISA": isa})
                self.assertEqual({row["isa"] for row in rows}, {isa})
        self.refuse(["bench", "engine"], 2, "BITFRONT_ISA", "axv2", env={"BITFRONT_ISA": "axv2"})

    def test_bad_options_are_refused(self):
        for options, words in [(["--net", "x3"], ["net", "x3", "x1"]),
                               (["--mode", "qta"], ["mode", "qat"]),
                               (["--phase", "sleep"], ["phase", "sleep", "eval"]),
                               (["--mode", "int", "--phase", "train"], ["int", "eval"]),
                               (["--batch", "1"], ["--batch", "1", "2"]),
                               (["--batch", "65537"], ["--batch", "65536"]),
                               (["--batch", "many"], ["--batch", "many"]),
                               (["--seconds", "0"], ["--seconds"]),
                               (["--backend", "blss"], ["blss", "blis"]),
                               (["--fast"], ["--fast"]), (["x1"], ["x1"])]:
            with self.subTest(options):
                self.refuse(["bench", "engine", *options], 2, *words)


if __name__ == "__main__":
    harness.main()
