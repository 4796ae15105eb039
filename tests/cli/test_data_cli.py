"""`bitfront data` from the outside: real rows, the synthetic set, info and verify."""
import csv
import json
import os

import h5py
import numpy as np

import harness

SPLITS = ("train", "val", "test")
CLASSES = "gqwzt"


def load(folder, split):
    with h5py.File(os.path.join(folder, "manifest.h5"), "r") as file:
        return file[split]["features"][:], file[split]["labels"][:]


def sorted_rows(features, labels):
    rows = np.column_stack([features, labels])
    return rows[np.lexsort(rows.T)]


class RealRows(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.source = harness.shared_file("jsc_real_rows.csv")
        cls.statistics = harness.shared_file("jsc_statistics.json")

    def import_rows(self, name, *options):
        self.require("data", "import", self.source, "--scaler", self.statistics, "--out",
                     self.path(name), *options)
        return self.path(name)

    def expected(self):
        """(x - mean) / scale in double, rounded to float32, and the index of the class."""
        with open(self.source, newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))[1:]
        with open(self.statistics, encoding="utf-8") as file:
            scaler = json.load(file)["scaler"]
        features = np.array([row[:16] for row in rows], dtype=float)
        scaled = (features - scaler["mean"]) / scaler["scale"]
        return scaled.astype(np.float32), np.array([CLASSES.index(row[16]) for row in rows])

    def test_all_rows_as_test_rows(self):
        folder = self.import_rows("test", "--split", "0,0,100")
        features, labels = load(folder, "test")
        self.assertEqual(features.shape, (501, 16))
        np.testing.assert_array_equal(sorted_rows(features, labels), sorted_rows(*self.expected()))
        for split in ("train", "val"):
            self.assertEqual(load(folder, split)[0].shape, (0, 16))

    def test_default_split_has_every_row_once(self):
        folder = self.import_rows("default")
        parts = [load(folder, split) for split in SPLITS]
        self.assertEqual(sum(len(labels) for _, labels in parts), 501)
        got = sorted_rows(np.concatenate([features for features, _ in parts]),
                          np.concatenate([labels for _, labels in parts]))
        np.testing.assert_array_equal(got, sorted_rows(*self.expected()))
        shards = [name for name in os.listdir(folder) if name.startswith("train-")]
        self.assertEqual(len(shards), 8)

    def test_lab3_table_on_real_rows(self):
        data = self.import_rows("lab3")
        base, out = self.path("base.h5"), self.path("out")
        self.require("train", harness.job("jsc_toy_by_type.toml"), "--data", data, "--out", base)
        done = self.require("search", harness.job("lab3_table.toml"), "--load", base, "--data",
                            data, "--out", out, ranks=3)
        self.assertEqual(done.out.count("Input data width: "), 16)
        with open(os.path.join(out, "study.json"), encoding="utf-8") as file:
            study = json.load(file)
        self.assertEqual((study["data"]["kind"], study["data"]["rows"]), ("real", 501))


class Synthetic(harness.Case):
    def info(self, folder):
        return json.loads(self.require("data", "info", folder, "--json").out)

    def test_rows_follow_from_the_seed(self):
        one, two = self.synth("one", 2000, "--seed", 5), self.synth("two", 2000, "--seed", 5)
        other = self.synth("other", 2000, "--seed", 6)
        for split in SPLITS:
            for a, b in zip(load(one, split), load(two, split)):
                np.testing.assert_array_equal(a, b)
        self.assertEqual(self.info(one)["hash"], self.info(two)["hash"])
        self.assertNotEqual(self.info(one)["hash"], self.info(other)["hash"])

    def test_splits_are_standardised_and_balanced(self):
        folder = self.synth("balanced", 20000)
        features, labels = load(folder, "train")
        self.assertEqual([len(load(folder, split)[1]) for split in SPLITS], [12800, 3200, 4000])
        features = features.astype("f8")
        np.testing.assert_allclose(features.mean(axis=0), 0, atol=1e-6)
        np.testing.assert_allclose(features.std(axis=0), 1, atol=1e-6)
        shares = np.bincount(labels, minlength=5) / len(labels)
        np.testing.assert_allclose(shares, 0.2, atol=0.02)

    def test_label_noise_spoils_labels_only(self):
        clean = load(self.synth("clean", 5000, "--label-noise", 0, "--seed", 2), "train")
        noisy = load(self.synth("noisy", 5000, "--label-noise", 1, "--seed", 2), "train")
        # The split depends on the labels, so whole sets are compared without their order.
        self.assertGreater(self.separation(*clean), 5 * self.separation(*noisy))

    @staticmethod
    def separation(features, labels):
        """Spread of the class means."""
        means = [features[labels == label].mean(axis=0) for label in range(5)]
        return np.std(means, axis=0).mean()

    def test_info_and_verify_count_the_same(self):
        folder = self.synth("counted", 300)
        info = self.info(folder)
        verified = json.loads(self.require("data", "verify", folder, "--json").out)
        self.assertEqual(verified, {"dir": folder, "ok": True, "shards": len(info["shards"]),
                                    "rows": 300})
        self.assertEqual((info["kind"], info["classes"]), ("synthetic", list(CLASSES)))
        self.assertEqual(sum(info["rows"].values()), 300)
        text = self.require("data", "info", folder).out
        self.assertIn("300: train 192, val 48, test 60", text)

    def test_verify_as_json_says_what_is_wrong(self):
        folder = self.synth("torn", 300)
        os.remove(os.path.join(folder, "val-00000.h5"))
        done = self.require("data", "verify", folder, "--json", code=5)
        verdict = json.loads(done.out)
        self.assertFalse(verdict["ok"])
        self.assertIn("val-00000.h5", verdict["error"])


if __name__ == "__main__":
    harness.main()
