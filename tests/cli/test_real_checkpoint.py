"""A real checkpoint of jsc-tiny on real rows, in float and in 34 fixed-point settings, against the
figures that another implementation found.

The checkpoint is PyTorch Lightning's, which bitfront reads itself. It is read once more here, without
PyTorch, and written as one of ours by h5py from what docs/formats.md says, seal included.
"""
import collections
import json
import os
import pickle
import unittest
import zipfile

import h5py
import numpy as np

import harness


def load_state(path):
    """The state dict of a Lightning checkpoint: a ZIP of a pickle and of raw little-endian arrays."""
    archive = zipfile.ZipFile(path)
    root = archive.namelist()[0].split("/")[0]

    def rebuild(storage, offset, size, *_):
        return storage[offset:offset + int(np.prod(size, dtype=int))].reshape(size)

    class Reader(pickle.Unpickler):
        def find_class(self, module, name):
            if name == "_rebuild_tensor_v2":
                return rebuild
            if name.endswith("Storage"):
                return {"FloatStorage": "<f4", "LongStorage": "<i8"}.get(name, "<f4")
            if (module, name) == ("collections", "OrderedDict"):
                return collections.OrderedDict
            raise pickle.UnpicklingError(f"unexpected {module}.{name}")

        def persistent_load(self, reference):
            _, kind, key, _, _ = reference
            return np.frombuffer(archive.read(f"{root}/data/{key}"), kind)

    with archive.open(f"{root}/data.pkl") as file:
        return Reader(file).load()["state_dict"]


def xxh64(data):
    """XXH64 with seed 0, from its specification."""
    p1, p2, p3, p4, p5 = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9,
                          0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5)
    mask = (1 << 64) - 1

    def rotate(x, n):
        return ((x << n) | (x >> (64 - n))) & mask

    def mix(acc, lane):
        return rotate((acc + lane * p2) & mask, 31) * p1 & mask

    at = 0
    if len(data) >= 32:
        lanes = [(p1 + p2) & mask, p2, 0, -p1 & mask]
        while at + 32 <= len(data):
            for i in range(4):
                lanes[i] = mix(lanes[i], int.from_bytes(data[at + 8 * i:at + 8 * i + 8], "little"))
            at += 32
        h = sum(rotate(lane, n) for lane, n in zip(lanes, (1, 7, 12, 18))) & mask
        for lane in lanes:
            h = ((h ^ mix(0, lane)) * p1 + p4) & mask
    else:
        h = p5
    h = (h + len(data)) & mask
    while at + 8 <= len(data):
        h = (rotate(h ^ mix(0, int.from_bytes(data[at:at + 8], "little")), 27) * p1 + p4) & mask
        at += 8
    if at + 4 <= len(data):
        h = (rotate(h ^ int.from_bytes(data[at:at + 4], "little") * p1 & mask, 23) * p2 + p3) & mask
        at += 4
    for byte in data[at:]:
        h = rotate(h ^ byte * p5 & mask, 11) * p1 & mask
    h = (h ^ h >> 33) * p2 & mask
    h = (h ^ h >> 29) * p3 & mask
    return h ^ h >> 32


def write_checkpoint(path, state, config):
    with h5py.File(path, "w", libver=("v110", "v110")) as file:
        for name, value in {"format": 1, "n_features": 16, "n_classes": 5, "seed": 0,
                            "trial": -1}.items():
            file.attrs[name] = np.int64(value)
        file.attrs["model"] = "jsc-tiny"
        file.attrs["data_kind"] = "real"
        file.attrs["data_hash"] = "0" * 16
        nodes = [("batchnorm", 16, 16), ("relu", 16, 16), ("linear", 16, 5), ("relu", 5, 5)]
        file.attrs["nodes"] = [f"seq_blocks_{i}" for i in range(4)]
        file.create_group("x")
        for i, (kind, n_in, n_out) in enumerate(nodes):
            node = file.create_group(f"seq_blocks_{i}")
            node.attrs.update({"kind": kind, "n_in": np.int64(n_in), "n_out": np.int64(n_out)})
            for name in ("weight", "bias", "running_mean", "running_var"):
                value = state.get(f"model.seq_blocks.{i}.{name}")
                if value is not None:
                    node[name] = value.astype("f4")
            for tensor in ("data_in", "weight", "bias"):
                if kind == "linear" and config is not None:
                    node.attrs[f"{tensor}_name"] = config["name"]
                    for key in ("width", "frac_width"):
                        node.attrs[f"{tensor}_{key}"] = np.int64(config[f"{tensor}_{key}"])
    with open(path, "rb") as file:
        content = file.read()
    with open(path, "ab") as file:
        file.write(b"bitfront xxh64 %016x\n" % xxh64(content))


