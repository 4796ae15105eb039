"""Bad job files and arguments: one clear line, exit 2, nothing written.

    test_bad_job.py [RANKS]     with RANKS only what all ranks of mpirun take part in
"""
import sys
import unittest

import harness

RANKS = int(sys.argv[1]) if len(sys.argv) > 1 else 0

TOY = "jsc_toy_by_type.toml"
SPACE = "search.search_space."
NODE = SPACE + "seed.seq_blocks_2.config."
STRATEGY = "search.strategy."
JOB = """
model = "jsc-tiny"
[search.search_space]
name = "graph/bitfront/joint"
setup.by = "name"
[search.search_space.seed.seq_blocks_2.config]
name = ["integer"]
data_in = [[8, 4], [4, 2]]
weight_width = [4, 8]
weight_frac_width = [2]
channel_multiplier = [1, 2]
[search.strategy]
sw_runner.null.cost_ms = 0
[search.strategy.setup]
sampler = "brute-force"
sum_scaled_metrics = false
[search.strategy.metrics]
accuracy = {scale = 1.0, direction = "maximize"}
bitops = {scale = 1.0, direction = "minimize"}
"""

# A value for a key of the job, and what the message names: on any number of ranks.
KEYS = [
    ("model", '"jsc-tinny"', "jsc-tinny", "jsc-tiny"),
    ("learning_rat", "0.1", "learning_rat", "learning_rate"),
    (NODE + "weight_widht", "[4]", "weight_widht", "weight_width"),
    (NODE + "weight_width", "[4, 0]", "weight", "width is 0"),
    (NODE + "weight_width", "[33]", "weight", "width is 33"),
    (NODE + "weight_width", "[8, -4]", "weight", "width is -4"),
    (NODE + "weight_width", "[]", "weight_width"),
    (NODE + "name", "[]", "name"),
    (NODE + "channel_multiplier", "[1, 0]", "channel_multiplier"),
    (NODE + "channel_multiplier", "[]", "channel_multiplier"),
    (STRATEGY + "metrics.acuracy", "{scale = 1.0, direction = 'maximize'}", "acuracy", "accuracy"),
    (STRATEGY + "setup.sampler", '"hill"', "hill", "brute-force", "random"),
]

# The same, on one rank: these come the same way.
MORE_KEYS = [
    ("search.stratgy.name", '"optuna"', "stratgy"),
    (SPACE + "seed.seq_blocks_9.config", "{name = ['integer']}", "seq_blocks_9"),
    (SPACE + "name", '"graph/quantise"', "graph/quantise"),
    (SPACE + "setup.by", '"colour"', "by", "colour"),
    ("accelerator", '"tpu"', '"auto", "cpu", "gpu", "cuda", "mps"'),
    (NODE + "data_in", "[[8, 4], [0, 2]]", "data_in", "width is 0"),
    (NODE + "data_in", "[[8, 4, 2]]", "data_in", "3 values"),
    (NODE + "weight_width", "['four']", "weight", "width is not a whole number"),
    (NODE + "weight_width", "{}", "weight_width"),
    (NODE + "name", "['intger']", "intger", "did you mean 'integer'? there are"),
    (NODE + "channel_multiplier", "[-1]", "channel_multiplier"),
    (NODE + "channel_multiplier", "[1000000]", "channel_multiplier"),
    (STRATEGY + "metrics.accuracy.direction", '"up"', "up"),
    (STRATEGY + "metrics.accuracy", "{scale = 1.0}", "accuracy: direction is missing"),
    (STRATEGY + "setup.sum_scaled_metrics", "true", "direction is missing"),
    (STRATEGY + "metrics", "{}", "objective"),
    (STRATEGY + "setup.n_trials", "0", "n_trials"),
    (STRATEGY + "sw_runner", "{}", "runner"),
    (STRATEGY + "sw_runner.nul.cost_ms", "0", "nul"),
    ("batch_size", "0", "batch_size"),
    ("batch_size", '"512"', "batch_size"),
    ("seed", "", "seed"),
    ("backend", '"cuda"', "cuda", "blis"),
]

