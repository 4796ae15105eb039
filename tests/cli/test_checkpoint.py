"""bitfront checkpoint info and convert: between our HDF5, safetensors and PyTorch, read back by h5py,
by a reader of safetensors of the tests' own, and by PyTorch."""
import json
import os
import unittest
import zipfile

import h5py
import numpy as np

import harness
import safetensors_file
import test_real_checkpoint

# Layers of the zoo's jsc-tiny, as PyTorch counts them.
TINY = {"seq_blocks.0.weight": (16,), "seq_blocks.0.bias": (16,),
        "seq_blocks.0.running_mean": (16,), "seq_blocks.0.running_var": (16,),
        "seq_blocks.0.num_batches_tracked": (), "seq_blocks.2.weight": (5, 16),
        "seq_blocks.2.bias": (5,)}
CONFIG = {"name": "integer", **{f"{tensor}_{key}": value for tensor in ("data_in", "weight", "bias")
                                for key, value in (("width", 8), ("frac_width", 4))}}


def numbers(shapes, dtype="F32", prefix=""):
    """Tensors of these shapes, no two numbers alike, all of them exact in bfloat16."""
    found = {}
    for i, (name, shape) in enumerate(shapes.items()):
        if name.endswith("num_batches_tracked"):
            found[prefix + name] = "I64", np.array(7)
        else:
            values = np.arange(int(np.prod(shape))) + 1
            found[prefix + name] = dtype, (values * 2.0 ** -(i % 4)).reshape(shape)
    return found


class Checkpoint(harness.Case):
    def safetensors(self, name, tensors):
        safetensors_file.write(self.path(name), tensors)
        return self.path(name)

    def convert(self, source, target, *options, **how):
        done = self.require("checkpoint", "convert", source, self.path(target), *options, **how)
        self.assertTrue(done.out.startswith(self.path(target) + ": "), done)
        return self.path(target)

    def info(self, path):
        return json.loads(self.require("checkpoint", "info", path, "--json").out)

    def ours(self, name, config=None):
        """A checkpoint of ours that bitfront has not made."""
        state = {key: value for key, (_, value) in numbers(TINY, prefix="model.").items()}
        test_real_checkpoint.write_checkpoint(self.path(name), state, config)
        return self.path(name)

    def refuse_to_convert(self, source, code, *words, options=("--model", "jsc-tiny"), out="out.h5"):
        self.refuse(["checkpoint", "convert", source, self.path(out), *options], code, *words)


class Safetensors(Checkpoint):
    def test_to_ours_and_back(self):
        given = numbers(TINY, prefix="model.")
        source = self.safetensors("a.safetensors", given)
        ours = self.convert(source, "a.h5", "--model", "jsc-tiny")
        with h5py.File(ours) as file:
            for name in TINY:
                if not name.endswith("tracked"):
                    node, array = name.replace(".", "_", 1).split(".")
                    np.testing.assert_array_equal(file[node][array][()], given["model." + name][1])
            self.assertEqual(file.attrs["data_kind"], "unknown")
            self.assertEqual(file.attrs["trial"], -1)
            self.assertEqual(file.attrs["source"], "safetensors file 'a.safetensors'")
        found = safetensors_file.read(self.convert(ours, "b.safetensors"))
        self.assertEqual(list(found), list(TINY))
        for name, (dtype, values) in found.items():
            if name.endswith("tracked"):
                self.assertEqual((dtype, values.shape, int(values)), ("I64", (), 0))
            else:
                self.assertEqual(dtype, "F32")
                np.testing.assert_array_equal(values, given["model." + name][1])

    def test_every_net_of_the_zoo(self):
        for name in ("jsc-toy", "jsc-s", "jsc-lab4", "test-net", "jsc-trt"):
            with self.subTest(name):
                job = self.write(name + ".toml", f'model = "{name}"\nmax_steps = 1\n'
                                                 'batch_size = 64\n')
                data = self.path("data")
                if not os.path.exists(data):
                    self.synth("data", 600)
                self.require("train", job, "--data", data, "--out", self.path(name + ".h5"))
                foreign = self.convert(self.path(name + ".h5"), name + ".safetensors")
                self.assertEqual(self.info(foreign)["fits"], name)
                back = self.convert(foreign, name + ".back.h5", "--job", job)
                one, other = (self.require("eval", path, "--data", data, "--json").out
                              for path in (self.path(name + ".h5"), back))
                self.assertEqual(one, other)

    def test_element_types(self):
        for dtype in ("F16", "BF16", "F64"):
            with self.subTest(dtype):
                given = numbers(TINY, dtype)
                source = self.safetensors(dtype + ".safetensors", given)
                ours = self.convert(source, dtype + ".h5", "--model", "jsc-tiny")
                with h5py.File(ours) as file:
                    np.testing.assert_array_equal(file["seq_blocks_2/weight"][()],
                                                  given["seq_blocks.2.weight"][1])
                found = safetensors_file.read(self.convert(source, dtype + ".copy.safetensors"))
                kept = "F32" if dtype == "F64" else dtype
                for name, (_, values) in given.items():
                    if not name.endswith("tracked"):
                        self.assertEqual(found[name][0], kept)
                    np.testing.assert_array_equal(found[name][1], values)

    def test_a_net_of_a_job(self):
        layers = ('[model]\nlayers = [{type = "linear", out = 3, bias = false}, {type = "relu"}, '
                  '{type = "linear", out = 2}]\n')
        job = self.write("layers.toml", layers)
        shapes = {"0.weight": (3, 4), "2.weight": (2, 3), "2.bias": (2,)}
        source = self.safetensors("layers.safetensors", numbers(shapes))
        told = self.info(self.convert(source, "layers.h5", "--job", job))
        self.assertEqual([told[key] for key in ("model", "n_features", "n_classes", "n_params")],
                         ["layers", 4, 2, 20])
        self.assertIsNone(told["fits"])

    def test_whole_numbers_that_float32_cannot_hold(self):
        source = self.safetensors("large.safetensors", {"a": ("I64", np.array([2 ** 24 + 1]))})
        self.refuse_to_convert(source, 5, "'a' holds 16777216", options=(), out="out.safetensors")


