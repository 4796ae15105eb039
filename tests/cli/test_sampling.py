"""What a job says about sampling, on real ranks: samplers that learn, in_flight, repeats, constraints,
a stopping rule, and choices that make no difference.

    test_sampling.py RANKS...     0: without mpirun
"""
import itertools
import json
import os
import statistics
import sys

import harness

RANKS = [int(word) for word in sys.argv[1:]] or [0, 2, 3]
TOY = harness.job("jsc_toy_by_type.toml")
LAB4 = harness.job("jsc_lab4_train.toml")
SETUP = "search.strategy.setup."

# 2 + 4 x 4 configurations: without a format the widths of a node make no difference.
CONDITIONAL = """
model = "jsc-tiny"
[search.search_space]
name = "graph/quantize/mixed_precision_ptq"
setup.by = "name"
[search.search_space.seed.seq_blocks_2.config]
data_in = [[8, 4], [6, 3], [4, 2], [3, 1]]
weight = [[8, 6], [6, 4], [4, 2], [2, 1]]
bias = [[8, 4]]
name = ["integer", "NA"]
[search.search_space.seed.seq_blocks_3.config]
name = ["NA", "integer"]
data_in = [[8, 4]]
[search.strategy]
sw_runner.null = {cost_ms = 0}
setup.n_trials = 1000
[search.strategy.metrics]
accuracy = {scale = 1.0, direction = "maximize"}
weight_bits = {scale = 1.0, direction = "minimize"}
"""

# 4^6 configurations of a net that costs nothing.
WIDE = """
model = "jsc-lab4"
seed = 3
[search.search_space]
name = "graph/bitfront/joint"
setup.by = "name"
""" + "".join(f"""
[search.search_space.seed.seq_blocks_{i}.config]
name = ["integer"]
data_in = [[8, 4], [6, 3], [4, 2], [3, 1]]
weight = [[8, 6], [6, 4], [4, 2], [2, 1]]
bias = [[8, 4]]
""" for i in (2, 4, 6)) + """
[search.strategy]
sw_runner.null = {cost_ms = 1, slow_trials = [3, 17, 30], fail_trials = [8, 21]}
setup.n_trials = 60
[search.strategy.metrics]
accuracy = {scale = 1.0, direction = "maximize"}
bitops = {scale = 1.0, direction = "minimize"}
"""