# Options of search, and what the message names.
OPTIONS = [
    (["--n-trials", "0"], "--n-trials"),
    (["--n-trials", "-3"], "--n-trials", "at least 1"),
    (["--n-trials", "ten"], "--n-trials", "ten"),
    (["--n-trials", "99999999999999999999"], "--n-trials"),
    (["--seed", "-1"], "--seed", "at least 0"),
    (["--max-epochs", "-1"], "--max-epochs", "at least 1"),
    (["--sampler", "nsga3"], "did you mean 'nsgaiii'"),
    (["--seed", "1.5"], "--seed"),
    (["--timeout", "soon"], "--timeout"),
    (["--sampler", "bruteforc"], "bruteforc", "brute-force"),
    (["--backend", "cuda"], "cuda"),
    (["--progress", "loud"], "loud"),
    (["--set", "seed"], "--set"),
    (["--smapler", "random"], "--smapler", "--sampler"),
    (["--n-trials"], "--n-trials"),
    (["--dry-run=yes"], "--dry-run"),
    (["second.toml"], "second.toml"),
]

# Whole job files.
FILES = [
    ("no_bracket.toml", "model = [\n", "no_bracket.toml"),
    ("no_value.toml", JOB + "seed =\n", "no_value.toml"),
    ("by.toml", JOB.replace('setup.by = "name"', 'setup.by = "nane"'), "by.toml:5:", "nane"),
    ("first.toml", JOB.replace("[1, 2]", "[0, 1]"), "first.toml:11:23", "channel_multiplier"),
    ("optimizer.toml", JOB.replace("null.cost_ms = 0", 'basic_train.optimizer = "adm"'),
     "optimizer.toml:13:", "basic_train", "did you mean 'adam'"),
    ("twice.toml", "seed = 1\nseed = 2\n", "twice.toml", "seed"),
    ("empty.toml", "", "empty.toml"),
    ("zero_byte.toml", "seed = 1\0", "zero_byte.toml"),
    ("table.toml", "[seed]\na = 1\n", "table.toml", "seed"),
]