class Ours(Checkpoint):
    def test_a_copy_is_the_same_file(self):
        source = self.ours("net.h5", CONFIG)
        once = self.convert(source, "once.h5")
        twice = self.convert(once, "twice.h5")
        with open(once, "rb") as one, open(twice, "rb") as two:
            self.assertEqual(one.read(), two.read())
        told = self.info(twice)
        self.assertEqual(told["layers"][2]["weight"],
                         {"name": "integer", "width": 8, "frac_width": 4})

    def test_formats_have_no_place_elsewhere(self):
        source = self.ours("formats.h5", CONFIG)
        done = self.require("checkpoint", "convert", source, self.path("formats.safetensors"))
        self.assertEqual(len(done.err.splitlines()), 1)
        self.assertIn("number formats are left out", done.err)
        source = self.ours("float.h5")
        done = self.require("checkpoint", "convert", source, self.path("float.safetensors"))
        self.assertEqual(done.err, "")


class Info(Checkpoint):
    def test_of_ours(self):
        path = self.ours("ours.h5", CONFIG)
        told = self.info(path)
        self.assertEqual([told[key] for key in ("kind", "model", "fits", "data_kind", "source")],
                         ["bitfront checkpoint", "jsc-tiny", "jsc-tiny", "real", None])
        self.assertEqual([layer["type"] for layer in told["layers"]],
                         ["batchnorm", "relu", "linear", "relu"])
        text = self.require("checkpoint", "info", path).out
        for words in ("jsc-tiny: 16 features, 5 classes, 117 parameters", "integer (width 8, frac"):
            self.assertIn(words, text)

    def test_of_safetensors(self):
        shapes = {**TINY, "weird\n\x1b[2J": (1, 2, 3)}
        path = self.safetensors("odd.safetensors", numbers(shapes))
        told = self.info(path)
        self.assertEqual(told["kind"], "safetensors file")
        self.assertEqual([tuple(tensor["shape"]) for tensor in told["tensors"]],
                         list(shapes.values()))
        self.assertEqual(told["tensors"][-1]["name"], "weird\n\x1b[2J")
        text = self.require("checkpoint", "info", path).out
        self.assertIn("weird??[2J", text)
        self.assertIn("no net of the zoo", text)


