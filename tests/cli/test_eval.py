"""eval, class by class, against scikit-learn; transform, against numpy.

The nets have number formats in all their sums, so that these are exact, and ties of scores are ties
here and there.
"""
import json
import os

import h5py
import numpy as np
from sklearn import metrics

import harness

CLASSES = ["g", "q", "w", "z", "t"]
HEAD = """seed = 3
batch_size = 64
learning_rate = 1e-2
max_epochs = 2
[model]
layers = [{type = "linear", out = 6}, {type = "relu"}, {type = "linear", out = 5}, {type = "relu"}]
"""
# Formats as (data_in, weight, bias), each (width, frac_width): few levels make many ties.
FORMATS = [((3, 1), (2, 1), (3, 1)), ((8, 4), (6, 4), (8, 4))]
SEARCH = HEAD + """
[search.search_space]
name = "graph/bitfront/joint"
setup.by = "type"
[search.search_space.seed.linear.config]
name = ["integer"]
data_in = [[8, 4]]
weight = [[6, 4]]
bias = [[8, 4]]
[search.search_space.seed.linear.kind]
[search.strategy]
sw_runner.basic_train = {max_epochs = 2}
setup = {sampler = "brute-force", n_trials = 1}
metrics.accuracy = {scale = 1.0, direction = "maximize"}
"""


def passes(formats):
    tensors = zip(("data_in", "weight", "bias"), formats)
    return HEAD + '[passes.quantize]\nby = "type"\n[passes.quantize.linear.config]\n' \
        'name = "integer"\n' + "".join(f"{tensor}_width = {width}\n{tensor}_frac_width = {frac}\n"
                                       for tensor, (width, frac) in tensors)


def quantise(x, width, frac):
    half = 2.0 ** (width - 1)
    return np.clip(np.rint(x * 2.0 ** frac), -half, half - 1) / 2.0 ** frac


def outputs_of(net, rows):
    """The net once more, in numpy and double; the formats are those of the file."""
    with h5py.File(net, "r") as file:
        for node in file.attrs["nodes"]:
            group = file[node]
            if "weight" not in group:
                rows = np.maximum(rows, 0)
                continue

            def tensor(name, values, group=group):
                attrs = group.attrs
                if f"{name}_name" not in attrs:
                    return values
                return quantise(values, *(int(np.ravel(attrs[f"{name}_{key}"])[0])
                                          for key in ("width", "frac_width")))
            weight, bias = (tensor(name, group[name][:].astype("f8")) for name in
                            ("weight", "bias"))
            rows = tensor("data_in", rows) @ weight.T + bias
    return rows


def probabilities(outputs):
    """Softmax whose sums do not depend on the order of the outputs."""
    terms = np.exp(outputs - outputs.max(axis=1, keepdims=True))
    return terms / np.cumsum(np.sort(terms, axis=1), axis=1)[:, -1:]


