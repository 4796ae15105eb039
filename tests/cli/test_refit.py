"""Refits: everything in the folder computed once more, on one rank and on three."""
import json
import os

import h5py
import numpy as np

import harness

COLUMNS = ["trial", "seed_number", "seed", "state", "loss", "accuracy", "accuracy_micro",
           "dead_outputs", "test_accuracy", "test_loss", "checkpoint", "reason", "rank", "host",
           "latency", "started_s", "duration_s"]
VAL = COLUMNS[4:8]
DOCUMENT = ["format", "version", "study", "by", "epochs", "seeds", "seed", "data", "isa",
            "backend", "ranks", "done", "failed", "start_s", "wall_s", "criterion", "spearman",
            "best", "nets", "exit"]
NET = ["trial", "configuration", "brief_value", "value", "brief", "val", "test", "hardware",
       "done", "failed", "checkpoint"]
# What Student's variable of n - 1 degrees exceeds in 5 % of the cases; tables.
STUDENT = {2: 12.706204736, 3: 4.302652730}
TRAIN = "search.strategy.sw_runner.basic_train."
REPEATS = """
model = "jsc-tiny"
accelerator = "gpu"
[search.search_space]
name = "graph/quantize/mixed_precision_ptq"
setup.by = "name"
[search.search_space.seed.seq_blocks_2.config]
name = ["integer", "NA"]
data_in_width = [8]
weight_width = [4, 2]
[search.strategy]
sw_runner.basic_train = {max_epochs = 1}
setup = {sampler = "brute-force", repeats = 2, n_trials = 6}
metrics.accuracy_micro = {scale = 1.0, direction = "maximize"}
"""
NULL = "search.strategy.sw_runner={null={}}"


def spread(values):
    """Mean, deviation and interval of a few values, as in refit.json."""
    mean, sd = np.mean(values), np.std(values, ddof=1)
    half = STUDENT[len(values)] * sd / np.sqrt(len(values))
    return {"mean": mean, "sd": sd, "lo": mean - half, "hi": mean + half}


def ranks_of(values):
    """From 0; equals share the mean of their ranks."""
    return [np.mean(np.flatnonzero(np.sort(values) == value)) for value in values]


