"""`bitfront select`: every rule against plain Python over the files, bad rules and damaged studies.

    test_select.py RANKS...     0: without mpirun
"""
import json
import os
import re
import shutil
import sys

import fronts
import harness

RANKS = [int(word) for word in sys.argv[1:]] or [0, 3]
SETUP = "search.strategy.setup."
WIDE = """
model = "jsc-lab4"
seed = 11
[search.search_space]
name = "graph/bitfront/joint"
setup.by = "name"
""" + "".join(f"""
[search.search_space.seed.seq_blocks_{i}.config]
name = ["integer"]
channel_multiplier = [1, 2, 3, 4, 5, 6]
data_in = [[8, 4], [6, 3], [4, 2], [3, 1]]
weight = [[8, 6], [6, 4], [4, 2], [2, 1]]
bias = [[8, 4]]
""" for i in (2, 4)) + """
[search.strategy]
sw_runner.null = {cost_ms = 0, fail_trials = [8, 21]}
setup = {n_trials = 60, sampler = "random"}
[search.strategy.metrics]
accuracy = {scale = 1.0, direction = "maximize"}
bitops = {scale = 1e-6, direction = "minimize"}
"""


def number_of(text):
    return float(re.search(r"-?\d+(\.\d+)?(e[+-]?\d+)?", text)[0])


