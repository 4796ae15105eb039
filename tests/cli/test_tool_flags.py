"""The Python tool's command line and job files, as its users have them."""
import os
import re
import tomllib

import harness

TOY = harness.job("jsc_toy_by_type.toml")
LAB4 = harness.job("jsc_lab4_train.toml")

# A fork's search of widths: inputs are listed, and follow.
FORK = """
model = "jsc-three-linear-layers"
dataset = "jsc"
task = "classfication"
batch_size = 512
accelerator = "cuda"
project = "widths"
seed = 42
[search.search_space]
name = "graph/quantize/network_search"
[search.search_space.setup]
by = "name"
[search.search_space.seed.default.config]
name = ["NA"]
[search.search_space.seed.seq_blocks_2.config]
name = ["output_only"]
channel_multiplier_output = [1, 2]
[search.search_space.seed.seq_blocks_4.config]
name = ["both"]
channel_multiplier_input = [1, 2]
channel_multiplier_output = [1, 2]
[search.search_space.seed.seq_blocks_6.config]
name = ["input_only"]
channel_multiplier_input = [1, 2]
[search.strategy]
name = "optuna"
eval_mode = false
[search.strategy.sw_runner.basic_train]
max_epochs = 1
optimizer = "adam"
learning_rate = 1e-2
lr_scheduler = "linear"
num_warmup_steps = 2
num_samples = 512
[search.strategy.hw_runner.average_bitwidth]
compare_to = 32
[search.strategy.setup]
n_jobs = 1
n_trials = 20
timeout = 20000
sampler = "BruteForce"
save_every_n_trials = 1
sum_scaled_metrics = false
[search.strategy.metrics]
accuracy = {scale = 1.0, direction = "maximize"}
average_bitwidth = {scale = 0.2, direction = "minimize"}
"""

# Another one's search of formats, with what a sampled configuration leaves behind.
MIXED = """
model = "JSC_Tiny"
dataset = "jsc"
max_steps = "NA"
load_type = "mz"
[search.search_space]
name = "graph/quantize/mixed_precision_ptq"
setup = {by = "type"}
[search.search_space.seed]
by = "type"
[search.search_space.seed.default.config]
name = "integer"
bypass = true
data_in_width = 8
data_in_frac_width = 5
[search.search_space.seed.conv2d.config]
name = ["integer"]
weight_width = [8]
[search.search_space.seed.linear.config]
name = ["integer", "fixed", "NA"]
"data_in_width" = 8
data_in_skip_first_dim = true
data_in_frac_width = ["NA"]
weight_width = [2, 4]
weight_frac_width = [1]
[search.strategy.sw_runner.basic_train]
max_epochs = 1
learning_rate = 1e-2
dataloader = "val_dataloader"
[search.strategy.hw_runner.resource_usage]
[search.strategy.setup]
sampler = "brute"
timeout = "NA"
[search.strategy.metrics]
accuracy.direction = "maximize"
weight_bits.direction = "minimize"
"""


def load(*path):
    with open(os.path.join(*path), "rb") as file:
        return tomllib.load(file)