def widths_of(config):
    """The numbers of a setting, in an order that rows of trials.csv have, too."""
    return tuple(config[f"{tensor}_{key}"] for tensor in ("data_in", "weight", "bias")
                 for key in ("width", "frac_width"))


def widths_of_row(row):
    """The same of a trial, whose widths are tied, or have half of them as fraction."""
    found = []
    for tensor in ("data_in", "weight", "bias"):
        if f"seq_blocks_2/{tensor}" in row:
            found += json.loads(row[f"seq_blocks_2/{tensor}"])
        else:
            width = int(row[f"seq_blocks_2/{tensor}_width"])
            found += [width, width // 2]
    return tuple(found)


class RealCheckpoint(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with open(harness.shared_file("jsc_tiny_ptq_expected.json"), encoding="utf-8") as file:
            cls.expected = json.load(file)
        cls.checkpoint = harness.shared_file("jsc-tiny-best.ckpt")
        cls.state = load_state(cls.checkpoint)
        for split, shares in (("val", "0,100,0"), ("test", "0,0,100")):
            cls.require("data", "import", harness.shared_file("jsc_real_rows.csv"), "--scaler",
                        harness.shared_file("jsc_statistics.json"), "--split", shares, "--out",
                        cls.path(split))

    def check(self, name, case, metrics):
        self.assertEqual(round(metrics["accuracy_micro"] * 501), case["n_correct"], name)
        self.assertLess(abs(metrics["accuracy_micro"] - case["n_correct"] / 501), 1e-6, name)
        self.assertLess(abs(metrics["loss"] - case["cross_entropy"]), 2e-6, name)
        self.assertLess(abs(metrics["accuracy"] - case["macro_recall"]), 1e-6, name)

    def evaluate(self, name, case, path, *options):
        done = self.require("eval", path, "--data", self.path("test"), "--split", "test", "--json",
                            *options)
        found = json.loads(done.out)
        self.assertEqual(found["rows"], 501, name)
        self.assertEqual(found["n_correct"], case["n_correct"], name)
        self.assertEqual(found["data_kind"], "real")
        self.check(name, case, found["metrics"])

    def search(self, job, cases, *options, **how):
        """Every setting is a trial of the job, and has the figures of its case."""
        self.require("search", harness.job(job), "--load", self.checkpoint, "--data",
                     self.path("val"), "--out", self.path("out-" + job), *options, **how)
        rows = {widths_of_row(row): row
                for row in harness.read_csv(self.path("out-" + job), "trials.csv")}
        self.assertEqual(set(rows), {widths_of(case["config"]) for case in cases})
        for case in cases:
            row = rows[widths_of(case["config"])]
            self.check(case["config"], case, {key: float(row[key]) for key in
                                              ("accuracy", "accuracy_micro", "loss")})

    def test_numbers_are_those_that_another_reader_finds(self):
        path = self.path("converted.h5")
        self.require("checkpoint", "convert", self.checkpoint, path, "--model", "jsc-tiny")
        n_found = 0
        with h5py.File(path) as file:
            for name, value in self.state.items():
                node, array = name.removeprefix("model.").replace(".", "_", 1).split(".")
                if array != "num_batches_tracked":
                    np.testing.assert_array_equal(file[node][array][()], value)
                    n_found += value.size
        self.assertEqual(n_found, 117 + 32)

    def test_float(self):
        case = self.expected["float"]
        self.assertEqual(case["n_correct"], 377)
        self.evaluate("by name", case, self.checkpoint, "--model", "jsc-tiny")
        self.evaluate("by job", case, self.checkpoint, "--job",
                      harness.job("jsc_toy_by_type.toml"))
        write_checkpoint(self.path("float.h5"), self.state, None)
        self.evaluate("ours", case, self.path("float.h5"))

    def test_the_space_of_18_settings(self):
        self.search("jsc_toy_by_type.toml", self.expected["ptq18"], "--sampler", "brute-force")

    def test_the_16_settings_of_lab3_on_three_ranks(self):
        self.search("lab3_table.toml", self.expected["lab3_16"], ranks=3)

    def test_every_setting_as_a_checkpoint(self):
        cases = self.expected["ptq18"] + self.expected["lab3_16"]
        self.assertEqual(len(cases), 34)
        for i, case in enumerate(cases):
            path = self.path(f"case-{i}.h5")
            write_checkpoint(path, self.state, case["config"])
            self.evaluate(f"case-{i}", case, path)
            os.remove(path)


if __name__ == "__main__":
    harness.main()
