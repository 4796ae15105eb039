"""Data sets from files of every kind: ARFF, NPY pairs, Zenodo's HDF5, CERNBox's, CSV, and mixtures.

The files are written here by numpy, h5py or by hand, and read back by numpy and, for ARFF, by scipy.
"""
import csv
import os

import h5py
import numpy as np

import harness

try:
    from scipy.io import arff as scipy_arff
except ImportError:
    scipy_arff = None

FEATURES = ("zlogz c1_b0_mmdt c1_b1_mmdt c1_b2_mmdt c2_b1_mmdt c2_b2_mmdt d2_b1_mmdt d2_b2_mmdt "
            "d2_a1_b1_mmdt d2_a1_b2_mmdt m2_b1_mmdt m2_b2_mmdt n2_b1_mmdt n2_b2_mmdt mass_mmdt "
            "multiplicity").split()
CLASSES = "gqwzt"
# The order of OpenML's and the hls4ml tutorial's files.
ALPHABETICAL = "gqtwz"
N = 700


def make_rows(n=N, seed=3):
    """(features, labels): numbers of few digits, as people's files have them."""
    random = np.random.default_rng(seed)
    features = np.round(random.normal(3, 20, (n, 16)), 5)
    features[:, 15] = random.permutation(n)
    return features, random.integers(5, size=n)


def sorted_rows(features, labels):
    rows = np.column_stack([features, labels])
    return rows[np.lexsort(rows.T)]


def text_of(value):
    return repr(float(value))


class Sources(harness.Case):
    n_made = 0

    def load(self, folder):
        """All rows of all splits, unscaled ones as they were."""
        parts = []
        with h5py.File(os.path.join(folder, "manifest.h5"), "r") as file:
            attributes = dict(file.attrs)
            for split in ("train", "val", "test"):
                parts.append((file[split]["features"][:], file[split]["labels"][:]))
        return (np.concatenate([part[0] for part in parts]),
                np.concatenate([part[1] for part in parts]), attributes)

    def make(self, sources, *options):
        Sources.n_made += 1
        folder = self.path(f"set{Sources.n_made}")
        done = self.require("data", "import", *sources, "--scaler", "none", "--out", folder,
                            *options)
        return folder, done

    def assert_set(self, sources, features, labels, *options):
        """The sources hold these rows, whatever their order."""
        folder, done = self.make(sources, *options)
        got, got_labels, _ = self.load(folder)
        np.testing.assert_array_equal(sorted_rows(got, got_labels),
                                      sorted_rows(features.astype(np.float32), labels))
        return done

    def refuse_import(self, sources, *words, options=()):
        self.refuse(["data", "import", *sources, "--out", self.path("out"), *options], 5, *words)


