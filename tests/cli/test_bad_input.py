"""Bad input of the commands: one clear line, the documented exit code, nothing left behind.

    test_bad_input.py RANKS     0: without mpirun
"""
import os
import shutil
import sys

import harness
import spoil

RANKS = int(sys.argv[1]) if len(sys.argv) > 1 else 0
LIMIT_S = 20

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

# A value for a key of the job, and what the message names.
KEYS = [
    ("model", '"jsc-tinny"', "jsc-tinny", "jsc-tiny"),
    ("modle", '"jsc-tiny"', "modle", "model"),
    ("search.stratgy.name", '"optuna"', "stratgy"),
    (NODE + "weight_widht", "[4]", "weight_widht", "weight_width"),
    (SPACE + "seed.seq_blocks_9.config", "{name = ['integer']}", "seq_blocks_9"),
    (SPACE + "name", '"graph/quantise"', "graph/quantise"),
    (SPACE + "setup.by", '"colour"', "by", "colour"),
    (NODE + "weight_width", "[4, 0]", "weight_width", "0"),
    (NODE + "weight_width", "[33]", "weight_width", "33"),
    (NODE + "weight_width", "[8, -4]", "weight_width", "-4"),
    (NODE + "data_in", "[[8, 4], [0, 2]]", "data_in", "0"),
    (NODE + "data_in", "[[8, 4, 2]]", "data_in"),
    (NODE + "weight_width", "['four']", "weight_width"),
    (NODE + "weight_width", "[]", "weight_width"),
    (NODE + "weight_width", "8", "weight_width"),
    (NODE + "name", "['intger']", "intger", "integer"),
    (NODE + "name", "[]", "name"),
    (NODE + "channel_multiplier", "[1, 0]", "channel_multiplier", "0"),
    (NODE + "channel_multiplier", "[-1]", "channel_multiplier", "-1"),
    (NODE + "channel_multiplier", "[]", "channel_multiplier"),
    (NODE + "channel_multiplier", "[1000000]", "channel_multiplier"),
    (STRATEGY + "metrics.acuracy", "{scale = 1.0, direction = 'maximize'}", "acuracy", "accuracy"),
    (STRATEGY + "metrics.accuracy.direction", '"up"', "up"),
    (STRATEGY + "metrics", "{}", "objective"),
    (STRATEGY + "setup.sampler", '"tpe"', "tpe", "brute-force", "random"),
    (STRATEGY + "setup.sampler", '"hill"', "hill", "brute-force", "random"),
    (STRATEGY + "setup.n_trials", "0", "n_trials"),
    (STRATEGY + "sw_runner", "{}", "runner"),
    (STRATEGY + "sw_runner.nul.cost_ms", "0", "nul"),
    ("batch_size", "0", "batch_size"),
    ("batch_size", '"512"', "batch_size"),
    ("backend", '"cuda"', "cuda", "blis"),
]

# Options of search, and what the message names.
OPTIONS = [
    (["--n-trials", "0"], "--n-trials"),
    (["--n-trials", "-3"], "--n-trials"),
    (["--n-trials", "ten"], "--n-trials", "ten"),
    (["--n-trials", "99999999999999999999"], "--n-trials"),
    (["--seed", "-1"], "--seed"),
    (["--seed", "1.5"], "--seed"),
    (["--timeout", "soon"], "--timeout"),
    (["--sampler", "bruteforc"], "bruteforc", "brute-force"),
    (["--backend", "cuda"], "cuda"),
    (["--progress", "loud"], "loud"),
    (["--set", "seed"], "--set"),
    (["--set", "seed="], "--set"),
    (["--smapler", "random"], "--smapler", "--sampler"),
    (["--n-trials"], "--n-trials"),
    (["--dry-run=yes"], "--dry-run"),
    (["second.toml"], "second.toml"),
]

