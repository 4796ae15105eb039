"""The job files of jobs/ as they are, and what `search` does with them."""
import json
import os
import re

import harness

TOY = harness.job("jsc_toy_by_type.toml")
LAB4 = harness.job("jsc_lab4_train.toml")
ALL = ["--sampler", "brute-force", "--n-trials", 25]
# Shorter training than the files ask for.
BASIC_TRAIN = "search.strategy.sw_runner.basic_train."
BRIEF = ["--set", BASIC_TRAIN + "max_epochs=2", "--set", BASIC_TRAIN + "num_warmup_steps=5"]


class Jobs(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.synth("data", 5000)
        cls.base = cls.path("base.h5")
        cls.require("train", TOY, "--data", cls.data, "--out", cls.base)

    def search(self, name, job, *options, **how):
        out = self.path(name)
        done = self.require("search", job, *options, "--data", self.data, "--out", out, **how)
        return done, out, harness.read_csv(out, "trials.csv")

    def steady(self, out):
        return harness.steady(out, "trials.csv")

    def test_toy_has_18_configurations(self):
        done, out, rows = self.search("toy", TOY, *ALL, "--load", self.base)
        widths = {tuple(row[f"seq_blocks_2/{key}_width"] for key in ("data_in", "weight", "bias"))
                  for row in rows}
        self.assertEqual(widths, {(d, w, b) for d in "48" for w in "248" for b in "248"})
        self.assertEqual(len(rows), 18)
        for row in rows:
            self.assertEqual((row["state"], row["seq_blocks_2/name"]), ("COMPLETE", "integer"))
            self.assertEqual(row["seq_blocks_2/weight_frac_width"], "NA")
            self.assertEqual(row["average_bitwidth"], row["seq_blocks_2/weight_width"])
            # 512 samples were asked for, and scored as one batch.
            correct = 512 * float(row["accuracy_micro"])
            self.assertAlmostEqual(correct, round(correct), places=5)
        ignored = [line for line in done.err.splitlines() if line.startswith("ignored: ")]
        self.assertEqual(len(ignored), 1, done)
        for key in ("accelerator", "log_every_n_steps", "n_jobs", "passes", "load_type"):
            self.assertIn(key, ignored[0])
        self.assertEqual(harness.read_csv(out, "front.csv")[0].keys() - rows[0].keys(),
                         {"test_accuracy", "test_accuracy_lo", "test_accuracy_hi", "test_loss",
                          "checkpoint"})

    def test_toy_by_type_is_the_same_search(self):
        """Each reads its own table, so that a spoilt other one makes no difference."""
        widths = "search.search_space.seed.{}.config.weight_width=[16]"
        _, by_name, _ = self.search("by_name", TOY, *ALL, "--load", self.base, "--set",
                                    widths.format("linear"))
        _, by_type, rows = self.search("by_type", TOY, *ALL, "--load", self.base, "--set",
                                       widths.format("seq_blocks_2"), "--set",
                                       'search.search_space.setup.by="type"')
        self.assertEqual(len(rows), 18)
        self.assertEqual(self.steady(by_name), self.steady(by_type))

    def test_lab4_has_25_configurations(self):
        _, _, rows = self.search("lab4", LAB4, *ALL, *BRIEF)
        multipliers = set()
        for row in rows:
            m2, m4 = (int(row[f"seq_blocks_{i}/channel_multiplier"]) for i in (2, 4))
            multipliers.add((m2, m4))
            n_params = 272 * m2 + 16 * m4 * (16 * m2 + 1) + 80 * m4 + 5 + 32
            self.assertEqual(int(row["n_params"]), n_params)
            self.assertEqual((row["state"], row["average_bitwidth"]), ("COMPLETE", "32"))
        self.assertEqual(multipliers, {(a, b) for a in range(2, 7) for b in range(2, 7)})
        self.assertEqual(len(rows), 25)

    def test_lab4_front_has_three_points(self):
        _, out, rows = self.search("front", harness.job("lab4_front.toml"), *BRIEF, ranks=3)
        self.assertEqual(len(rows), 25)
        front = harness.read_csv(out, "front.csv")
        self.assertGreaterEqual(len(front), 3)
        self.assertGreaterEqual(len({row["n_params"] for row in front}), 3)

    def test_joint_search_sets_widths_and_formats(self):
        _, _, rows = self.search("joint", harness.job("joint.toml"), "--n-trials", 12, ranks=3)
        self.assertEqual({row["state"] for row in rows}, {"COMPLETE"})
        for row in rows:
            m2, m4 = (int(row[f"seq_blocks_{i}/channel_multiplier"]) for i in (2, 4))
            shapes = [(16, 16 * m2), (16 * m2, 16 * m4), (16 * m4, 5)]
            widths = [int(re.match(r"\[(\d+),", row[f"seq_blocks_{i}/weight"])[1])
                      for i in (2, 4, 6)]
            self.assertEqual(int(row["weight_bits"]),
                             sum(i * o * w for (i, o), w in zip(shapes, widths)))

    def test_effective_job_gives_the_same_search(self):
        for name, job, options in (("again_lab4", LAB4, [*ALL, *BRIEF, "--seed", 7]),
                                   ("again_toy", TOY, [*ALL, "--load", self.base]),
                                   ("again_joint", harness.job("joint.toml"), ["--n-trials", 4])):
            with self.subTest(name):
                _, out, _ = self.search(name, job, *options)
                again = self.path(name + "_again")
                self.require("search", os.path.join(out, "job.toml"), "--out", again)
                self.assertEqual(self.steady(out), self.steady(again))

    def test_seed_changes_the_search(self):
        _, one, _ = self.search("seed1", TOY, *ALL, "--load", self.base, "--seed", 1)
        _, two, _ = self.search("seed2", TOY, *ALL, "--load", self.base, "--seed", 2)
        self.assertNotEqual(self.steady(one), self.steady(two))
        self.assertEqual({tuple(row[3:]) for row in self.steady(one)},
                         {tuple(row[3:]) for row in self.steady(two)})

    def test_config_option_names_the_job(self):
        done = self.require("search", "--config", TOY, "--load", self.base, "--n-trials", 3,
                            "--sampler", "random", "--out", self.path("config"),
                            env={"BITFRONT_DATA": self.data})
        self.assertIn("done 3, failed 0 of 3", done.out)

    def test_json_prints_the_study(self):
        for ranks in (0, 2):
            done, out, _ = self.search(f"json{ranks}", TOY, *ALL, "--load", self.base, "--json",
                                       ranks=ranks)
            with open(os.path.join(out, "study.json"), encoding="utf-8") as file:
                self.assertEqual(json.loads(done.out), json.load(file))

    def test_progress_none_is_quiet(self):
        done, _, _ = self.search("quiet", TOY, *ALL, "--load", self.base, "--progress", "none")
        self.assertNotIn("trials/s", done.err)
        done, _, _ = self.search("lines", TOY, *ALL, "--load", self.base, "--progress", "lines")
        self.assertRegex(done.err, r"done 18 failed 0 of 18, [\d.]+ trials/s, front \d+")

    def test_dry_run_writes_nothing(self):
        before = self.everything()
        for ranks in (0, 2):
            for options in ([], ["--out", self.path("dry")]):
                done = self.require("search", LAB4, *ALL, *BRIEF, "--data", self.data, "--dry-run",
                                    *options, ranks=ranks)
                for word in ("25 configurations", "seq_blocks_4", "channel_multiplier", "time:",
                             "memory:"):
                    self.assertIn(word, done.out)
        self.assertEqual(self.everything(), before)


if __name__ == "__main__":
    harness.main()