class Refit(harness.Case):
    """A search on the synthetic set and refits of its front."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.synth("data", 3000)
        cls.study = cls.path("study")
        cls.require("search", harness.job("joint.toml"), "--data", cls.data, "--out", cls.study,
                    "--n-trials", 16, ranks=3)
        cls.alone, cls.printed = cls.refit("alone", "--seeds", 2)
        cls.three, _ = cls.refit("three", "--seeds", 2, ranks=3)

    @classmethod
    def refit(cls, name, *options, by="front", study=None, **how):
        out = cls.path(name)
        done = cls.require("refit", study or cls.study, "--by", by, "--epochs", 3, "--out", out,
                           *options, **how)
        return out, done

    def read(self, *path):
        with open(os.path.join(*path), encoding="utf-8") as file:
            return json.load(file)

    def assert_spread(self, given, values, what):
        self.assertEqual(list(given), ["mean", "sd", "lo", "hi"])
        for key, expected in spread(values).items():
            self.assertAlmostEqual(given[key], expected, delta=1e-7, msg=(what, key))

    def test_folder_holds_these_files(self):
        for out in (self.alone, self.three):
            self.assertEqual(set(os.listdir(out)),
                             {"job.toml", "refit.csv", "refit.json", "checkpoints"})
            rows = harness.read_csv(out, "refit.csv")
            self.assertEqual(list(rows[0]), COLUMNS)
            self.assertEqual({os.path.basename(row["checkpoint"]) for row in rows},
                             set(os.listdir(os.path.join(out, "checkpoints"))))

    def test_rows_are_the_front_with_new_seeds(self):
        front = [row["number"] for row in harness.read_csv(self.study, "front.csv")]
        rows = harness.read_csv(self.alone, "refit.csv")
        self.assertGreater(len(front), 2)
        self.assertEqual([(row["trial"], row["seed_number"]) for row in rows],
                         [(number, k) for number in front for k in "01"])
        seeds = {row["seed"] for row in rows}
        self.assertEqual(len(seeds), len(rows))
        self.assertFalse(seeds & {r["seed"] for r in harness.read_csv(self.study, "trials.csv")})
        self.assertEqual({row["state"] for row in rows}, {"COMPLETE"})

    def test_rows_do_not_depend_on_the_number_of_ranks(self):
        self.assertEqual(harness.steady(self.alone, "refit.csv"),
                         harness.steady(self.three, "refit.csv"))
        workers = {row["rank"] for row in harness.read_csv(self.three, "refit.csv")}
        self.assertEqual(workers, {"1", "2"})

    def test_document_is_what_the_rows_say(self):
        for out, n_ranks in ((self.alone, 1), (self.three, 3)):
            document = self.read(out, "refit.json")
            rows = harness.read_csv(out, "refit.csv")
            self.assertEqual(list(document), DOCUMENT)
            self.assertEqual((document["study"], document["by"], document["epochs"],
                              document["seeds"], document["ranks"], document["exit"]),
                             (self.study, "front", 3, 2, n_ranks, 0))
            self.assertEqual((document["done"], document["failed"]), (len(rows), 0))
            for net in document["nets"]:
                own = [row for row in rows if int(row["trial"]) == net["trial"]]
                self.assertEqual(list(net), NET)
                self.assertEqual((net["done"], net["failed"]), (2, 0))
                for name in VAL:
                    self.assert_spread(net["val"][name], [float(r[name]) for r in own], name)
                for name in ("accuracy", "loss"):
                    self.assert_spread(net["test"][name],
                                       [float(r["test_" + name]) for r in own], name)
                best = max(own, key=lambda row: float(row["accuracy_micro"]))
                self.assertEqual(net["checkpoint"], best["checkpoint"])

    def test_document_repeats_the_study(self):
        trials = harness.read_csv(self.study, "trials.csv")
        for net in self.read(self.alone, "refit.json")["nets"]:
            row = trials[net["trial"]]
            for group in ("brief", "hardware"):
                for name, value in net[group].items():
                    self.assertEqual(float(f"{value:.9g}"), float(f"{float(row[name]):.9g}"), name)
            for name, value in net["configuration"].items():
                self.assertEqual(str(value), row[name])

    def test_validation_orders_the_nets(self):
        document = self.read(self.alone, "refit.json")
        self.assertEqual(document["criterion"], {"name": "accuracy_micro", "direction": "maximize"})
        long = [net["val"]["accuracy_micro"]["mean"] for net in document["nets"]]
        brief = [net["brief"]["accuracy_micro"] for net in document["nets"]]
        self.assertEqual(long, sorted(long, reverse=True))
        self.assertEqual(document["best"], document["nets"][0]["trial"])
        self.assertAlmostEqual(document["spearman"],
                               np.corrcoef(ranks_of(brief), ranks_of(long))[0, 1], places=9)

    def test_checkpoints_give_their_scores(self):
        nets = {net["trial"]: net for net in self.read(self.three, "refit.json")["nets"]}
        for row in harness.read_csv(self.three, "refit.csv"):
            file = os.path.join(self.three, row["checkpoint"])
            self.assertEqual(row["checkpoint"], f"checkpoints/trial-{int(row['trial']):06d}"
                                                f"-seed-{row['seed_number']}.h5")
            with h5py.File(file, "r") as net:
                self.assertEqual([int(net.attrs[name][()]) for name in ("seed", "trial")],
                                 [int(row["seed"]), int(row["trial"])])
            done = self.require("eval", file, "--data", self.data, "--json")
            score = json.loads(done.out)
            for name in VAL:
                self.assertEqual(row[name], f"{score['metrics'][name]:.9g}", name)
            for name in ("weight_bits", "n_params", "bitops_per_row"):
                self.assertEqual(score["metrics"][name],
                                 nets[int(row["trial"])]["hardware"][name], name)
            done = self.require("eval", file, "--data", self.data, "--split", "test", "--json")
            score = json.loads(done.out)
            self.assertEqual(row["test_accuracy"], f"{score['n_correct'] / score['rows']:.9g}")
            self.assertEqual(row["test_loss"], f"{score['metrics']['loss']:.9g}")

    def test_table_has_the_order_and_says_what_was_best(self):
        lines = self.printed.out.splitlines()
        nets = self.read(self.alone, "refit.json")["nets"]
        shown = [line.split("|")[1].strip() for line in lines if line.startswith("|")]
        self.assertEqual(shown[2:], [str(net["trial"]) for net in nets])
        self.assertIn(f"best by mean val accuracy_micro: trial {nets[0]['trial']}, "
                      f"{self.alone}/{nets[0]['checkpoint']}", self.printed.out)
        self.assertIn(f"{nets[0]['test']['accuracy']['mean']:.4f} [", self.printed.out)

    def test_one_seed_has_the_interval_of_its_rows(self):
        out, done = self.refit("one", "--seeds", 1, "--json", by="min weight_bits")
        document = json.loads(done.out)
        self.assertEqual(document, self.read(out, "refit.json"))
        net, = document["nets"]
        trials = harness.read_csv(self.study, "trials.csv")
        self.assertEqual(int(trials[net["trial"]]["weight_bits"]),
                         min(int(row["weight_bits"]) for row in trials))
        splits = self.read(self.study, "study.json")["data"]["splits"]
        for spread_of, n_rows in ((net["test"]["accuracy"], splits["test"]),
                                  (net["val"]["accuracy_micro"], splits["val"])):
            expected = harness.wilson(round(spread_of["mean"] * n_rows), n_rows)
            self.assertAlmostEqual(spread_of["lo"], expected[0], places=9)
            self.assertAlmostEqual(spread_of["hi"], expected[1], places=9)
            self.assertIsNone(spread_of["sd"])
        self.assertEqual([net["test"]["loss"][key] for key in ("sd", "lo", "hi")], [None] * 3)
        self.assertIsNone(document["spearman"])

    def test_long_training_is_the_brief_one_but_longer(self):
        out, _ = self.refit("rate", "--seeds", 1, "--learning-rate", 0.25, by="knee")
        with open(os.path.join(out, "job.toml"), encoding="utf-8") as file:
            text = file.read()
        for words in ("max_epochs = 3", 'optimizer = "adam"', 'lr_scheduler = "cosine"',
                      "num_warmup_steps = 20", "learning_rate = 0.25"):
            self.assertIn(words, text)

    def test_quantised_afterwards_becomes_quantised_training(self):
        base, study = self.path("base.h5"), self.path("ptq")
        self.require("train", harness.job("jsc_toy_by_type.toml"), "--data", self.data, "--out",
                     base)
        self.require("search", harness.job("lab3_table.toml"), "--load", base, "--data", self.data,
                     "--out", study)
        out, _ = self.refit("qat", "--seeds", 2, "--learning-rate", 3e-3, study=study, ranks=3,
                            by="min w_overall_bit")
        document = self.read(out, "refit.json")
        net, = document["nets"]
        self.assertEqual(document["criterion"]["name"], "accuracy")
        self.assertLess(net["val"]["loss"]["mean"], net["brief"]["loss"])

    def test_means_of_repeats_are_brief_values_and_idle_choices_are_null(self):
        study = self.path("repeats")
        self.require("search", self.write("repeats.toml", REPEATS), "--data", self.data, "--out",
                     study)
        out, done = self.refit("idle", "--seeds", 1, study=study, by="max weight_bits")
        self.assertEqual(done.err.count("accelerator is 'gpu'"), 1, done)
        net, = self.read(out, "refit.json")["nets"]
        self.assertEqual(net["configuration"]["seq_blocks_2/name"], None)
        self.assertEqual(net["configuration"]["seq_blocks_2/weight_width"], None)
        trials = harness.read_csv(study, "trials.csv")[net["trial"]:net["trial"] + 2]
        self.assertEqual(trials[0]["seq_blocks_2/weight_width"], "")
        self.assertAlmostEqual(net["brief_value"],
                               np.mean([float(row["accuracy_micro"]) for row in trials]), places=8)

    def test_failed_trainings_are_rows_with_a_reason(self):
        study = self.path("floats")
        self.require("search", harness.job("lab4_front.toml"), "--data", self.data, "--out", study,
                     "--n-trials", 2)
        for name, n_ranks in (("diverges", 0), ("diverges3", 3)):
            out, done = self.refit(name, "--seeds", 2, "--learning-rate", 1e30, study=study, code=3,
                                   ranks=n_ranks)
            rows = harness.read_csv(out, "refit.csv")
            self.assertEqual({row["state"] for row in rows}, {"FAIL"})
            for row in rows:
                self.assertIn("at epoch 1, step", row["reason"])
                self.assertEqual([row[key] for key in ("loss", "test_loss", "checkpoint")],
                                 [""] * 3)
            self.assertEqual(os.listdir(os.path.join(out, "checkpoints")), [])
            self.assertEqual(self.read(out, "refit.json")["exit"], 3)
            self.assertIn("no net could be trained", done.out)

    def test_folder_is_the_studys_unless_given(self):
        study = self.path("own")
        self.require("search", harness.job("joint.toml"), "--data", self.data, "--out", study,
                     "--n-trials", 2)
        self.require("refit", study, "--by", "knee", "--epochs", 1, "--seeds", 1)
        self.assertTrue(os.path.exists(os.path.join(study, "refit", "refit.json")))
        self.refuse(["refit", study, "--by", "knee", "--epochs", 1], 2, "'" + study + "/refit'",
                    "exists")

    def test_other_data_are_warned_of(self):
        other = self.synth("other", 1000, "--seed", 5)
        _, done = self.refit("moved", "--data", other, "--seeds", 1, by="knee")
        self.assertIn(f"data set '{other}' is not the one", done.err)

    def test_faults_of_the_command_line(self):
        null = self.path("null")
        self.require("search", harness.job("joint.toml"), "--data", self.data, "--out", null,
                     "--n-trials", 2, "--set", NULL)
        good = ["--by", "front", "--epochs", 2, "--out", self.path("out")]
        for i, (arguments, code, *words) in enumerate((
                ([self.path("none"), *good], 5, "cannot read study", "none"),
                ([self.data, *good], 5, "cannot read study"),
                ([null, *good], 2, "null/study.journal: the null runner trains nothing"),
                ([self.study, "--epochs", 2], 2, "no rule to choose by"),
                ([self.study, *good, "--by", "best"], 2, "rule 'best'"),
                ([self.study, *good, "--by", "min bitops where accuracy >= 2"], 2),
                ([self.study, "--by", "front"], 2, "give --epochs N"),
                ([self.study, *good, "--epochs", 0], 2, "'--epochs' is 0"),
                ([self.study, *good, "--seeds", 0], 2, "'--seeds' is 0"),
                ([self.study, *good, "--seeds", 2**21], 2, "2097152 seeds"),
                ([self.study, *good, "--epochs", 10**10], 2, "max_epochs"),
                ([self.study, *good, "--learning-rate", 0], 2, "'--learning-rate' is 0"),
                ([self.study, *good, "--data", self.path("gone")], 5, "gone"),
                ([self.study, *good, "--out", self.study], 2, "exists"),
                ([*good], 2, "DIR"),
                ([self.study, self.study, *good], 2),
                ([self.study, *good, "--n-trials", 3], 2, "--n-trials"))):
            with self.subTest(arguments=arguments):
                self.refuse(["refit", *arguments], code, *words)
                # mpirun takes its time: on three ranks a fault of every step will do.
                if i % 3 == 0:
                    self.refuse(["refit", *arguments], code, *words, ranks=3)

    def test_files_of_a_study_that_do_not_fit_are_refused(self):
        study = self.path("edited")
        self.require("search", harness.job("joint.toml"), "--data", self.data, "--out", study,
                     "--n-trials", 2)
        harness.replace(os.path.join(study, "study.journal"), "channel_multiplier = [1, 2]",
                        "channel_multiplier = [1]")
        self.refuse(["refit", study, "--by", "front", "--epochs", 1, "--out", self.path("out")], 5,
                    "is of another search space")


if __name__ == "__main__":
    harness.main()
