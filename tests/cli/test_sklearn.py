"""`--split sklearn:SEED` against scikit-learn itself: rows, their order, and the scaler."""
import os
import sys

import h5py
import numpy as np

import harness

try:
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import StandardScaler
except ImportError as error:
    print(error)
    sys.exit(harness.SKIPPED)

FEATURES = ("zlogz c1_b0_mmdt c1_b1_mmdt c1_b2_mmdt c2_b1_mmdt c2_b2_mmdt d2_b1_mmdt d2_b2_mmdt "
            "d2_a1_b1_mmdt d2_a1_b2_mmdt m2_b1_mmdt m2_b2_mmdt n2_b1_mmdt n2_b2_mmdt mass_mmdt "
            "multiplicity").split()
CLASSES = "gqwzt"
SPLITS = ("train", "val", "test")


def load(folder):
    with h5py.File(os.path.join(folder, "manifest.h5"), "r") as file:
        parts = {name: (file[name]["features"][:], file[name]["labels"][:]) for name in SPLITS}
        return parts, dict(file.attrs)


class Sklearn(harness.Case):
    def source(self, name, features, labels):
        types = [("j_" + feature, "f8") for feature in FEATURES]
        types += [("j_" + label, "i4") for label in CLASSES]
        table = np.zeros(len(labels), dtype=types)
        for i, feature in enumerate(FEATURES):
            table["j_" + feature] = features[:, i]
        for i, label in enumerate(CLASSES):
            table["j_" + label] = labels == i
        with h5py.File(self.path(name), "w") as file:
            file["t_allpar_new"] = table
        return self.path(name)

    def prepared(self, features, labels, seed):
        """As published code has it: the 80 % with their scaler, the test rows; the validation rows
        are the last fifth of the 80 %, rounded down."""
        x, x_test, y, y_test = train_test_split(features, labels, test_size=0.2, random_state=seed)
        scaler = StandardScaler().fit(x)
        n_train = len(x) - len(x) // 5
        return {"train": (x[:n_train], y[:n_train]), "val": (x[n_train:], y[n_train:]),
                "test": (x_test, y_test)}, scaler

    def assert_same(self, folder, features, labels, seed):
        parts, attributes = load(folder)
        expected, scaler = self.prepared(features, labels, seed)
        mean, scale = attributes["scaler_mean"], attributes["scaler_scale"]
        np.testing.assert_allclose(mean, scaler.mean_, rtol=1e-13, atol=1e-13)
        np.testing.assert_allclose(scale, scaler.scale_, rtol=1e-13)
        for name in SPLITS:
            x, y = expected[name]
            got, got_labels = parts[name]
            np.testing.assert_array_equal(got_labels, y)
            # The rows and their order, bit for bit: the last column tells each row apart.
            number = np.rint(got[:, 15].astype("f8") * scale[15] + mean[15]).astype(int)
            np.testing.assert_array_equal(number, x[:, 15].astype(int))
            np.testing.assert_array_equal(got, ((x - mean) / scale).astype("f4"))
            # sklearn sums in another order, so the last bit of its doubles may be another.
            np.testing.assert_allclose(got, scaler.transform(x).astype("f4"), 1.2e-7, 1e-13)

    def test_rows_order_and_scaler(self):
        # 1003 leaves parts that are not whole; just above a power of two, half of numpy's draws are
        # above the bound and drawn again.
        for n, seed in ((1003, 42), (1003, 7), (4097, 42), (2049, 4294967295), (7, 42)):
            with self.subTest(n=n, seed=seed):
                random = np.random.default_rng(n)
                features = random.normal(2, 30, (n, 16))
                features[:, 3] = 0.1
                features[:, 15] = random.permutation(n)
                labels = random.integers(5, size=n)
                folder = self.path(f"set-{n}-{seed}")
                self.require("data", "import", self.source(f"{n}.h5", features, labels), "--split",
                             f"sklearn:{seed}", "--out", folder)
                self.assert_same(folder, features, labels, seed)

    def test_duplicates_are_dropped_first(self):
        random = np.random.default_rng(1)
        features = random.normal(0, 1, (400, 16))
        features[:, 15] = np.arange(400)
        labels = random.integers(5, size=400)
        rows = np.concatenate([np.arange(400), random.integers(400, size=100)])
        random.shuffle(rows)
        first = np.sort(np.unique(rows, return_index=True)[1])
        folder = self.path("twins")
        self.require("data", "import", self.source("twins.h5", features[rows], labels[rows]),
                     "--split", "sklearn:42", "--out", folder)
        self.assert_same(folder, features[rows[first]], labels[rows[first]], 42)


if __name__ == "__main__":
    harness.main()
