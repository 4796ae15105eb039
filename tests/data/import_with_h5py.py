"""Imports an HDF5 table as on CERNBox and compares the set with numpy's own preparation of it.

Finds the program in $BITFRONT. Exits with 77 when h5py or numpy is absent.
"""
import os
import subprocess
import sys
import tempfile
import unittest

try:
    import h5py
    import numpy
except ImportError as error:
    print(error)
    sys.exit(77)

BITFRONT = os.environ["BITFRONT"]
FEATURES = ("zlogz c1_b0_mmdt c1_b1_mmdt c1_b2_mmdt c2_b1_mmdt c2_b2_mmdt d2_b1_mmdt d2_b2_mmdt "
            "d2_a1_b1_mmdt d2_a1_b2_mmdt m2_b1_mmdt m2_b2_mmdt n2_b1_mmdt n2_b2_mmdt mass_mmdt "
            "multiplicity").split()
CLASSES = "g q w z t".split()
SPLITS = ("train", "val", "test")
N = 3000


def make_jets():
    """N rows, every tenth one equal to an earlier one, fields shuffled and of mixed types."""
    random = numpy.random.default_rng(7)
    types = dict.fromkeys(["j_" + name for name in FEATURES], "<f4")
    types.update({"j_mass_mmdt": "<f8", "j_c1_b0_mmdt": ">f8", "j_multiplicity": "<i4"})
    types.update({"j_" + name: "<i2" for name in CLASSES + ["undef"]})
    types.update({"j_g": "<f4", "j_pt": "<f8", "index": "<i8", "j_eta": "<f4"})
    names = list(types)
    random.shuffle(names)
    jets = numpy.zeros(N, dtype=[(name, types[name]) for name in names])
    for name in FEATURES:
        jets["j_" + name] = random.normal(3, 20, N)
    jets["j_multiplicity"] = random.permutation(N)
    jets["j_c2_b2_mmdt"] = 0.25
    labels = random.choice(len(CLASSES), N, p=[0.3, 0.3, 0.2, 0.15, 0.05])
    for index, name in enumerate(CLASSES):
        jets["j_" + name] = labels == index
    for row in range(10, N, 10):
        jets[row] = jets[random.integers(row)]
    jets["index"] = numpy.arange(N)
    return jets


def prepare(jets):
    """(features float64, labels) of the rows that are left without duplicates, in order."""
    columns = ["j_" + name for name in FEATURES + CLASSES]
    packed = numpy.zeros(len(jets), dtype=[(name, jets.dtype[name]) for name in columns])
    for name in columns:
        packed[name] = jets[name]
    seen, kept = set(), []
    for row, value in enumerate(packed):
        if value.tobytes() not in seen:
            seen.add(value.tobytes())
            kept.append(row)
    jets = jets[kept]
    features = numpy.stack([jets["j_" + name].astype("f8") for name in FEATURES], axis=1)
    one_hot = numpy.stack([jets["j_" + name] for name in CLASSES], axis=1)
    return features, one_hot.argmax(axis=1)


def run(*arguments):
    return subprocess.run([BITFRONT, *arguments], capture_output=True, text=True, check=False)