class Select(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.synth("data", 3000)
        cls.wide = cls.search("wide", cls.write("wide.toml", WIDE), code=3, ranks=3)
        cls.study = fronts.Study(cls.wide)
        cls.toy = None

    @classmethod
    def search(cls, name, job, *options, **how):
        cls.require("search", job, "--data", cls.data, "--out", cls.path(name), *options, **how)
        return cls.path(name)

    def select(self, folder, *options, **how):
        """What is chosen, as the program's JSON has it."""
        return json.loads(self.require("select", folder, "--json", *options, **how).out)

    def assert_choice(self, chosen, scores, tolerance=1e-9):
        """The choice has the largest of the scores by number, the runner-up the next; what is equal
        goes to what is not worse in every objective."""
        best, second = chosen["chosen"][0]["number"], chosen["runner_up"]["number"]
        order = sorted(scores.values(), reverse=True)
        self.assertAlmostEqual(scores[best], order[0], delta=tolerance)
        self.assertAlmostEqual(scores[second], order[1], delta=tolerance)
        self.assertNotEqual(best, second)
        for twin in [n for n in scores if scores[n] >= order[0] - tolerance and n != best]:
            a, b = self.study.points[best], self.study.points[twin]
            self.assertFalse(a != b and all(x >= y for x, y in zip(a, b)), (best, twin))

    def test_the_study_is_worth_a_choice(self):
        self.assertGreater(len(self.study.front), 3)
        self.assertEqual(self.study.front, self.study.document["front"])
        self.assertEqual(len(self.study.rows), 60)
        self.assertEqual(len(self.study.candidates), 58)

    def test_knee_is_furthest_from_the_line_of_the_ends(self):
        scaled = fronts.scale({n: self.study.points[n] for n in self.study.front})
        distances = {n: (1 - sum(z)) / 2 ** 0.5 for n, z in scaled.items()}
        for options in ((), ("--by", "knee")):
            chosen = self.select(self.wide, *options)
            self.assertEqual(chosen["by"], "knee")
            self.assert_choice(chosen, distances)
            self.assertIn(f"distance, {max(distances.values()):.3g}, from", chosen["why"])
            ends = [min(scaled, key=lambda n: scaled[n][j]) for j in range(2)]
            self.assertIn(f"trials {ends[0]} and {ends[1]}", chosen["why"])

    def test_hypervolume_is_what_a_trial_has_alone(self):
        scaled = fronts.scale({n: self.study.points[n] for n in self.study.front})
        whole = fronts.volume(scaled.values())
        own = {n: whole - fronts.volume([z for z in scaled.values() if z != scaled[n]])
               for n in scaled}
        chosen = self.select(self.wide, "--by", "hypervolume")
        self.assert_choice(chosen, own)
        self.assertIn(f"{max(own.values()):.3g} of the front's {whole:.3g}", chosen["why"])

    def test_weights_are_an_average_of_scaled_objectives(self):
        scaled = fronts.scale({n: self.study.points[n] for n in self.study.front})
        for accuracy, bitops in ((0.7, 0.3), (1, 9), (5, 0)):
            total = accuracy + bitops
            scores = {n: 1 - (accuracy * z[0] + bitops * z[1]) / total for n, z in scaled.items()}
            chosen = self.select(self.wide, "--by", f"accuracy={accuracy}, bitops={bitops}")
            self.assert_choice(chosen, scores)

    def test_best_of_a_metric_under_conditions(self):
        values = {int(row["number"]): {name: float(row[name]) for name in
                                       ("accuracy", "bitops", "weight_bits", "loss")}
                  for row in self.study.candidates}
        middle = sorted(v["accuracy"] for v in values.values())[len(values) // 2]
        bits = sorted(v["weight_bits"] for v in values.values())[len(values) // 2]
        for rule, sign, metric, holds in (
                (f"min bitops where accuracy >= {middle}", -1, "bitops",
                 lambda v: v["accuracy"] >= middle),
                (f"max accuracy where weight_bits <= {bits} and accuracy < {middle}", 1, "accuracy",
                 lambda v: v["weight_bits"] <= bits and v["accuracy"] < middle),
                ("min loss", -1, "loss", lambda v: True)):
            with self.subTest(rule):
                scores = {n: sign * v[metric] for n, v in values.items() if holds(v)}
                chosen = self.select(self.wide, "--by", rule)
                self.assert_choice(chosen, scores)
                self.assertIn(f"of the {len(scores)} trials", chosen["why"])

    def test_front_is_all_of_it(self):
        chosen = self.select(self.wide, "--by", "front")
        self.assertEqual([c["number"] for c in chosen["chosen"]], self.study.front)
        self.assertIsNone(chosen["runner_up"])
        text = self.require("select", self.wide, "--by", "front").out.splitlines()
        self.assertEqual(len(text), 2 + len(self.study.front))

    def test_choice_is_told_with_all_it_is(self):
        chosen = self.select(self.wide)
        rows = {int(row["number"]): row for row in self.study.rows}
        for told in (chosen["chosen"][0], chosen["runner_up"]):
            row = rows[told["number"]]
            for name in self.study.names:
                value = told["configuration"].get(name, "")
                self.assertEqual("NA" if value is None else str(value), row[name], name)
            for name in ("accuracy", "bitops", "n_params", "loss"):
                self.assertEqual(f"{told['metrics'][name]:.9g}", f"{float(row[name]):.9g}")
            self.assertNotIn("latency", told["metrics"])
            self.assertIsNone(told["checkpoint"])

    def test_text_has_choice_reason_and_runner_up(self):
        told = self.select(self.wide)
        lines = self.require("select", self.wide).out.splitlines()
        best, second = told["chosen"][0], told["runner_up"]
        self.assertEqual(lines[0], f"choice     trial {best['number']} of '{self.wide}', by 'knee'")
        self.assertEqual(lines[1], f"why        {told['why']}")
        self.assertEqual(lines[2], f"runner-up  trial {second['number']}: {second['why']}")
        self.assertEqual(lines[3], "checkpoint none")
        cells = {words[0]: words[1:] for words in
                 ([word.strip() for word in line.strip("|").split("|")] for line in lines[7:])}
        for name in self.study.names:
            self.assertIn(name, cells)
        for told, cell in zip((best, second), cells["accuracy"]):
            self.assertAlmostEqual(told["metrics"]["accuracy"], float(cell), places=5)

    def test_rule_of_the_job_counts_unless_another_is_given(self):
        job = self.write("by.toml", WIDE + '\n[select]\nby = "min bitops where accuracy >= 0.1"\n')
        out = self.search("by", job, code=3)
        self.assertEqual(self.select(out)["by"], "min bitops where accuracy >= 0.1")
        self.assertEqual(self.select(out, "--by", "knee")["by"], "knee")
        harness.replace(os.path.join(out, "study.journal"), "min bitops where", "min bitops when")
        self.refuse(["select", out], 2, "select.by", "expected 'where', found 'when'")

    def test_checkpoint_of_the_choice_can_be_scored(self):
        base = self.path("base.h5")
        toy = harness.job("jsc_toy_by_type.toml")
        self.require("train", toy, "--data", self.data, "--out", base)
        out = self.search("toy", toy, "--load", base, "--sampler", "brute-force",
                          "--set", "search.strategy.metrics.bitops={scale = 1.0, "
                                   "direction = 'minimize'}")
        told = self.select(out, "--by", "max accuracy")["chosen"][0]
        self.assertEqual(told["checkpoint"], f"{out}/checkpoints/trial-{told['number']:06d}.h5")
        self.assertIn(told["checkpoint"], self.require("select", out, "--by", "max accuracy").out)
        done = self.require("eval", told["checkpoint"], "--data", self.data, "--json")
        self.assertAlmostEqual(json.loads(done.out)["metrics"]["bitops_per_row"],
                               told["metrics"]["bitops_per_row"])

    def test_constraints_rule_out(self):
        bound = sorted(float(row["weight_bits"]) for row in self.study.candidates)[20]
        job = self.write("bound.toml", WIDE + "[search.strategy.constraints]\n"
                                              f'weight_bits = "<= {bound:.0f}"\n')
        study = fronts.Study(self.search("bound", job, code=3))
        self.assertLess(len(study.candidates), 40)
        for rule in ("max accuracy", "knee", "max bitops"):
            chosen = self.select(self.path("bound"), "--by", rule)
            for told in (chosen["chosen"][0], chosen["runner_up"]):
                self.assertLessEqual(told["metrics"]["weight_bits"], bound)

    def test_repeats_are_chosen_by_their_means(self):
        job = self.write("repeats.toml", WIDE.replace("n_trials = 60",
                                                      "n_trials = 30, repeats = 3"))
        out = self.search("repeats", job, code=3)
        rows = harness.read_csv(out, "trials.csv")
        chosen = self.select(out, "--by", "min bitops")["chosen"][0]
        self.assertEqual(chosen["number"] % 3, 0)
        trials = [row for row in rows[chosen["number"]:chosen["number"] + 3]
                  if row["state"] == "COMPLETE"]
        self.assertEqual(chosen["n_complete"], len(trials))
        self.assertAlmostEqual(chosen["metrics"]["accuracy"],
                               sum(float(row["accuracy"]) for row in trials) / len(trials),
                               places=8)
        self.assertIn("accuracy", chosen["sd"])

    def test_one_objective_has_a_best_and_a_second(self):
        job = self.write("sum.toml", WIDE.replace(
            'sampler = "random"',
            'sampler = "random", sum_scaled_metrics = true, direction = "maximize"'))
        study = fronts.Study(self.search("sum", job, code=3))
        order = sorted(study.points, key=lambda n: study.points[n])
        chosen = self.select(self.path("sum"))
        self.assertEqual(study.points[chosen["chosen"][0]["number"]], study.points[order[0]])
        self.assertEqual(study.points[chosen["runner_up"]["number"]], study.points[order[1]])
        self.assertAlmostEqual(number_of(chosen["runner_up"]["why"]), -study.points[order[1]][0],
                               delta=1e-5 * abs(study.points[order[1]][0]))

    def test_bad_rules_are_refused_on_any_number_of_ranks(self):
        rules = [("kne", "did you mean 'knee'"),
                 ("min acuracy", "acuracy", "accuracy"),
                 ("min loss where accuracy >= ", "expected a number"),
                 ("loss=1", "loss", "no objective"),
                 ("min loss where accuracy > 2", "no trial", "goes up to")]
        for ranks in RANKS:
            for rule, *words in rules if ranks == 0 else rules[-1:]:
                with self.subTest(rule=rule, ranks=ranks):
                    self.refuse(["select", self.wide, "--by", rule], 2, *words, ranks=ranks)

    def test_bad_arguments_are_refused(self):
        self.refuse(["select"], 2, "DIR is missing")
        self.refuse(["select", self.wide, self.wide], 2, "unexpected argument")
        self.refuse(["select", self.wide, "--buy", "knee"], 2, "--by")
        self.refuse(["select", self.wide, "--by"], 2, "--by RULE")
        self.refuse(["select", self.wide, "--by", ""], 2, "empty")

    def test_nothing_to_choose_is_said(self):
        job = self.write("failed.toml", WIDE.replace("[8, 21]", "[0, 1]")
                         .replace("n_trials = 60", "n_trials = 2"))
        out = self.search("failed", job, code=3)
        self.refuse(["select", out], 2, "nothing to choose", "complete")

    def test_damaged_studies_are_refused_on_any_number_of_ranks(self):
        # The last line of an undisturbed study says how it ended.
        cases = [(lambda text: text.replace('"format":1', '"format":7'), "format", "journal:3"),
                 (lambda text: text.replace('"op_code":6', '"op_code":66', 1), "66"),
                 (lambda text: text.replace('"state":1', '"state":7', 1), "state"),
                 (lambda text: text[:5000] + "\0" + text[5000:], "NUL"),
                 (lambda text: text[:5000] + text[9000:], "study.journal:"),
                 (lambda text: text[:50], "study"),
                 (lambda text: "", "holds no study"),
                 (None, "study.journal")]
        for ranks in RANKS:
            for change, *words in cases if ranks == 0 else cases[2:3]:
                with self.subTest(words=words, ranks=ranks):
                    broken = self.path("broken")
                    shutil.rmtree(broken, ignore_errors=True)
                    shutil.copytree(self.wide, broken)
                    path = os.path.join(broken, "study.journal")
                    with open(path, encoding="utf-8") as file:
                        text = file.read()
                    os.remove(path)
                    if change is not None:
                        with open(path, "w", encoding="utf-8") as file:
                            file.write(change(text))
                    self.refuse(["select", broken], 5, "cannot read study", *words, ranks=ranks)
        self.refuse(["select", self.path("nowhere")], 5, "nowhere")
        self.refuse(["select", self.data], 5, "study.journal")

    def test_files_made_of_the_journal_are_not_read(self):
        bare = self.path("bare")
        os.mkdir(bare)
        shutil.copy(os.path.join(self.wide, "study.journal"), bare)
        for rule in "knee", "min bitops":
            numbers = [self.select(study, "--by", rule)["chosen"][0]["number"]
                       for study in (bare, self.wide)]
            self.assertEqual(numbers[0], numbers[1])

    def test_ranks_change_nothing(self):
        alone = self.require("select", self.wide).out
        for ranks in RANKS:
            self.assertEqual(self.require("select", self.wide, ranks=ranks).out, alone)


if __name__ == "__main__":
    harness.main()