class Arff(Sources):
    def header(self, label="class", values="{g,q,t,w,z}", quote="'"):
        lines = ["% a comment", "", "@RELATION 'jets, all of them'", ""]
        for i, name in enumerate(FEATURES):
            kind = ["numeric", "REAL", "Integer"][i % 3]
            lines.append(f"@{['attribute', 'ATTRIBUTE'][i % 2]} {quote}{name}{quote} {kind}")
        return lines + [f"@attribute {label} {values}", "", "@DATA"]

    def dense(self, features, labels):
        return [",".join(map(text_of, row)) + "," + CLASSES[label]
                for row, label in zip(features, labels)]

    def sparse(self, features, labels):
        """The first declared class, g, is left out, too."""
        rows = []
        for row, label in zip(features, labels):
            pairs = [f"{i} {text_of(value)}" for i, value in enumerate(row) if value != 0]
            if label != 0:
                pairs.append(f"16 {CLASSES[label]}")
            rows.append("{" + ", ".join(pairs) + "}")
        return rows

    def arff(self, name, lines, line_break="\n"):
        path = self.path(name)
        with open(path, "wb") as file:
            file.write((line_break.join(lines) + line_break).encode())
        return path

    def test_dense_rows_of_any_spelling(self):
        features, labels = make_rows()
        rows = self.dense(features, labels)
        rows.insert(5, "% between the rows")
        rows.insert(9, "")
        cases = {
            "plain": (self.header(), "\n"),
            "windows": (self.header(), "\r\n"),
            "jet_type": (self.header(label="JET_TYPE".lower()), "\n"),
            "quoted": (self.header(values='{ "g" , \'q\',t, w,z }', quote='"'), "\n"),
            "unquoted": (self.header(quote=""), "\n"),
            "prefixed": ([line.replace("'zlogz'", "j_zlogz") for line in self.header()], "\n"),
        }
        for name, (header, line_break) in cases.items():
            with self.subTest(name):
                # Not by its suffix.
                source = self.arff(name + ".data", header + rows, line_break)
                self.assert_set([source], features, labels)

    def test_rows_are_those_that_scipy_reads(self):
        if scipy_arff is None:
            self.skipTest("no scipy")
        source = self.arff("scipy.arff", self.header() + self.dense(*make_rows()))
        table, meta = scipy_arff.loadarff(source)
        features = np.stack([table[name] for name in FEATURES], axis=1)
        labels = np.array([CLASSES.index(value.decode()) for value in table["class"]])
        self.assertEqual(meta["class"][1], tuple(ALPHABETICAL))
        self.assert_set([source], features, labels)

    def test_sparse_rows(self):
        features, labels = make_rows()
        features[::3, 4:9] = 0
        features[5, :] = 0
        source = self.arff("sparse.arff", self.header() + self.sparse(features, labels))
        self.assert_set([source], features, labels)

    def test_other_attributes_and_order_of_classes(self):
        features, labels = make_rows()
        header = ["@relation r", "@attribute 'a name' string", "@attribute when date 'yyyy-MM-dd'"]
        header += [f"@attribute {name} numeric" for name in reversed(FEATURES)]
        header += ["@attribute kind {'x, y', z}", "@attribute class {z,t,g,q,w}", "@data"]
        rows = [f"'it''s, so', 2001-01-01, {','.join(map(text_of, row[::-1]))}, 'x, y', "
                f"{CLASSES[label]} % so" for row, label in zip(features, labels)]
        rows = [row.replace("it''s", "it\\'s") for row in rows]
        source = self.arff("others.arff", header + rows)
        self.assert_set([source], features, labels)
        folder, _ = self.make([source], "--classes", "t,z,w,q,g")
        _, got, attributes = self.load(folder)
        self.assertEqual(list(attributes["classes"]), list("tzwqg"))
        wanted = np.bincount(["tzwqg".index(CLASSES[label]) for label in labels])
        np.testing.assert_array_equal(np.bincount(got), wanted)

    def test_missing_values(self):
        features, labels = make_rows()
        rows = self.dense(features, labels)
        for row, column in ((3, 0), (7, 15), (9, 4)):
            cells = rows[row].split(",")
            cells[column] = "?"
            rows[row] = ",".join(cells)
        header = self.header()
        source = self.arff("missing.arff", header + rows)
        self.refuse_import([source], "missing.arff", f"line {len(header) + 4}", "zlogz")
        kept = [i for i in range(N) if i not in (3, 7, 9)]
        done = self.assert_set([source], features[kept], labels[kept], "--drop-nan")
        self.assertIn("3 with NaN", done.err)

    def test_what_is_wrong_is_told_with_its_line(self):
        features, labels = make_rows(6)
        header = self.header()
        rows = self.dense(features, labels)
        first = len(header) + 1

        def changed(row, old, new):
            return header + rows[:row] + [rows[row].replace(old, new, 1)] + rows[row + 1:]
        cut = rows[2].split(",")
        cases = {
            "few": (header + rows[:2] + [",".join(cut[1:])], f"line {first + 2} ", "16 cells"),
            "many": (header + rows[:2] + ["1," + rows[2]], f"line {first + 2} ", "18 cells"),
            "word": (header + rows[:2] + [",".join(["x"] + cut[1:])], f"line {first + 2}", "'x'"),
            "class": (header + [",".join(cut[:16] + ["h"])], f"line {first}", "'h'", "declared"),
            "no_class": (header + [",".join(cut[:16] + ["?"])], f"line {first}", "missing class"),
            "weight": (header + [rows[0] + ", {5}"], f"line {first}", "weight"),
            "twice": (header[:5] + [header[4]] + header[5:], "line 6", "zlogz", "once more"),
            "absent": (header[:4] + header[5:] + rows, "lacks attribute 'zlogz'"),
            "no_data": (header[:-1], "@data"),
            "no_rows": (header, "no rows"),
            "type": (self.header(values="{g,q,w"), "line 21", "class"),
            "text": ([line.replace("'zlogz' numeric", "zlogz string") for line in header] + rows,
                     "line 5", "zlogz"),
            "far": (header + ["{17 1}"], f"line {first}", "index 17"),
            "again": (header + ["{0 1, 0 2}"], f"line {first}", "twice"),
            "pairs": (header + ["{0 1, g}"], f"line {first}", "pairs"),
            "open": (header + ["{0 1, 16 g"], f"line {first}", "pairs"),
        }
        for name, (lines, *words) in cases.items():
            with self.subTest(name):
                self.refuse_import([self.arff(name + ".arff", lines)], name + ".arff", *words)


