"""Bad data sets, tables and checkpoints: one clear line, the documented exit code, nothing written.

    test_bad_data.py [RANKS]     with RANKS only what all ranks of mpirun take part in
"""
import os
import shutil
import sys
import unittest

import harness
import spoil

RANKS = int(sys.argv[1]) if len(sys.argv) > 1 else 0
DATA_SETS = spoil.DATA_SETS + (spoil.MORE_DATA_SETS if RANKS == 0 else [])
BASIC_TRAIN = ["--set", "search.strategy.sw_runner={basic_train={}}"]
JOB = """
model = "jsc-tiny"
[search.search_space]
name = "graph/quantize/mixed_precision_ptq"
setup.by = "name"
[search.search_space.seed.seq_blocks_2.config]
name = ["integer"]
data_in = [[8, 4]]
weight = [[8, 6], [4, 2]]
[search.strategy]
sw_runner.null.cost_ms = 0
setup.sampler = "brute-force"
metrics.accuracy = {scale = 1.0, direction = "maximize"}
"""


class BadData(harness.Case):
    """What every test needs: a good set, a job, a net."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.synth("data", 600)
        cls.job = cls.write("job.toml", JOB)
        cls.toy = harness.job("jsc_toy_by_type.toml")
        cls.quick = ["--data", cls.data, "--set", "max_epochs=1"]
        cls.base = cls.path("base.h5")
        cls.require("train", cls.toy, *cls.quick, "--out", cls.base)

    def search(self, *options, job=None, data=None):
        return ["search", job or self.job, "--data", data or self.data, "--out", self.path("out"),
                *options]

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


class BadSearch(BadData):
    def test_search_of_good_data(self):
        self.require(*self.search(), ranks=RANKS)
        shutil.rmtree(self.path("out"))

    def test_search_of_bad_data(self):
        for name, change, *words in DATA_SETS:
            with self.subTest(name):
                bad = spoil.copy(self.data, self.path(name), change)
                self.refuse(self.search(data=bad), 5, *words, ranks=RANKS)

    def test_search_without_rows(self):
        source = self.csv("all.csv", self.rows(60))
        for name, split in (("train", "0,100,0"), ("val", "100,0,0")):
            with self.subTest(name):
                bad = self.path("no_" + name)
                self.require("data", "import", source, "--split", split, "--scaler", "none",
                             "--out", bad)
                self.refuse(self.search(*BASIC_TRAIN, data=bad), 5, f"'{name}'", "no_" + name,
                            ranks=RANKS)

    def test_search_with_a_bad_checkpoint(self):
        nets = [("absent.h5", lambda net: None, 5), ("cut.h5", self.spoilt(spoil.cut), 5),
                ("other.h5", self.train_lab4, 2), ("other.safetensors", self.foreign_lab4, 5)]
        if RANKS == 0:
            nets += [("flipped.h5", self.spoilt(spoil.flip), 5),
                     ("text.h5", lambda net: spoil.write(net, b"weights\n"), 5),
                     ("cut.safetensors", self.foreign_cut, 5),
                     ("data/manifest.h5", lambda net: None, 5)]
        for name, make, code in nets:
            with self.subTest(name):
                make(self.path(name))
                self.refuse(self.search("--sampler", "brute-force", "--load", self.path(name),
                                        job=self.toy), code, name, ranks=RANKS)

    def spoilt(self, change):
        def make(net):
            shutil.copy(self.base, net)
            change(net)
        return make

    def train_lab4(self, net):
        self.require("train", harness.job("jsc_lab4_train.toml"), *self.quick, "--out", net)

    def foreign_lab4(self, net):
        self.require("checkpoint", "convert", self.path("other.h5"), net)

    def foreign_cut(self, net):
        self.require("checkpoint", "convert", self.base, net)
        spoil.cut(net)


@unittest.skipIf(RANKS, "commands of one rank")
class BadCommands(BadData):
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
            (["--scaler", self.path("absent.json")], 2, "absent.json"),
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
        job, out = self.toy, ["--out", self.path("out")]
        bad = spoil.copy(self.data, self.path("train_bad"),
                         lambda d: spoil.flip(os.path.join(d, "train-00001.h5")))
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

    def test_train_that_diverges_saves_nothing(self):
        done = harness.bitfront("train", self.toy, *self.quick, "--set", "learning_rate=1e30",
                                "--set", "max_epochs=5", "--out", self.path("diverged.h5"))
        lines = done.err.splitlines()
        self.assertEqual(done.code, 3, done)
        self.assertTrue(lines[0].startswith("bitfront: "), done)
        self.assertIn("bitfront: loss is nan", lines[-1], done)
        self.assertFalse(os.path.exists(self.path("diverged.h5")), done)

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
        for name, change, *words in DATA_SETS:
            with self.subTest(name):
                bad = spoil.copy(self.data, self.path("verify_" + name), change)
                self.refuse(["data", "verify", bad], 5, *words)
        self.refuse(["data", "info", self.path("nowhere")], 5, "nowhere")
        self.refuse(["data", "verify"], 2, "DIR")


if __name__ == "__main__":
    harness.main()