class PyTorch(Checkpoint):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        try:
            import torch  # It takes seconds: not for the other cases.
        except ImportError as error:
            raise unittest.SkipTest(str(error))
        cls.torch = torch
        torch.manual_seed(3)
        cls.data = cls.synth("data", 600)
        with h5py.File(os.path.join(cls.data, "manifest.h5")) as file:
            cls.rows = torch.from_numpy(file["val/features"][()])
            cls.labels = torch.from_numpy(file["val/labels"][()].astype("i8"))

    def module(self, name):
        """A net of the zoo in PyTorch, with layers that `train` and `info` tell, and as `train` left
        it: the path of that checkpoint is the second value."""
        nn = self.torch.nn
        ours = self.path(name + ".h5")
        if not os.path.exists(ours):
            job = self.write(name + ".toml", f'model = "{name}"\nmax_steps = 3\nbatch_size = 64\n'
                                             'learning_rate = 0.05\n')
            self.require("train", job, "--data", self.data, "--out", ours)
        makers = {"batchnorm": lambda layer: nn.BatchNorm1d(layer["in"]),
                  "relu": lambda layer: nn.ReLU(), "dropout": lambda layer: nn.Dropout(),
                  "linear": lambda layer: nn.Linear(layer["in"], layer["out"])}
        layers = self.info(ours)["layers"]
        net = nn.Module()
        setattr(net, layers[0]["node"].rsplit("_", 1)[0],
                nn.Sequential(*(makers[layer["type"]](layer) for layer in layers)))
        net.eval()
        return net, ours

    def scores(self, net):
        """Loss and number of correct rows, by PyTorch."""
        with self.torch.no_grad():
            outputs = next(net.children())(self.rows)
            loss = self.torch.nn.functional.cross_entropy(outputs.double(), self.labels)
            return float(loss), int((outputs.argmax(1) == self.labels).sum())

    def agree(self, net, path, *options):
        found = json.loads(self.require("eval", path, "--data", self.data, "--json", *options).out)
        loss, n_correct = self.scores(net)
        self.assertEqual(found["rows"], len(self.labels))
        self.assertEqual(found["n_correct"], n_correct)
        self.assertLess(abs(found["metrics"]["loss"] - loss), 2e-6)

    def save(self, name, content):
        self.torch.save(content, self.path(name))
        return self.path(name)

    def test_pytorch_loads_ours_strictly(self):
        for name in ("jsc-tiny", "jsc-s", "jsc-lab4", "jsc-trt"):
            with self.subTest(name):
                net, ours = self.module(name)
                state = self.torch.load(self.convert(ours, name + ".ours.pt"),
                                        weights_only=True)
                net.load_state_dict(state, strict=True)
                self.assertEqual(list(state), list(net.state_dict()))
                self.agree(net, ours)

    def test_ours_loads_pytorch(self):
        for name in ("jsc-tiny", "jsc-s", "jsc-trt"):
            with self.subTest(name):
                net, _ = self.module(name)
                for buffer, values in net.named_buffers():
                    if "running" in buffer:
                        values.uniform_(0.5, 1.5)
                self.agree(net, self.save(name + ".pt", net.state_dict()), "--model", name)

    def test_files_of_many_forms(self):
        net, _ = self.module("jsc-toy")
        state = net.state_dict()
        lightning = {"model." + key: value for key, value in state.items()}
        for name, content in (
                ("dict.pth", {"state_dict": state, "lr": 0.1}),
                ("lightning.ckpt", {"epoch": 4, "global_step": 12, "optimizer_states": [],
                                    "pytorch-lightning_version": "2.1.3",
                                    "state_dict": lightning}),
                ("module.pt", {"module." + key: value for key, value in state.items()}),
                ("list.pt", next(net.children()).state_dict()),
                ("double.pt", {key: value.double() if value.is_floating_point() else value
                               for key, value in state.items()}),
                ("strided.pt", {key: value.t().contiguous().t() if value.dim() == 2 else value
                                for key, value in state.items()})):
            with self.subTest(name):
                path = self.save(name, content)
                self.assertEqual(self.info(path)["fits"], "jsc-toy")
                self.agree(net, path, "--model", "jsc-toy")
                ours = self.convert(path, name + ".h5", "--model", "jsc-toy")
                self.agree(net, ours)
                self.agree(net, self.convert(path, name + ".safetensors"), "--model", "jsc-toy")
        told = self.info(self.path("lightning.ckpt"))
        self.assertEqual((told["kind"], told["epoch"], told["global_step"]),
                         ("PyTorch Lightning checkpoint", "4", "12"))

    def test_tensors_pass_through_as_they_are(self):
        torch = self.torch
        given = {"a.b": torch.randn(3, 4).half(), "c": torch.randn(2).bfloat16(),
                 "n": torch.tensor(11), "flag": torch.tensor([True, False]),
                 "bytes": torch.arange(5, dtype=torch.uint8), "empty": torch.zeros(0, 3)}
        path = self.convert(self.save("given.pt", given), "passed.safetensors")
        back = torch.load(self.convert(path, "back.pt"), weights_only=True)
        self.assertEqual(list(back), list(given))
        for name, tensor in given.items():
            self.assertEqual(back[name].dtype, tensor.dtype)
            self.assertEqual(back[name].shape, tensor.shape)
            self.assertTrue(torch.equal(back[name], tensor))