class Npy(Sources):
    def save(self, name, array):
        np.save(self.path(name), array, allow_pickle=True)
        return self.path(name)

    def one_hot(self, labels, dtype=np.float64):
        return np.eye(5, dtype=dtype)[labels]

    def test_the_files_of_the_tutorial(self):
        features, labels = make_rows()
        cut = 560
        names = {"X_train_val": features[:cut], "y_train_val": self.one_hot(labels[:cut]),
                 "X_test": features[cut:], "y_test": self.one_hot(labels[cut:])}
        paths = {name: self.save(name + ".npy", array) for name, array in names.items()}
        classes = self.save("classes.npy", np.array(list(ALPHABETICAL), dtype=object))
        everything = [*paths.values(), classes]
        done = self.assert_set(everything, features, labels, "--classes", ",".join(ALPHABETICAL))
        self.assertIn("left out '" + classes, done.err)
        self.assertIn("0 = g, 1 = q, 2 = t, 3 = w, 4 = z", done.err)
        self.assert_set(sorted(everything), features, labels)
        # The labels of X are found by its name, and are part of the source.
        alone, _ = self.make([paths["X_train_val"], paths["X_test"]])
        given, _ = self.make([paths[name] for name in
                              ("X_train_val", "X_test", "y_train_val", "y_test")])
        got = [self.load(folder) for folder in (alone, given)]
        np.testing.assert_array_equal(got[0][0], got[1][0])
        self.assertEqual(got[0][2]["source"], "X_train_val.npy,X_test.npy,y_train_val.npy,y_test.npy")
        self.assertEqual(got[0][2]["source_xxh64"], got[1][2]["source_xxh64"])

    def test_every_type_order_and_version(self):
        features, labels = make_rows()
        whole = np.round(features)
        cases = {
            "f2": (whole.astype("<f2"), self.one_hot(labels, "f2")),
            "f4": (features.astype("<f4"), self.one_hot(labels, "f4")),
            "big": (features.astype(">f8"), self.one_hot(labels, ">f4")),
            "fortran": (np.asfortranarray(features), np.asfortranarray(self.one_hot(labels))),
            "i2": (whole.astype("<i2"), labels),
            "bool": (whole.astype(">i4"), self.one_hot(labels, "?")),
            "u1": (features, labels.astype("u1")),
            "column": (features, labels.astype(">i8").reshape(-1, 1)),
            "float_labels": (features, labels.astype("f4")),
        }
        for name, (x, y) in cases.items():
            with self.subTest(name):
                # Paired by their order, as their names tell nothing.
                paths = [self.save(f"{name}_rows.npy", x), self.save(f"{name}_labels.npy", y)]
                self.assert_set(paths, x.astype(np.float64), labels)
        for version in ((1, 0), (2, 0), (3, 0)):
            with self.subTest(version):
                path = self.path(f"X_v{version[0]}.npy")
                with open(path, "wb") as file:
                    np.lib.format.write_array(file, features, version=version)
                self.save(f"y_v{version[0]}.npy", labels)
                self.assert_set([path], features, labels)

    def test_infinity_and_half_numbers(self):
        halves = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
        halves = halves[np.isfinite(halves)]
        n = len(halves) // 16
        x = halves[:16 * n].reshape(n, 16)
        y = np.zeros(n, dtype=np.int64)
        paths = [self.save("X_half.npy", x), self.save("y_half.npy", y)]
        self.assert_set(paths, x.astype(np.float64), y)
        x[4, 2] = np.inf
        self.save("X_half.npy", x)
        self.refuse_import(paths, "X_half.npy", "row 4", "c1_b1_mmdt")

    def test_what_is_wrong_is_told(self):
        features, labels = make_rows(20)
        x = self.save("X_a.npy", features)
        y = self.save("y_a.npy", labels)
        cases = {
            "short": ([self.save("X_s.npy", features), self.save("y_s.npy", labels[1:])],
                      "y_s.npy", "19 labels, for 20 rows"),
            "alone": ([self.save("X_alone.npy", features)], "X_alone.npy", "no file of their labels"),
            "labels": ([y], "y_a.npy", "not given"),
            "both": ([self.save("X_1.npy", features), y, x], "y_a.npy", "2 files"),
            "index": ([x, self.save("y_a.npy", labels + 5)], "X_a.npy", "row 0", "below 5"),
            "empty": ([self.save("X_0.npy", features),
                       self.save("y_0.npy", np.zeros((20, 5)))], "row 0 has no label"),
            "objects": ([self.save("X_o.npy", features), self.save("y_o.npy", np.array(
                [c for c in "gqwzt" * 4], dtype=object))], "y_o.npy", "Python objects"),
            "texts": ([self.save("X_t.npy", features), self.save("y_t.npy", np.array(
                [c for c in "gqwzt" * 4]))], "y_t.npy", "texts"),
            "complex": ([self.save("X_c.npy", features.astype("c16"))], "X_c.npy", "'c16'"),
            "shape": ([self.save("X_d.npy", features[:, :15])], "X_d.npy", "15 columns"),
            "struct": ([self.save("X_r.npy", np.zeros(3, dtype=[("a", "f4")]))], "X_r.npy",
                       "structured"),
        }
        for name, (paths, *words) in cases.items():
            with self.subTest(name):
                self.save("y_a.npy", labels if name != "index" else labels + 5)
                self.refuse_import(paths, *words)
        with open(x, "ab") as file:
            file.write(b"more")
        self.refuse_import([x], "X_a.npy", "2564 bytes follow its header, which announces 2560")
        os.truncate(x, 1000)
        self.refuse_import([x], "X_a.npy", "announces 2560")