class JobCase(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.synth("data", 100)
        cls.job = cls.write("job.toml", JOB)

    def search(self, *options, job=None):
        return ["search", job or self.job, "--data", self.data, "--out", self.path("out"),
                *options]


class BadJob(JobCase):
    def test_bad_keys(self):
        for key, value, *words in KEYS if RANKS else KEYS + MORE_KEYS:
            with self.subTest(f"{key} = {value}"):
                self.refuse(self.search("--set", f"{key}={value}"), 2, *words, ranks=RANKS)

    def test_unknown_sampler_names_those_there_are(self):
        name = "jsc_lab4_train.toml"
        self.refuse(self.search("--sampler", "tpx", job=harness.job(name)), 2, name, "'tpx'",
                    "did you mean 'tpe'", "'brute-force'", "'random'", "'qmc'", "'nsgaii'",
                    "'nsgaiii'", "'gp'", "'auto'", ranks=RANKS)

    def test_evaluation_without_a_net_says_how_to_get_one(self):
        self.refuse(self.search("--sampler", "brute-force", job=harness.job(TOY)), 2,
                    "basic_evaluation needs a trained net: give --load, or run bitfront train "
                    "first",
                    ranks=RANKS)

    def test_folder_that_exists_is_left_alone(self):
        for name in ("data", "job.toml"):
            with self.subTest(name):
                self.refuse(["search", self.job, "--data", self.data, "--out", self.path(name)], 2,
                            name, "exists", ranks=RANKS)

    def test_no_data(self):
        self.refuse(["search", self.job, "--out", self.path("out")], 2, "data synth",
                    "data import", ranks=RANKS)

    def test_unknown_command(self):
        self.refuse(["serch"], 2, "serch", "search", ranks=RANKS)


@unittest.skipIf(RANKS, "rank 0 alone reads the command line")
class BadCommandLine(JobCase):
    def test_bad_options(self):
        for options, *words in OPTIONS:
            with self.subTest(" ".join(options)):
                self.refuse(self.search(*options), 2, *words)

    def test_bad_job_files(self):
        for name, text, *words in FILES:
            with self.subTest(name):
                self.refuse(self.search(job=self.write(name, text)), 2, *words)
        self.refuse(self.search(job=self.path("absent.toml")), 2, "absent.toml")
        self.refuse(self.search(job=self.folder), 2, self.folder)
        self.refuse(["search", "--data", self.data, "--out", self.path("out")], 2, "JOB.toml")

    def test_faults_in_a_file_have_a_position(self):
        unknown = self.write("unknown.toml", JOB.replace("model =", "colour = 1\nmodel =", 1))
        wide = self.write("wide.toml", JOB.replace("[4, 8]", "[4, 40]"))
        self.refuse(self.search(job=unknown), 2, "unknown.toml:2:1: ", "colour")
        self.refuse(self.search(job=wide), 2, "wide.toml:9:20: ", "width is 40")

    def test_lenient_takes_unknown_keys(self):
        unknown = self.write("lenient.toml", "colour = 1\n" + JOB)
        done = self.require("search", unknown, "--lenient", "--data", self.data, "--out",
                            self.path("lenient"))
        self.assertIn("bitfront: warning: ", done.err)
        self.assertIn("colour", done.err)

    def test_equal_choices_are_warned_of_once(self):
        twice = self.write("twins.toml", JOB.replace("[4, 8]", "[2, 4, 4]"))
        done = self.require("search", twice, "--data", self.data, "--out", self.path("twins"))
        self.assertEqual(done.err.count("twins.toml:9:23: 'weight_width' of node 'seq_blocks_2' "
                                        "holds 4 twice"), 1, done)

    def test_folder_that_cannot_be_made(self):
        search = ["search", self.job, "--data", self.data]
        self.refuse([*search, "--out", self.path("absent", "out")], 1, "absent")
        self.refuse([*search, "--out", self.path("job.toml", "out")], 1, "job.toml")
        self.refuse(search, 2, "--out")

    def test_runners_that_do_not_fit(self):
        evaluation = STRATEGY + "sw_runner={basic_evaluation={}}"
        fixed = NODE + "channel_multiplier=[1]"
        self.refuse(self.search("--set", evaluation, "--set", STRATEGY + "eval_mode=false"), 2,
                    "eval_mode", "basic_evaluation")
        self.refuse(self.search("--set", evaluation, "--set", fixed), 2, "basic_evaluation")
        for key, value, word in (("optimizer", "'sdg'", "sdg"), ("lr_scheduler", "'step'", "step"),
                                 ("learning_rate", "0", "learning_rate"),
                                 ("max_epochs", "0", "max_epochs"),
                                 ("data_loader", "'test_dataloader'", "test_dataloader")):
            with self.subTest(key):
                self.refuse(self.search("--set", f"{STRATEGY}sw_runner.basic_train.{key}={value}"),
                            2, word)

    def test_names_in_front_of_the_options(self):
        for command in ("search", "train", "transform"):
            for words, *named in ((["jsc-tiny", self.job], f"give it as --config {self.job}"),
                                  (["jsc-tiny", "no.toml"], "give it as --config no.toml"),
                                  (["jsc-tinny", "jsc"], "unknown model", "did you mean 'jsc-tiny'"),
                                  (["jsc", "jsc-tiny"], "unknown model 'jsc'"),
                                  (["jscc"], "no job file 'jscc'", "unknown model", "jsc-tiny")):
                with self.subTest(f"{command} {words}"):
                    self.refuse([command, *words, "--data", self.data, "--out", self.path("out")],
                                2, *named)

    def test_unknown_commands(self):
        for arguments, word in (([], "--help"), (["data"], "second word; there are 'data synth', 'data import'"),
                                (["test", "net.h5"], "bitfront eval"), (["emit"], "no hardware"),
                                (["simulate"], "no hardware"),
                                (["data", "sinth"], "data synth"), (["--verison"], "--version")):
            with self.subTest(" ".join(arguments)):
                self.refuse(arguments, 2, word)

    def test_quantize_with_bad_words(self):
        for words, *named in ((["intger", "width=4", "1"], "intger", "integer"),
                              (["integer", "width=0", "1"], "width"),
                              (["integer", "width=33", "1"], "33"),
                              (["integer", "width=-4", "1"], "-4"),
                              (["integer", "widht=4", "1"], "widht", "there are width, frac_width"),
                              (["integer", "frac_widht=4", "1"], "did you mean 'frac_width'?"),
                              (["integer", "weight_width=8", "1"], "'weight_width'",
                               "give width=8"),
                              (["zzzzzz", "1"], "there are", "integer", "ternary"),
                              (["integer", "width=4", "one"], "one"),
                              (["integer", "1"], "width"), (["integer", "width=4"], "no values"),
                              ([], "FORMAT")):
            with self.subTest(" ".join(words)):
                self.refuse(["quantize", *words], 2, *named)


if __name__ == "__main__":
    harness.main()