class Evaluation(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.synth("data", 4000, "--label-noise", 0.3)
        cls.job = cls.write("net.toml", HEAD)
        cls.base = cls.path("base.h5")
        cls.require("train", cls.job, "--data", cls.data, "--out", cls.base)

    def import_rows(self, name, classes):
        """A test split of noise, of these classes only."""
        random = np.random.default_rng(5)
        with h5py.File(os.path.join(self.data, "manifest.h5"), "r") as file:
            names = [n.decode() if isinstance(n, bytes) else n for n in file.attrs["features"]]
        lines = [",".join([*names, "class"])]
        for row in random.normal(size=(400, len(names))):
            lines.append(",".join(f"{x:.6g}" for x in row) + f",{random.choice(classes)}")
        source = self.write(f"{name}.csv", "\n".join(lines) + "\n")
        self.require("data", "import", source, "--split", "0,0,100", "--scaler", "none", "--out",
                     self.path(name))
        return self.path(name)

    def evaluate(self, net, data, *options):
        done = self.require("eval", net, "--data", data, "--split", "test", "--json", *options)
        return json.loads(done.out)

    def check(self, net, data, *options, outputs=None):
        """Everything that eval says of classes, and what sklearn says of the same scores."""
        found = self.evaluate(net, data, *options)
        with h5py.File(os.path.join(data, "manifest.h5"), "r") as file:
            rows, labels = file["test/features"][:].astype("f8"), file["test/labels"][:]
        outputs = outputs_of(outputs or net, rows)
        predicted = outputs.argmax(axis=1)
        n = outputs.shape[1]
        self.assertEqual(found["classes"], CLASSES)
        self.assertEqual(found["outputs"], CLASSES + [f"output {o}" for o in range(5, n)])
        whole = metrics.confusion_matrix(labels, predicted, labels=range(n))
        self.assertEqual(found["confusion"], whole[:5].tolist())
        self.assertEqual(found["n_correct"], int((predicted == labels).sum()))
        scores = probabilities(outputs)
        self.assertAlmostEqual(found["metrics"]["loss"],
                               metrics.log_loss(labels, scores, labels=range(n)), places=6)
        for label in range(5):
            self.check_class(found, label, labels == label, predicted == label, scores[:, label])
        return found

    def check_class(self, found, label, there, predicted, scores):
        for key, score, defined in (("recall", metrics.recall_score, there.any()),
                                    ("precision", metrics.precision_score, predicted.any())):
            if defined:
                self.assertAlmostEqual(found[key][label], score(there, predicted), places=12)
            else:
                self.assertIsNone(found[key][label])
        if there.all() or not there.any():
            self.assertIsNone(found["auc"][label])
            for key in ("0.5", "0.8"):
                self.assertIsNone(found["rejection"][key][label])
                self.assertIsNone(found["background_passed"][key][label])
            return
        self.assertAlmostEqual(found["auc"][label], metrics.roc_auc_score(there, scores), places=12)
        false, true, _ = metrics.roc_curve(there, scores, drop_intermediate=False)
        for key in ("0.5", "0.8"):
            share = false[np.argmax(true >= float(key))]
            self.assertEqual(found["background_passed"][key][label], round(share * (~there).sum()))
            if share > 0:
                self.assertAlmostEqual(found["rejection"][key][label] * share, 1, places=12)
            else:
                self.assertIsNone(found["rejection"][key][label])

    def test_classes_of_quantised_nets(self):
        for i, formats in enumerate(FORMATS):
            job = self.write(f"passes-{i}.toml", passes(formats))
            net = self.path(f"quantised-{i}.h5")
            done = self.require("transform", job, "--load", self.base, "--out", net, "--data",
                                self.data)
            found = self.check(net, self.data)
            self.assertEqual(found["metrics"]["weight_bits"], formats[1][0] * (16 * 6 + 6 * 5))
            self.assertIn(f"| weight_bits          | {formats[1][0] * 126:5d} |", done.out)
            self.assertIn(f"integer (width {formats[1][0]}, frac_width {formats[1][1]})", done.out)
            self.assertNotIn("passes", done.err)
            # The same without a file in between.
            at_once = self.check(self.base, self.data, "--job", job, "--quantize", outputs=net)
            self.assertEqual(at_once, found)
            for name, classes in (("few", ["q", "w"]), ("one", ["q"])):
                if i == 0:
                    self.import_rows(name, classes)
                self.check(net, self.path(name))

    def test_outputs_behind_the_classes(self):
        out = self.path("widened")
        job = self.write("joint.toml", SEARCH.replace("[search.search_space.seed.linear.kind]\n",
                                                      "channel_multiplier = [2]\n"))
        self.require("search", job, "--data", self.data, "--out", out)
        net, = os.listdir(os.path.join(out, "checkpoints"))
        found = self.check(os.path.join(out, "checkpoints", net), self.data)
        self.assertEqual(len(found["outputs"]), 10)

    def test_text_names_the_classes(self):
        done = self.require("eval", self.base, "--data", self.data)
        lines = [line for line in done.out.splitlines() if line.startswith("|")]
        header = next(line for line in lines if "1/FPR at 50 %" in line)
        self.assertIn("AUC", header)
        confusion = lines[-5:]
        self.assertEqual([line.split()[1] for line in confusion], CLASSES)
        n = sum(int(cell) for line in confusion for cell in line.split("|")[2:-1])
        self.assertIn(f"of {n} rows correct", done.out)

    def test_transform_keeps_weights_and_origin(self):
        net = self.path("kept.h5")
        job = self.write("kept.toml", passes(FORMATS[0]))
        self.require("transform", job, "--load", self.base, "--out", net)
        with h5py.File(self.base, "r") as before, h5py.File(net, "r") as after:
            for key in ("data_kind", "data_hash", "seed", "model"):
                self.assertEqual(before.attrs[key], after.attrs[key], key)
            for node in ("seq_blocks_0", "seq_blocks_2"):
                for name in ("weight", "bias"):
                    np.testing.assert_array_equal(before[node][name][:], after[node][name][:])
        # Training goes on with the formats.
        again = self.path("again.h5")
        self.require("train", self.job, "--data", self.data, "--load", net, "--out", again)
        found = self.check(again, self.data)
        self.assertEqual(found["metrics"]["weight_bits"], FORMATS[0][1][0] * 126)
        self.assertNotEqual(found["confusion"], self.evaluate(net, self.data)["confusion"])

    def test_classes_in_another_order(self):
        """A net says which classes its outputs are; a file of before does not."""
        with h5py.File(os.path.join(self.data, "test-00000.h5"), "r") as shard:
            names = [n.decode() if isinstance(n, bytes) else n for n in shard.attrs["features"]]
            rows, labels = shard["features"][:200], shard["labels"][:200]
        lines = [",".join([*names, "class"])]
        lines += [",".join([*map(str, row), CLASSES[label]]) for row, label in zip(rows, labels)]
        source = self.write("order.csv", "\n".join(lines) + "\n")
        sets = {}
        for name, classes in (("same", "g,q,w,z,t"), ("order", "g,q,t,w,z")):
            sets[name] = self.path("classes-" + name)
            self.require("data", "import", source, "--classes", classes, "--scaler", "none",
                         "--split", "50,25,25", "--out", sets[name])
        job, out = self.write("order.toml", passes(FORMATS[0])), self.path("out")
        words = ("'g,q,w,z,t' apart", "has 'g,q,t,w,z'", "--classes g,q,w,z,t")
        net = self.path("carried.h5")
        self.require("transform", job, "--load", self.base, "--out", self.path("formats.h5"))
        self.require("checkpoint", "convert", self.path("formats.h5"), net)
        told = json.loads(self.require("checkpoint", "info", net, "--json").out)
        self.assertEqual(told["classes"], CLASSES)
        for arguments in (["eval", net], ["train", self.job, "--load", net, "--out", out],
                          ["transform", job, "--load", net, "--out", out],
                          ["search", self.write("search.toml", SEARCH), "--load", net, "--out",
                           out]):
            self.refuse([*arguments, "--data", sets["order"]], 5, "carried.h5", *words)
        self.evaluate(net, sets["same"])
        self.require("checkpoint", "convert", net, self.path("old.pt"))
        self.require("checkpoint", "convert", self.path("old.pt"), self.path("old.h5"), "--job", job)
        self.evaluate(self.path("old.h5"), sets["order"])

    def test_refusals(self):
        job = self.write("good.toml", passes(FORMATS[0]))
        data, out = ("--data", self.data), ("--out", self.path("out"))
        wrong = self.write("wrong.toml", passes(FORMATS[0]).replace("linear.config", "lniear.config"))
        self.refuse(["transform", self.job, "--load", self.base, *out], 2, "[passes.quantize]")
        self.refuse(["transform", wrong, "--load", self.base, *out], 2, "wrong.toml:9:",
                    "did you mean 'linear'")
        self.refuse(["transform", job, *out], 2, "--load")
        self.refuse(["transform", job, "--load", self.base], 2, "--out")
        self.refuse(["transform", job, "--load", self.base, "--out", self.base], 2, "base.h5")
        for name in ("net.pt", "net.pth", "net.ckpt", "net.safetensors"):
            self.refuse(["transform", job, "--load", self.base, "--out", self.path(name)], 2, name,
                        "name it .h5", "checkpoint convert")
        self.refuse(["train", self.job, *data, "--out", self.path("net.pt")], 2, "name it .h5")
        self.refuse(["transform", job, "--load", job, *out], 5, "good.toml")
        self.refuse(["eval", self.base, *data, "--quantize"], 2, "--job")
        self.refuse(["eval", self.base, *data, "--job", job, "--model", "jsc-s"], 2, "--model")
        other = self.write("other.toml", 'model = "jsc-toy"\n[passes.quantize]' +
                           passes(FORMATS[0]).partition("[passes.quantize]")[2])
        words = ("base.h5", "not those of 'jsc-toy' for 16 features and 5 classes")
        self.refuse(["eval", self.base, *data, "--model", "jsc-toy"], 2, *words)
        self.refuse(["eval", self.base, *data, "--job", other], 2, *words)
        self.refuse(["transform", other, "--load", self.base, *out], 2, *words)


class RealCheckpoint(harness.Case):
    """The figures that another implementation found for a checkpoint of Lightning."""

    def test_transform_and_eval(self):
        with open(harness.shared_file("jsc_tiny_ptq_expected.json"), encoding="utf-8") as file:
            expected = json.load(file)
        checkpoint, data = harness.shared_file("jsc-tiny-best.ckpt"), self.path("data")
        self.require("data", "import", harness.shared_file("jsc_real_rows.csv"), "--scaler",
                     harness.shared_file("jsc_statistics.json"), "--split", "0,0,100", "--out", data)
        plain = self.write("plain.toml", 'model = "jsc-tiny"\n')
        for options in (("--model", "jsc-tiny"), ("--job", plain)):
            self.check(expected["float"], checkpoint, data, *options)
        for i, case in enumerate(expected["lab3_16"][::5]):
            job = self.write("job.toml", 'model = "jsc-tiny"\n[passes.quantize]\nby = "type"\n'
                             "[passes.quantize.linear.config]\n" +
                             "".join(f"{key} = {json.dumps(value)}\n"
                                     for key, value in case["config"].items()))
            net = self.path(f"net-{i}.h5")
            self.require("transform", "--config", job, "--load", checkpoint, "--load-type", "pl",
                         "--out", net)
            self.check(case, net, data)
            self.check(case, checkpoint, data, "--job", job, "--quantize")
        self.refuse(["eval", checkpoint, "--data", data, "--split", "test"], 2, "--model")

    def check(self, case, net, data, *options):
        done = self.require("eval", net, "--data", data, "--split", "test", "--json", *options)
        found = json.loads(done.out)
        self.assertEqual(found["n_correct"], case["n_correct"])
        self.assertAlmostEqual(found["metrics"]["loss"], case["cross_entropy"], delta=2e-6)
        for recall, wanted in zip(found["recall"], case["recall"]):
            self.assertAlmostEqual(recall, wanted, places=6)


if __name__ == "__main__":
    harness.main()