class Hdf5(Sources):
    OTHERS = "j_ptfrac j_pt j_eta j_mass j_tau1_b1 j_c1_b0 j_c1_b1 j_zlogz_mmdt".split()

    def matrix(self, features, labels, dtype):
        """(names, columns): shuffled, with columns of no interest, as in Zenodo 3602260."""
        names = self.OTHERS + ["j_" + name for name in FEATURES] + ["j_" + c for c in CLASSES]
        names.append("j_undef")
        columns = dict.fromkeys(names, np.full(len(labels), 7.5))
        columns.update({"j_" + name: features[:, i] for i, name in enumerate(FEATURES)})
        columns.update({"j_" + c: labels == i for i, c in enumerate(CLASSES)})
        columns["j_undef"] = np.zeros(len(labels))
        order = np.random.default_rng(5).permutation(len(names))
        names = [names[i] for i in order]
        return names, np.stack([columns[name] for name in names], axis=1).astype(dtype)

    def zenodo(self, file_name, features, labels, dtype="f4", names_type="S40", **how):
        names, table = self.matrix(features, labels, dtype)
        with h5py.File(self.path(file_name), "w") as file:
            file.create_dataset("jets", data=table, **how)
            if names_type == "text":
                file.create_dataset("jetFeatureNames", data=names, dtype=h5py.string_dtype())
            else:
                file["jetFeatureNames"] = np.array(names, dtype=names_type)
            file["jetImage"] = np.zeros((4, 3, 3))
            file["particleFeatureNames"] = np.array(["p"], dtype="S8")
        return self.path(file_name)

    def test_zenodo_files(self):
        features, labels = make_rows()
        cases = {"float": ("f4", "S40", {}), "double": (">f8", "S16", {}),
                 "packed": ("f4", "S40", {"chunks": (100, 7), "compression": "gzip"}),
                 "texts": ("f8", "text", {"chunks": (1, 30)})}
        for name, (dtype, names_type, how) in cases.items():
            with self.subTest(name):
                path = self.zenodo(name + ".dat", features, labels, dtype, names_type, **how)
                self.assert_set([path], features.astype(dtype).astype("f8"), labels)
        cuts = [0, 200, 201, N]
        paths = [self.zenodo(f"jetImage_{i}.h5", features[a:b], labels[a:b], "f8")
                 for i, (a, b) in enumerate(zip(cuts, cuts[1:]))]
        # A file given twice is a file of duplicates.
        done = self.assert_set([*paths, paths[0]], features, labels)
        self.assertIn("left out 200 duplicates", done.err)

    def test_what_is_wrong_is_told(self):
        features, labels = make_rows(30)
        path = self.path("jets.h5")

        def change(words, alter):
            self.zenodo("jets.h5", features, labels)
            with h5py.File(path, "r+") as file:
                alter(file)
            self.refuse_import([path], "jets.h5", *words)

        def rename(old, new):
            def alter(file):
                names = file["jetFeatureNames"][:]
                names[names == old] = new
                file["jetFeatureNames"][:] = names
            return alter

        def undefine(file):
            names = list(file["jetFeatureNames"][:])
            file["jets"][3, names.index(b"j_undef")] = 1

        def shorten(file):
            names = file["jetFeatureNames"][:-1]
            del file["jetFeatureNames"]
            file["jetFeatureNames"] = names

        def retype(name, value):
            def alter(file):
                del file[name]
                file[name] = value
            return alter
        change(["lacks field 'zlogz' (or 'j_zlogz')"], rename(b"j_zlogz", b"j_other"))
        change(["two columns 'j_zlogz'"], rename(b"j_pt", b"j_zlogz"))
        change(["row 3 is labelled undefined"], undefine)
        change(["30 columns", "names 29"], shorten)
        change(["does not hold texts"], retype("jetFeatureNames", np.zeros(30)))
        change(["neither integer nor floating"], retype("jets", np.full((30, 30), b"1")))
        change(["no 'jets' with 'jetFeatureNames'"], retype("jets", np.zeros((30, 30, 1))))

    def test_content_decides_between_table_and_matrix(self):
        features, labels = make_rows()
        other, other_labels = make_rows(seed=4)
        path = self.zenodo("both.h5", other, other_labels, "f8")
        names, columns = self.matrix(features, labels, "f8")
        table = np.zeros(len(labels), dtype=[(name, "f8") for name in names])
        for i, name in enumerate(names):
            table[name] = columns[:, i]
        with h5py.File(path, "r+") as file:
            file["t_allpar_new"] = table
        self.assert_set([path], features, labels)