class Flags(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.synth("data", 800)
        cls.fork = cls.write("fork.toml", FORK)

    def ignored(self, done):
        lines = [line for line in done.err.splitlines() if line.startswith("ignored: ")]
        self.assertEqual(len(lines), 1, done)
        return lines[0][len("ignored: "):].split(", ")

    def test_flags_win_over_the_file_even_at_their_defaults(self):
        out = self.path("runs", "widths")
        # 128, 0 and 32 trials: the first two are what the tool has by default.
        flags = ["--batch-size", 128, "--seed", 0, "--task", "cls", "--load-type", "pl"]
        start = ["search", "jsc-lab4", "jsc", "--config", self.fork, "--data", self.data,
                 "--project-dir", self.path("runs"), *flags]
        done = self.require(*start, "--n-trials", 3, "--accelerator", "gpu", "--cpu", 4, "--profile")
        self.assertEqual(done.err.count("no GPU here: runs on the CPU"), 1, done)
        ignored = self.ignored(done)
        for name in ("num_workers", "accelerator", "load_type", "--profile",
                     "search.strategy.setup.save_every_n_trials"):
            self.assertIn(name, ignored)
        for name in ("task", "batch_size", "project", "project_dir"):
            self.assertNotIn(name, ignored)
        job = load(out, "job.toml")
        self.assertEqual([job[key] for key in ("model", "batch_size", "seed", "task")],
                         ["jsc-lab4", 128, 0, "cls"])
        # It goes on with the same flags; those without a meaning may be others.
        done = self.require(*start, "--out", out, "--resume", "--n-trials", 4, "--num-workers", 8,
                            "--log-level", "error")
        self.assertNotIn("ignored", done.err)
        rows = harness.read_csv(out, "trials.csv")
        self.assertEqual([row["state"] for row in rows], ["COMPLETE"] * 4)
        self.assertEqual({(row["seq_blocks_2/channel_multiplier_output"],
                           row["seq_blocks_4/channel_multiplier_output"]) for row in rows},
                         {(a, b) for a in "12" for b in "12"})
        for row in rows:
            m2, m4 = (int(row[f"seq_blocks_{i}/channel_multiplier_output"]) for i in (2, 4))
            self.assertEqual(int(row["n_params"]),
                             272 * m2 + 16 * m4 * (16 * m2 + 1) + 80 * m4 + 5 + 32)

    def test_formats_mixed_and_spelt_otherwise(self):
        out = self.path("mixed")
        done = self.require("search", self.write("mixed.toml", MIXED), "--data", self.data, "--out",
                            out)
        rows = harness.read_csv(out, "trials.csv")
        self.assertEqual(sorted((row["seq_blocks_2/name"], row["seq_blocks_2/weight_width"],
                                 row["weight_bits"]) for row in rows),
                         [("NA", "", "2560"), ("fixed", "2", "160"), ("fixed", "4", "320"),
                          ("integer", "2", "160"), ("integer", "4", "320")])
        self.assertIn("load_type", self.ignored(done))

    def test_train_needs_no_job_file(self):
        done = self.require("train", "jsc-tiny", "jsc", "--data", self.data, "--out",
                            self.path("net.h5"), "--max-epochs", 2, "--batch-size", 64,
                            "--learning-rate", "1e-2", "--training-optimizer", "adamw", "--gpu=1",
                            "--trainer-precision", 32, "--progress", "none")
        # 512 training rows in batches of 64.
        self.assertIn("16 steps of adamw", done.out)
        self.assertEqual(sorted(self.ignored(done)), ["dataset", "num_devices", "trainer_precision"])

    def test_log_level_is_heeded_in_any_case(self):
        for i, (level, notes, warnings) in enumerate((("Info", True, True), ("WARNING", False, True),
                                                      ("error", False, False))):
            done = self.require("train", "jsc-tiny", "jsc", "--data", self.data, "--out",
                                self.path(f"level-{i}.h5"), "--max-epochs", 1, "--progress", "none",
                                "--accelerator", "gpu", "--log-level", level)
            self.assertEqual(("ignored: " in done.err, "warning: " in done.err), (notes, warnings))

    def test_transform_takes_the_tools_command_line(self):
        net = self.path("float.h5")
        self.require("train", TOY, "--data", self.data, "--out", net, "--max-epochs", 1, "--progress",
                     "none")
        done = self.require("transform", "jsc-tiny", "jsc", "--config", TOY, "--task", "cls", "--load",
                            net, "--load-type", "pl", "--seed", 3, "--accelerator", "cpu",
                            "--no-warnings", "--out", self.path("quantised.h5"))
        self.assertIn("--no-warnings", self.ignored(done))
        self.assertNotIn("GPU", done.err)
        self.refuse(["transform", "jsc-tiny", "jsc", "--load", net, "--out", self.path("out")], 2,
                    "--config JOB.toml")

    def test_refusals(self):
        search = ["search", "--data", self.data, "--out", self.path("out")]
        config = [*search, "--config", self.fork]
        for arguments, *words in (
                ([*config, "jsc-tinny", "jsc"], "did you mean 'jsc-tiny'"),
                ([*config, "jsc-lab4", "jsc", "more"], "unexpected argument 'more'"),
                ([*config, TOY], "two job files"),
                ([*search, "jsc-lab4", "jsc"], "no job file", "--config JOB.toml"),
                ([*config, "--task", "lm"], "classifiers only"),
                ([*config, "--load", "a.mz", "--load-type", "mz"], "torch.save"),
                ([*config, "--load", "a", "--load-type", "hf"], "load_type is 'hf'"),
                ([*config, "--accelerator", "tpu"], "tpu", '"cpu"'),
                ([*config, "--batch-size", "many"], "--batch-size", "many"),
                ([*config, "--learning-rat", "1"], "did you mean '--learning-rate'?"),
                ([*config, "--profile=yes"], "'--profile' takes no value"),
                (["search", self.fork, "--data", self.data, "--project-dir", self.path("absent"),
                  "--set", "seed=many"], "seed"),
                (["search", self.fork, "--data", self.data, "--project-dir",
                  self.path("absent", "more")], 1, "absent"),
                (["search", self.fork, "--data", self.data], "--out DIR", "--project-dir"),
                (["train", "--out", self.path("out")], "JOB.toml", "jsc-tiny jsc"),
                (["train", "jsc-tinny", "jsc", "--data", self.data, "--out", self.path("out")],
                 "did you mean 'jsc-tiny'")):
            code = words.pop(0) if words[0] == 1 else 2
            with self.subTest(" ".join(arguments)):
                self.refuse(arguments, code, *words)

    def test_families_of_commands_have_help(self):
        for family, words in (("bench", ("bench engine", "bench sampler", "bench cluster")),
                              ("data", ("data synth", "data import", "data info", "data verify"))):
            for flag in ("--help", "-h"):
                done = self.require(family, flag)
                for word in words:
                    self.assertIn(word, done.out)
        self.assertIn("usage: bitfront COMMAND", self.require("-h").out)
        self.assertIn("bitfront ", self.require("-V").out)
        self.assertIn("The Python tool's flags are read, too", self.require("search", "-h").out)
        self.assertIn("usage: bitfront quantize", self.require("quantize", "-h").out)

    def test_info_lists_nets_and_data(self):
        everything = self.require("--info").out
        for name in ("jsc-tiny", "jsc-toy", "jsc-s", "jsc-lab4", "jsc-trt"):
            self.assertIn(f"| {name} ", everything)
        self.assertIn("linear 16-64, batchnorm, relu, linear 64-32", everything)
        self.assertEqual(everything, self.require("--info", "all").out)
        self.assertEqual(everything, "".join(self.require("--info", topic).out
                                             for topic in ("model", "dataset")))
        self.refuse(["--info", "weather"], 2, "weather", "[all|model|dataset]")

    def test_examples_are_key_for_key_those_of_users(self):
        page = os.path.join(harness.SHARED, "spec", "search-flow.md")
        if not os.path.exists(page):
            self.skipTest(f"no file {page}")
        with open(page, encoding="utf-8") as file:
            blocks = re.findall(r"^```toml\n(.*?)^```", file.read(), re.MULTILINE | re.DOTALL)
        net = self.path("base.h5")
        self.require("train", TOY, "--data", self.data, "--out", net, "--progress", "none")
        for block, job, size in zip(blocks, (TOY, LAB4), (18, 25), strict=True):
            with self.subTest(job):
                self.assertEqual(tomllib.loads(block), load(job))
                theirs = self.write("theirs.toml", block)
                options = ["--load", net] if job == TOY else []
                done = self.require("search", theirs, "--data", self.data, "--dry-run", *options)
                self.assertIn(f"{size} configurations", done.out)


if __name__ == "__main__":
    harness.main()