class Sampling(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.synth("data", 3000)
        cls.base = cls.path("base.h5")
        cls.require("train", TOY, "--data", cls.data, "--out", cls.base)
        cls.wide = cls.write("wide.toml", WIDE)

    def search(self, name, job, *options, **how):
        out = self.path(name)
        done = self.require("search", job, *options, "--data", self.data, "--out", out, **how)
        with open(os.path.join(out, "study.json"), encoding="utf-8") as file:
            return done, harness.read_csv(out, "trials.csv"), json.load(file), out

    def parameters(self, rows):
        names = [name for name in rows[0] if name.startswith("seq_blocks_")]
        return [tuple(row[name] for name in names) for row in rows]

    def test_toy_runs_with_its_own_sampler_and_is_exhausted(self):
        for ranks in RANKS:
            done, rows, study, _ = self.search(f"toy-{ranks}", TOY, "--load", self.base,
                                               ranks=ranks)
            self.assertEqual((study["sampler"], study["end"]), ("tpe", "space"))
            self.assertIn("the space is exhausted: all 18 different configurations were tried",
                          done.out)
            self.assertEqual(len(set(self.parameters(rows))), 18)
            self.assertEqual(len(rows), 18)

    def test_lab4_runs_with_its_own_sampler(self):
        brief = "search.strategy.sw_runner.basic_train."
        for ranks in RANKS:
            done, rows, study, _ = self.search(f"lab4-{ranks}", LAB4, "--set", brief +
                                               "max_epochs=1", "--set", brief +
                                               "num_warmup_steps=1", ranks=ranks)
            self.assertEqual((study["sampler"], study["end"]), ("tpe", "n_trials"))
            self.assertEqual(len(set(self.parameters(rows))), 20)
            self.assertIn("done 20, failed 0 of 20", done.out)

    def test_in_flight_gives_the_same_study_on_any_number_of_ranks(self):
        for sampler in ("tpe", "nsgaii", "nsgaiii", "gp"):
            rows = {}
            for ranks in RANKS:
                _, _, study, out = self.search(f"{sampler}-{ranks}", self.wide, "--sampler",
                                               sampler, "--set", SETUP + "in_flight=4", "--set",
                                               SETUP + "population_size=8", code=3, ranks=ranks)
                self.assertEqual((study["done"], study["failed"]), (58, 2))
                rows[ranks] = harness.steady(out, "trials.csv")
            for ranks in RANKS:
                self.assertEqual(rows[ranks], rows[RANKS[0]], (sampler, ranks))

    def test_no_sampler_repeats_a_configuration(self):
        for sampler in ("random", "qmc", "tpe", "nsgaii", "nsgaiii", "gp", "brute-force"):
            _, rows, study, _ = self.search(f"distinct-{sampler}", self.wide, "--sampler", sampler,
                                            code=3, ranks=RANKS[-1])
            self.assertEqual(study["sampler"], sampler)
            self.assertEqual(len(set(self.parameters(rows))), 60)

    def test_auto_is_the_sampler_of_a_job_that_names_none(self):
        _, _, study, _ = self.search("auto", self.wide, code=3)
        self.assertEqual(study["sampler"], "gp")
        _, _, study, _ = self.search("auto-all", self.wide, "--n-trials", 4096, "--set",
                                     "search.strategy.sw_runner.null.cost_ms=0", code=3)
        self.assertEqual((study["sampler"], study["done"] + study["failed"]), ("brute-force", 4096))

    def test_choices_that_make_no_difference_are_no_configurations(self):
        for sampler in ("brute-force", "random", "tpe", "nsgaii", "gp", "qmc"):
            _, rows, study, _ = self.search(f"conditional-{sampler}",
                                            self.write("conditional.toml", CONDITIONAL),
                                            "--sampler", sampler)
            self.assertEqual(study["space"]["size"], (1 + 16) * 2)
            seen = {(row["seq_blocks_2/name"], row["seq_blocks_2/data_in"],
                     row["seq_blocks_2/weight"], row["seq_blocks_3/name"],
                     row["seq_blocks_3/data_in"]) for row in rows}
            third = (("NA", ""), ("integer", "[8, 4]"))
            widths = itertools.product(("[8, 4]", "[6, 3]", "[4, 2]", "[3, 1]"),
                                       ("[8, 6]", "[6, 4]", "[4, 2]", "[2, 1]"))
            second = [("integer", *pair) for pair in widths] + [("NA", "", "")]
            self.assertEqual(seen, {(*a, *b) for a in second for b in third})
            self.assertEqual(len(rows), 34)

    def test_repeats_give_means_and_spread(self):
        for ranks in RANKS:
            done, rows, study, out = self.search(f"repeats-{ranks}", harness.job("joint.toml"),
                                                 "--sampler", "random", "--n-trials", 13, "--set",
                                                 SETUP + "repeats=3", ranks=ranks)
            self.assertEqual((len(rows), study["repeats"]), (12, 3))
            self.assertIn("n_trials 13 is no multiple of 3 repeats: 12 trials are run", done.err)
            self.assertEqual(len(set(self.parameters(rows))), 4)
            self.assertEqual(len({row["seed"] for row in rows}), 12)
            front = harness.read_csv(out, "front.csv")
            for entry in front:
                group = [row for row in rows if int(row["number"]) // 3 * 3 == int(entry["number"])]
                values = [float(row["accuracy_micro"]) for row in group]
                self.assertAlmostEqual(float(entry["accuracy_micro"]), statistics.mean(values),
                                       places=8)
                self.assertAlmostEqual(float(entry["accuracy_micro_sd"]), statistics.stdev(values),
                                       places=8)
                self.assertEqual([row["on_front"] for row in group], ["1"] * 3)
                self.assertEqual(entry["n_complete"], "3")
                for row in group:
                    self.assertTrue(os.path.exists(os.path.join(
                        out, "checkpoints", f"trial-{int(row['number']):06d}.h5")))
            self.assertIn("+-", done.out)
            kept = os.listdir(os.path.join(out, "checkpoints"))
            self.assertEqual(len(kept), 3 * len(front))

    def test_constraints_rule_the_front(self):
        options = ("--set", 'search.strategy.constraints.weight_bits="<= 3000"')
        _, rows, study, out = self.search("constraints", self.wide, *options, "--sampler", "tpe",
                                          code=3, ranks=RANKS[-1])
        self.assertEqual(study["constraints"], {"weight_bits": "<= 3000"})
        for row in rows:
            if row["state"] == "COMPLETE":
                self.assertAlmostEqual(float(row["violation"]),
                                       max(0, float(row["weight_bits"]) / 3000 - 1), places=6)
        front = harness.read_csv(out, "front.csv")
        self.assertTrue(front)
        self.assertTrue(all(float(row["weight_bits"]) <= 3000 for row in front))
        self.assertTrue(any(float(row["violation"] or 0) > 0 for row in rows))
        done, _, study, out = self.search("none", self.wide, "--set",
                                          'search.strategy.constraints.weight_bits="<= 1"', code=3)
        self.assertEqual((study["front"], harness.read_csv(out, "front.csv")), ([], []))
        self.assertRegex(done.out, r"no trial meets the constraints; trial \d+ comes nearest")

    def test_plateau_ends_a_study(self):
        done, rows, study, _ = self.search("plateau", self.wide, "--sampler", "random",
                                           "--n-trials", 4000, "--set",
                                           "search.strategy.stop.plateau_trials=40", code=3)
        self.assertEqual(study["end"], "plateau")
        self.assertLess(len(rows), 4000)
        self.assertGreater(len(rows), 40)
        self.assertIn("the last 40 configurations added no more than 0.1 %", done.out)

    def test_select_in_the_job_chooses_at_the_end(self):
        done, rows, _, _ = self.search("select", self.wide, "--sampler", "random", "--set",
                                       'select.by="min bitops where accuracy >= 0.25"', code=3,
                                       ranks=RANKS[-1])
        good = [row for row in rows if row["state"] == "COMPLETE" and float(row["accuracy"]) >= .25]
        least = min(float(row["bitops"]) for row in good)
        chosen = [row["number"] for row in good if float(row["bitops"]) == least]
        number = done.out.split("choice     trial ")[1].split()[0]
        self.assertIn(number, chosen)
        self.assertIn("runner-up  trial", done.out)
        done, _, _, _ = self.search("unselected", self.wide, "--sampler", "random", "--set",
                                    'select.by="min bitops where accuracy >= 2"', code=3)
        self.assertIn("no choice: ", done.out)

    def test_space_json_says_what_is_ordered(self):
        _, _, study, _ = self.search("kinds", self.wide, "--n-trials", 2, "--sampler", "random",
                                     "--set", "search.search_space.seed.seq_blocks_2.kind."
                                     'weight="choice"')
        kinds = {p["name"]: p["kind"] for p in study["space"]["parameters"]}
        self.assertEqual((kinds["seq_blocks_2/weight"], kinds["seq_blocks_4/weight"],
                          kinds["seq_blocks_2/name"]), ("choice", "ordered", "choice"))


if __name__ == "__main__":
    harness.main()