class Mixtures(Sources):
    def csv(self, name, features, labels):
        lines = [",".join([*FEATURES, "class"])]
        lines += Arff.dense(None, features, labels)
        return self.write(name, "\n".join(lines) + "\n")

    def test_sources_of_all_kinds_together(self):
        features, labels = make_rows()
        parts = [slice(i * 175, (i + 1) * 175) for i in range(4)]
        x, y = self.path("X_mix.npy"), self.path("y_mix.npy")
        np.save(x, features[parts[0]])
        np.save(y, labels[parts[0]])
        arff = self.write("mix.txt", "\n".join(
            Arff.header(None) + Arff.dense(None, features[parts[2]], labels[parts[2]])))
        zenodo = Hdf5.zenodo(self, "mix.h5", features[parts[3]], labels[parts[3]], "f8")
        table = self.csv("mix.csv", features[parts[1]], labels[parts[1]])
        self.assert_set([table, x, zenodo, arff, y], features, labels)

    OTHERS = Hdf5.OTHERS
    matrix = Hdf5.matrix

    def test_real_rows_as_arff_are_those_of_the_csv(self):
        source = harness.shared_file("jsc_real_rows.csv")
        with open(source, newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        lines = ["% 42468", "@RELATION hls4ml_lhc_jets_hlf"]
        lines += [f"@ATTRIBUTE {name} REAL" for name in rows[0][:16]]
        lines += ["@ATTRIBUTE class {g, q, t, w, z}", "@DATA", *map(",".join, rows[1:])]
        arff = self.write("real.arff", "\n".join(lines))
        options = ["--scaler", harness.shared_file("jsc_statistics.json"), "--split", "sklearn:42"]
        got = []
        for name in (source, arff):
            folder = self.make([name], *options)[0]
            got.append(self.load(folder))
        np.testing.assert_array_equal(got[0][0], got[1][0])
        np.testing.assert_array_equal(got[0][1], got[1][1])

    def test_foreign_files_are_named(self):
        cases = {"table.parquet": (b"PAR1\x15\x04", "Parquet"), "arrays.npz": (b"PK\x03\x04", "ZIP"),
                 "old.pt": (b"\x80\x02\x8a", "pickle"), "jets.arff.gz": (b"\x1f\x8b\x08", "gzip"),
                 "jets.root": (b"root\x00\x00", "ROOT"), "noise.bin": (b"\x01\x02\x03", "")}
        for name, (content, word) in cases.items():
            with self.subTest(name):
                with open(self.path(name), "wb") as file:
                    file.write(content)
                self.refuse_import([self.path(name)], name, "hdf5, npy, arff, csv", word)

    def test_format_may_be_given(self):
        features, labels = make_rows(50)
        table = self.csv("given.arff", features, labels)
        self.assert_set([table], features, labels, "--format", "csv")
        self.refuse_import([table], "line 1", options=["--format", "arff"])
        self.refuse_import([table], "NPY", options=["--format", "npy"])
        done = harness.bitfront("data", "import", table, "--out", self.path("out"), "--format",
                                "arf")
        self.assertEqual(done.code, 2, done)
        self.assertIn("did you mean 'arff'", done.err)


if __name__ == "__main__":
    harness.main()