# Whole job files.
FILES = [
    ("no_bracket.toml", "model = [\n", "no_bracket.toml"),
    ("no_value.toml", JOB + "seed =\n", "no_value.toml"),
    ("twice.toml", "seed = 1\nseed = 2\n", "twice.toml", "seed"),
    ("empty.toml", "", "empty.toml"),
    ("zero_byte.toml", "seed = 1\0", "zero_byte.toml"),
    ("table.toml", "[seed]\na = 1\n", "table.toml", "seed"),
]


class BadInput(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.synth("data", 600)
        cls.job = cls.write("job.toml", JOB)
        os.mkdir(cls.path("empty_folder"))
        cls.train = ["--set", "max_epochs=1", "--set", "learning_rate=1e-2", "--data", cls.data]
        cls.base = cls.path("base.h5")
        cls.require("train", harness.job("jsc_toy_by_type.toml"), *cls.train, "--out", cls.base)

    def refuse(self, arguments, code, *words):
        """The command fails as documented and changes no file."""
        before = self.everything()
        done = harness.bitfront(*arguments, ranks=RANKS, limit=LIMIT_S)
        after = self.everything()
        shutil.rmtree(self.path("out"), ignore_errors=True)
        line = self.one_line(done, code)
        for word in words:
            self.assertIn(word, line, done)
        self.assertEqual(before, after, done)

    def everything(self):
        return {path: os.stat(path).st_mtime_ns for where, folders, files in os.walk(self.folder)
                for path in (os.path.join(where, name) for name in folders + files)}

    def search(self, *options, job=None, data=None):
        return ["search", job or self.job, "--data", data or self.data, "--out", self.path("out"),
                *options]

    def evaluation(self, *options, load=None):
        return self.search("--sampler", "brute-force", *options,
                           *(["--load", load] if load else []),
                           job=harness.job("jsc_toy_by_type.toml"))

    def test_job_without_fault_is_searched(self):
        self.require(*self.search(), ranks=RANKS)
        shutil.rmtree(self.path("out"))

    def test_search_of_bad_data(self):
        for name, change, *words in spoil.DATA_SETS:
            with self.subTest(name):
                bad = spoil.copy(self.data, self.path(name), change)
                self.refuse(self.search(data=bad), 5, *words)

    def test_search_without_data(self):
        self.refuse(["search", self.job, "--out", self.path("out")], 2, "data synth",
                    "data import")

    def test_search_without_rows_to_score(self):
        shares = {"train": "100,0,0", "val": "0,100,0"}
        source = self.csv("all.csv", self.rows(60))
        for name, split in shares.items():
            with self.subTest(name):
                only = self.path("only_" + name)
                self.require("data", "import", source, "--split", split, "--scaler", "none",
                             "--out", only)
                self.refuse(self.search("--set", STRATEGY + "sw_runner={basic_train={}}",
                                        data=only), 5, "no rows")

    def test_search_with_bad_keys(self):
        for key, value, *words in KEYS:
            with self.subTest(f"{key} = {value}"):
                self.refuse(self.search("--set", f"{key}={value}"), 2, *words)

    def test_search_with_bad_options(self):
        for options, *words in OPTIONS:
            with self.subTest(" ".join(options)):
                self.refuse(self.search(*options), 2, *words)

    def test_search_with_bad_job_files(self):
        for name, text, *words in FILES:
            with self.subTest(name):
                self.refuse(self.search(job=self.write(name, text)), 2, *words)
        self.refuse(self.search(job=self.path("absent.toml")), 2, "absent.toml")
        self.refuse(self.search(job=self.folder), 2, self.folder)
        self.refuse(["search", "--data", self.data, "--out", self.path("out")], 2, "JOB.toml")

    def test_unknown_key_has_a_position(self):
        bad = self.write("position.toml", JOB.replace('model = ', 'colour = 1\nmodel = '))
        self.refuse(self.search(job=bad), 2, "position.toml:2:", "colour")

    def test_search_into_a_folder_that_exists(self):
        for name in ("empty_folder", "data", "job.toml"):
            with self.subTest(name):
                self.refuse(["search", self.job, "--data", self.data, "--out", self.path(name)], 2,
                            name, "exists")
        self.refuse(["search", self.job, "--data", self.data], 2, "--out")

    def test_search_into_a_folder_that_cannot_be_made(self):
        self.refuse(["search", self.job, "--data", self.data, "--out",
                     self.path("absent", "out")], 1, "absent")
        self.refuse(["search", self.job, "--data", self.data, "--out",
                     self.path("job.toml", "out")], 1, "job.toml")

    def test_search_with_a_checkpoint_that_does_not_fit(self):
        other = self.path("other.h5")
        self.require("train", harness.job("jsc_lab4_train.toml"), *self.train, "--out", other)
        cut, flipped, text = (self.path(name) for name in ("cut.h5", "flipped.h5", "text.h5"))
        for path, change in ((cut, spoil.cut), (flipped, spoil.flip)):
            shutil.copy(self.base, path)
            change(path)
        spoil.write(text, b"weights\n")
        self.refuse(self.evaluation(), 2, "basic_evaluation needs a trained net", "--load",
                    "bitfront train")
        self.refuse(self.evaluation(load=self.path("absent.h5")), 5, "absent.h5")
        self.refuse(self.evaluation(load=cut), 5, "cut.h5")
        self.refuse(self.evaluation(load=flipped), 5, "flipped.h5")
        self.refuse(self.evaluation(load=text), 5, "text.h5")
        self.refuse(self.evaluation(load=os.path.join(self.data, "manifest.h5")), 5, "manifest.h5")
        self.refuse(self.evaluation(load=other), 2, "other.h5", "jsc-lab4")

    def test_runners_that_do_not_fit(self):
        self.refuse(self.evaluation("--set", STRATEGY + "eval_mode=false", load=self.base), 2,
                    "eval_mode", "basic_evaluation")
        self.refuse(self.evaluation("--set", STRATEGY + "sw_runner.basic_evaluation.data_loader="
                                    '"test_dataloader"', load=self.base), 2, "test_dataloader")
        train = STRATEGY + "sw_runner.basic_train."
        for key, value, *words in (("optimizer", '"sdg"', "sdg"), ("lr_scheduler", '"step"', "step"),
                                   ("learning_rate", "0", "learning_rate"),
                                   ("max_epochs", "0", "max_epochs")):
            with self.subTest(key):
                self.refuse(self.search("--set", f"{train}{key}={value}"), 2, *words)

    def test_tpe_names_the_samplers_there_are(self):
        for name in ("jsc_toy_by_type.toml", "jsc_lab4_train.toml"):
            load = ["--load", self.base] if "toy" in name else []
            self.refuse(self.search(*load, job=harness.job(name)), 2, name, "'tpe'",
                        "'brute-force'", "'random'")

    def test_unknown_commands(self):
        for arguments, word in (([], "--help"), (["serch"], "search"), (["data"], "data"),
                                (["data", "sinth"], "data synth"), (["--verison"], "--version")):
            with self.subTest(" ".join(arguments)):
                self.refuse(arguments, 2, word)

    def rows(self, n):
        """Rows of a CSV as lists of cells, features first."""
        return [[str((i * 31 + j * 17) % 101 / 7) for j in range(16)] + ["gqwzt"[i % 5]]
                for i in range(n)]

    def csv(self, name, rows, header=None):
        header = header or self.header()
        return self.write(name, "\n".join(",".join(row) for row in [header, *rows]) + "\n")

    def header(self):
        with spoil.h5py.File(os.path.join(self.data, "manifest.h5"), "r") as file:
            return [str(name) for name in file.attrs["features"]] + ["class"]

    def import_of(self, *sources, options=()):
        return ["data", "import", *sources, "--out", self.path("out"), *options]

    def changed(self, name, row, column, cell):
        rows = self.rows(20)
        rows[row][column] = cell
        return self.csv(name, rows)

    def test_import_of_bad_csv(self):
        good = self.csv("good.csv", self.rows(20))
        short = [row[:15] + row[16:] for row in self.rows(20)]
        header = self.header()
        cases = [
            ([self.path("absent.csv")], "absent.csv"),
            ([good, self.path("absent.csv")], "absent.csv"),
            ([self.csv("fifteen.csv", short, header[:15] + header[16:])], "fifteen.csv",
             "multiplicity"),
            ([self.csv("ragged.csv", self.rows(3) + short[:1])], "ragged.csv", "line 5"),
            ([self.changed("label.csv", 4, 16, "7")], "label.csv", "line 6", "7"),
            ([self.changed("letter.csv", 4, 16, "x")], "letter.csv", "line 6", "x"),
            ([self.changed("nan.csv", 7, 3, "nan")], "nan.csv", "line 9"),
            ([self.changed("infinity.csv", 7, 3, "inf")], "infinity.csv", "line 9"),
            ([self.changed("word.csv", 0, 0, "many")], "word.csv", "line 2", "many"),
            ([self.changed("blank.csv", 0, 0, "")], "blank.csv", "line 2"),
            ([self.csv("no_rows.csv", [])], "no_rows.csv"),
            ([self.write("nothing.csv", "")], "nothing.csv"),
            ([self.write("prose.csv", "not a table\n")], "prose.csv"),
            ([self.folder], self.folder),
        ]
        for sources, *words in cases:
            with self.subTest(os.path.basename(sources[-1])):
                self.refuse(self.import_of(*sources), 5, *words)

    def test_import_of_bad_hdf5(self):
        path = self.path("table.h5")
        names = ["j_" + name for name in self.header()[:16]] + ["j_" + c for c in "gqwzt"]
        table = spoil.np.zeros(50, dtype=[(name, "f4") for name in names])
        for j, name in enumerate(names[:16]):
            table[name] = spoil.np.arange(50) * (j + 1) % 37
        for i in range(50):
            table[names[16 + i % 5]][i] = 1

        def save(change=None, fields=None, dtype=None):
            rows = table.copy()
            if change is not None:
                rows[change[0]][change[1]] = change[2]
            rows = rows[fields or names]
            with spoil.h5py.File(path, "w") as file:
                file["t_allpar_new"] = rows.astype(dtype) if dtype else rows

        texts = [(name, "S4" if name == "j_mass_mmdt" else "f4") for name in names]
        spoiled = [
            ("15 features", lambda: save(fields=names[1:]), "zlogz"),
            ("no class", lambda: save(fields=names[:-1]), "'t'"),
            ("texts", lambda: save(dtype=texts), "mass"),
            ("nan", lambda: save(change=("j_mass_mmdt", 11, spoil.np.nan)), "row 11"),
            ("no label", lambda: save(change=("j_t", 4, 0)), "row 4"),
            ("no rows", lambda: write_rows(table[:0]), "table.h5"),
            ("another table", lambda: write_rows(spoil.np.zeros(3)), "table.h5"),
            ("truncated", lambda: (save(), spoil.cut(path)), "table.h5"),
        ]

        def write_rows(rows):
            with spoil.h5py.File(path, "w") as file:
                file["t_allpar_new"] = rows

        for name, make, *words in spoiled:
            with self.subTest(name):
                make()
                self.refuse(self.import_of(path), 5, *words)

    def test_import_with_bad_options(self):
        good = self.csv("options.csv", self.rows(20))
        scaler = self.write("scaler.json", '{"scaler": {"mean": [1], "scale": [1]}}')
        cases = [
            (["--split", "50,50,50"], 2, "50,50,50"), (["--split", "60,40"], 2, "60,40"),
            (["--split", "-10,10,100"], 2, "-10,10,100"), (["--split", "sklearn:x"], 2, "sklearn"),
            (["--split", "0,0,100"], 2, "scaler"), (["--scaler", scaler], 5, "scaler.json"),
            (["--scaler", self.path("absent.json")], 5, "absent.json"),
            (["--shards", "0"], 2, "--shards"), (["--shard-rows", "-1"], 2, "--shard-rows"),
            (["--classes", "g"], 2, "classes"), (["--classes", "g,q,w,z"], 5, "t"),
            (["--classes", "g,g,w,z,t"], 2, "twice"), (["--format", "xml"], 2, "xml", "csv"),
            (["--format", "hdf5"], 5, "options.csv"),
        ]
        for options, code, *words in cases:
            with self.subTest(" ".join(options)):
                self.refuse(self.import_of(good, options=options), code, *words)
        self.refuse(["data", "import", good, "--out", self.data], 2, "data", "exists")
        self.refuse(["data", "import", good], 2, "--out")
        self.refuse(["data", "import", "--out", self.path("out")], 2, "SOURCE")

    def test_synth_with_bad_options(self):
        out = ["--out", self.path("out")]
        for options, word in ((["--rows", "0"], "--rows"), (["--rows", "-5"], "--rows"),
                              (["--rows", "1e9"], "--rows"), ([], "--rows"),
                              (["--rows", "10", "--label-noise", "1.5"], "--label-noise"),
                              (["--rows", "10", "--label-noise", "nan"], "--label-noise"),
                              (["--rows", "10", "--noise", "0"], "--noise")):
            with self.subTest(" ".join(options)):
                self.refuse(["data", "synth", *options, *out], 2, word)
        self.refuse(["data", "synth", "--rows", "10", "--out", self.data], 2, "exists")
        self.refuse(["data", "synth", "--rows", "10"], 2, "--out")

    def test_train_of_bad_input(self):
        job = harness.job("jsc_toy_by_type.toml")
        out = ["--out", self.path("out")]
        bad = spoil.copy(self.data, self.path("train_bad"), spoil.DATA_SETS[7][1])
        self.refuse(["train", job, "--data", bad, *out], 5, "train-00001.h5")
        self.refuse(["train", job, "--data", self.path("nowhere"), *out], 5, "nowhere")
        self.refuse(["train", job, *out], 2, "data synth")
        self.refuse(["train", job, "--data", self.data], 2, "--out")
        self.refuse(["train", job, "--data", self.data, "--out", self.base], 2, "base.h5",
                    "exists")
        self.refuse(["train", self.path("absent.toml"), "--data", self.data, *out], 2,
                    "absent.toml")
        self.refuse(["train", job, "--data", self.data, "--set", 'training_optimizer="sdg"', *out],
                    2, "sdg")
        # The weights run away: the net is not worth a file.
        self.refuse(["train", job, "--data", self.data, "--set", "learning_rate=1e30", *out], 3,
                    "loss is")

    def test_eval_of_bad_input(self):
        flipped = self.path("eval_flipped.h5")
        shutil.copy(self.base, flipped)
        spoil.flip(flipped)
        self.refuse(["eval", self.path("absent.h5"), "--data", self.data], 5, "absent.h5")
        self.refuse(["eval", flipped, "--data", self.data], 5, "eval_flipped.h5")
        self.refuse(["eval", self.base, "--data", self.path("nowhere")], 5, "nowhere")
        self.refuse(["eval", self.base], 2, "data synth")
        self.refuse(["eval", self.base, "--data", self.data, "--split", "tset"], 2, "tset", "test")
        self.refuse(["eval", "--data", self.data], 2, "FILE")

    def test_verify_and_info_of_bad_data(self):
        for name, change, *words in spoil.DATA_SETS:
            with self.subTest(name):
                bad = spoil.copy(self.data, self.path("verify_" + name), change)
                self.refuse(["data", "verify", bad], 5, *words)
        self.refuse(["data", "info", self.path("nowhere")], 5, "nowhere")
        self.refuse(["data", "verify"], 2, "DIR")

    def test_quantize_with_bad_words(self):
        for words, *named in ((["intger", "width=4", "1"], "intger", "integer"),
                              (["integer", "width=0", "1"], "width"),
                              (["integer", "width=33", "1"], "33"),
                              (["integer", "width=-4", "1"], "-4"),
                              (["integer", "widht=4", "1"], "widht"),
                              (["integer", "width=4", "one"], "one"),
                              (["integer", "1"], "width"), (["integer", "width=4"], "no values"),
                              ([], "FORMAT")):
            with self.subTest(" ".join(words)):
                self.refuse(["quantize", *words], 2, *named)


if __name__ == "__main__":
    harness.main()