class Refusals(Checkpoint):
    def test_nets_that_do_not_fit(self):
        good = numbers(TINY)
        for change, words in (
                (lambda t: t.pop("seq_blocks.2.bias"), ["missing: 'seq_blocks.2.bias' (5)"]),
                (lambda t: t.update({"seq_blocks.3.bias": ("F32", np.ones(5))}),
                 ["unexpected: 'seq_blocks.3.bias' (5)"]),
                (lambda t: t.update({"seq_blocks.2.weight": ("F32", np.ones((5, 17)))}),
                 ["'seq_blocks.2.weight' (5, 17) instead of (5, 16)"]),
                (lambda t: t.update({"seq_blocks.2.weight": ("I8", np.ones((5, 16)))}), ["int8"]),
                (lambda t: t.update({"seq_blocks.2.bias": ("F32", np.full(5, np.nan))}), ["nan"]),
                (lambda t: t.update({"seq_blocks.2.bias": ("F64", np.full(5, 1e300))}), ["inf"]),
                (lambda t: t.update({"seq_blocks.0.running_var": ("F32", np.full(16, -1))}),
                 ["'seq_blocks.0.running_var'", "-1"])):
            tensors = dict(good)
            change(tensors)
            source = self.safetensors("bad.safetensors", tensors)
            with self.subTest(words[0]):
                self.refuse_to_convert(source, 5, "bad.safetensors", *words)

    def test_what_is_asked(self):
        source = self.safetensors("good.safetensors", numbers(TINY))
        self.refuse_to_convert(source, 2, "give --model or --job", "'jsc-tiny'", options=())
        data = self.synth("asked", 600)
        self.refuse(["eval", source, "--data", data], 2, "good.safetensors", "--model or --job",
                    "(its tensors are those of 'jsc-tiny')")
        job = self.write("lab4.toml", 'model = "jsc-lab4"\n[passes.quantize]\nby = "type"\n'
                         '[passes.quantize.linear.config]\n' +
                         "".join(f"{key} = {json.dumps(value)}\n" for key, value in CONFIG.items()))
        self.refuse(["transform", job, "--load", source, "--out", self.path("out.h5")], 5,
                    "good.safetensors", "not those of net 'jsc-lab4'")
        self.refuse_to_convert(source, 2, "did you mean 'jsc-tiny'", options=("--model", "jsc-tinny"))
        self.refuse_to_convert(source, 5, "'jsc-lab4'", "they are those of 'jsc-tiny'",
                               options=("--model", "jsc-lab4"))
        self.refuse_to_convert(source, 2, "give one of them",
                               options=("--model", "jsc-tiny", "--job", "x.toml"))
        self.refuse_to_convert(self.ours("tiny.h5"), 2, "tiny.h5", "not those of 'jsc-toy'",
                               options=("--model", "jsc-toy"))
        self.refuse_to_convert(source, 2, ".safetensors or .pt", out="out.onnx")
        self.refuse(["checkpoint", "convert", source], 2, "OUT is missing")
        self.refuse(["checkpoint", "convert"], 2, "IN is missing")
        self.refuse_to_convert(source, 2, "exists", out="good.safetensors")
        self.refuse_to_convert(source, 1, "absent", out="absent/out.h5")

    def test_files_of_no_known_kind(self):
        empty, text = self.write("empty.h5", ""), self.write("text.pt", "weights\n")
        os.mkfifo(self.path("pipe"))
        data = self.synth("rows", 600)
        good = self.convert(self.ours("good.h5"), "good.pt")
        with open(good, "rb") as whole, open(self.path("cut.pt"), "wb") as cut:
            cut.write(whole.read()[:-100])
        with zipfile.ZipFile(self.path("other.zip"), "w") as other:
            other.writestr("a", "b")
        for path, words in ((empty, "'" + empty + "': it is empty"),
                            (text, "of no kind that is known"),
                            (os.path.join(data, "train-00000.h5"), "it is a file of a data set"),
                            (os.path.join(data, "manifest.h5"), "it is a file of a data set"),
                            (self.path("cut.pt"), "cut.pt': it is a ZIP archive that was cut off"),
                            (self.path("other.zip"), "without 'data.pkl'"),
                            (self.path("pipe"), "no regular file"),
                            (self.path("absent.pt"), "No such file"), (self.folder, self.folder)):
            with self.subTest(path):
                self.refuse_to_convert(path, 5, words)
                line = harness.bitfront("checkpoint", "info", path).err
                self.assertEqual(line.count("cannot load checkpoint"), 1, line)
                self.refuse(["checkpoint", "info", path], 5, words)


if __name__ == "__main__":
    harness.main()