class Import(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory()
        self.addCleanup(self.scratch.cleanup)
        self.jets = make_jets()
        self.source = self.path("jets.z")
        with h5py.File(self.source, "w") as file:
            file.create_dataset("t_allpar_new", data=self.jets, chunks=(700,), compression="gzip")
            file["other"] = numpy.arange(5)

    def path(self, name):
        return os.path.join(self.scratch.name, name)

    def make(self, name, *options):
        done = run("data", "import", self.source, "--out", self.path(name), *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.path(name)

    def load(self, folder):
        """The manifest as another program sees it, from a folder that is not the set's."""
        os.chdir("/")
        relative = os.path.relpath(os.path.join(folder, "manifest.h5"))
        with h5py.File(relative, "r") as file:
            parts = {name: (file[name]["features"][:], file[name]["labels"][:]) for name in SPLITS}
            return parts, dict(file.attrs)

    def assert_scaled(self, stored, features, attributes):
        expected = (features - attributes["scaler_mean"]) / attributes["scaler_scale"]
        self.assertEqual(stored.dtype, numpy.float32)
        numpy.testing.assert_array_equal(stored, expected.astype("f4"))

    def test_sklearn_split_and_scaler_are_those_of_numpy(self):
        parts, attributes = self.load(self.make("set", "--split", "sklearn:42"))
        features, labels = prepare(self.jets)
        n = len(labels)
        order = numpy.random.RandomState(42).permutation(n)
        n_test = int(numpy.ceil(0.2 * n))
        others = order[n_test:]
        n_val = len(others) // 5
        rows = {"test": order[:n_test], "train": others[:-n_val], "val": others[-n_val:]}
        mean = features[others].mean(axis=0)
        scale = features[others].std(axis=0)
        scale[scale == 0] = 1
        numpy.testing.assert_allclose(attributes["scaler_mean"], mean, rtol=1e-12)
        numpy.testing.assert_allclose(attributes["scaler_scale"], scale, rtol=1e-12)
        for name in SPLITS:
            numpy.testing.assert_array_equal(parts[name][1], labels[rows[name]])
            self.assert_scaled(parts[name][0], features[rows[name]], attributes)

    def test_default_split_is_stratified_and_holds_every_row_once(self):
        parts, attributes = self.load(self.make("set"))
        features, labels = prepare(self.jets)
        number = FEATURES.index("multiplicity")
        row_of = {int(value): row for row, value in enumerate(features[:, number])}
        seen = []
        for name, share in zip(SPLITS, (0.64, 0.16, 0.20)):
            stored, stored_labels = parts[name]
            values = (stored[:, number].astype("f8") * attributes["scaler_scale"][number]
                      + attributes["scaler_mean"][number])
            rows = [row_of[int(value)] for value in numpy.rint(values)]
            numpy.testing.assert_array_equal(stored_labels, labels[rows])
            self.assert_scaled(stored, features[rows], attributes)
            counts = numpy.bincount(stored_labels, minlength=5)
            wanted = share * numpy.bincount(labels, minlength=5)
            self.assertTrue((abs(counts - wanted) <= 1).all(), (name, counts, wanted))
            if name == "train":
                mean = features[rows].mean(axis=0)
                numpy.testing.assert_allclose(attributes["scaler_mean"], mean, rtol=1e-12)
            seen += rows
        self.assertEqual(sorted(seen), list(range(len(labels))))

    def test_attributes_tell_where_the_set_comes_from(self):
        folder = self.make("set", "--seed", "3")
        _, attributes = self.load(folder)
        self.assertEqual(list(attributes["features"]), FEATURES)
        self.assertEqual(list(attributes["classes"]), CLASSES)
        self.assertEqual((attributes["split"], attributes["seed"]), ("64,16,20", 3))
        self.assertEqual((attributes["source"], attributes["kind"]), ("jets.z", "real"))
        self.assertEqual(attributes["format"], 1)
        self.assertRegex(attributes["source_xxh64"], "^[0-9a-f]{16}$")
        with h5py.File(os.path.join(folder, "train-00000.h5"), "r") as shard:
            self.assertEqual(dict(shard.attrs)["split"], "64,16,20")
            for name in ("features", "labels"):
                self.assertEqual((shard[name].chunks, shard[name].compression), (None, None))

    def test_scaler_none_and_a_split_of_zero(self):
        parts, attributes = self.load(self.make("set", "--scaler", "none", "--split", "0,0,100"))
        features, _ = prepare(self.jets)
        self.assertEqual([len(parts[name][1]) for name in SPLITS], [0, 0, len(features)])
        self.assertEqual(parts["train"][0].shape, (0, 16))
        self.assertEqual(list(attributes["scaler_scale"]), [1.0] * 16)

    def assert_exit(self, code, words, *arguments):
        done = run(*arguments)
        first = done.stderr.splitlines()[0]
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertTrue(first.startswith("bitfront: "), done.stderr)
        self.assertIn(words, first)

    def test_damaged_sets_and_sources_are_exit_5(self):
        folder = self.make("set")
        self.assertEqual(run("data", "verify", folder).returncode, 0)
        shard = os.path.join(folder, "val-00001.h5")
        with h5py.File(shard, "r+") as file:
            file["labels"][0] = 9
        self.assert_exit(5, "val-00001.h5", "data", "verify", folder)
        with h5py.File(os.path.join(folder, "manifest.h5"), "r+") as file:
            file.attrs["seed"] = 8
        self.assert_exit(5, "manifest.h5", "data", "verify", folder)
        os.truncate(self.source, os.path.getsize(self.source) // 2)
        self.assert_exit(5, "jets.z", "data", "import", self.source, "--out", self.path("new"))
        self.assertEqual(sorted(os.listdir(self.scratch.name)), ["jets.z", "set"])

    def test_row_without_label_is_named(self):
        with h5py.File(self.source, "r+") as file:
            for name in CLASSES:
                self.jets["j_" + name][17] = 0
            file["t_allpar_new"][:] = self.jets
        self.assert_exit(5, "row 17 has no label", "data", "import", self.source, "--out",
                         self.path("set"))

    def test_existing_folder_is_exit_2(self):
        folder = self.make("set")
        self.assert_exit(2, "exists", "data", "import", self.source, "--out", folder)


if __name__ == "__main__":
    unittest.main()
