"""PyTorch's checkpoints: those that Debian's PyTorch writes are read to the bit, those that we write are
read by it, and those that somebody made up are refused in words.

    test_torch.py STATE_DUMP
"""
import argparse
import os
import pickle
import struct
import subprocess
import sys
import tempfile
import zipfile

try:
    import numpy
    import torch
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

DUMP = sys.argv[1]
SHARED = os.environ.get("BITFRONT_SHARED", "")
failures = 0
peak = 0  # MiB that a reader took


def check(name, is_right, what=""):
    global failures
    if not is_right:
        failures += 1
        print(f"{name}: {what}")


def dump(path, *arguments):
    run = subprocess.run([DUMP, path, *arguments], capture_output=True, text=True, timeout=60)
    err, _, used = run.stderr.strip().rpartition("peak ")
    global peak
    peak = max(peak, int(used) >> 10)
    return run.returncode, run.stdout, err.strip()


def bits_of(tensor):
    values = tensor.detach().to(torch.float32).contiguous().reshape(-1).numpy()
    return [f"{bits:08x}" for bits in values.view(numpy.uint32)]


def line_of(name, tensor):
    dtype = str(tensor.dtype).removeprefix("torch.")
    shape = ",".join(str(n) for n in tensor.shape)
    return " ".join([name, dtype, f"({shape})", *bits_of(tensor)])


def is_same(name, path, tensors, kind):
    """What the dump prints is what PyTorch has."""
    code, out, err = dump(path)
    if code != 0:
        check(name, False, err)
        return
    lines = out.splitlines()
    check(name, lines[0].startswith(f"# {kind}"), lines[0])
    expected = [line_of(key, tensor) for key, tensor in tensors.items()]
    for got, wanted in zip(lines[1:], expected):
        check(name, got == wanted, f"\n  {got[:300]}\n  {wanted[:300]}")
    check(name, len(lines) == 1 + len(expected), f"{len(lines) - 1} tensors, expected {len(expected)}")


def is_refused(name, path, *words):
    code, out, err = dump(path)
    check(name, code == 5 and out == "" and "\n" not in err and err != "",
          f"exit {code}: {err}")
    for word in words:
        check(name, word in err, f"'{word}' is not in: {err}")


# What PyTorch writes.

def odd_tensors():
    torch.manual_seed(7)
    base = torch.randn(6, 5)
    wide = torch.tensor([1e300, -1e300, 1e-300, 0.1, 16777217.0, float("inf"), float("nan"), -0.0,
                         1.0 + 2.0**-24, 1.0 + 3 * 2.0**-24], dtype=torch.float64)
    every_half = torch.from_numpy(numpy.arange(65536, dtype=numpy.uint16).view(numpy.float16).copy())
    every_half = every_half[~every_half.isnan()]
    every_bfloat = torch.from_numpy(numpy.arange(0, 65536, dtype=numpy.uint16).astype(numpy.int16)
                                    .copy()).view(torch.bfloat16)
    every_bfloat = every_bfloat[~every_bfloat.isnan()]
    whole = [0, 1, -1, 127, -128]
    return {
        "float32": base, "float64": wide, "float16": every_half, "bfloat16": every_bfloat,
        "uint8": torch.arange(256).to(torch.uint8), "int8": torch.arange(-128, 128).to(torch.int8),
        "int16": torch.tensor([*whole, 32767, -32768], dtype=torch.int16),
        "int32": torch.tensor([*whole, 2**31 - 1, -2**31, 16777217], dtype=torch.int32),
        "int64": torch.tensor([*whole, 2**63 - 1, -2**63, 2**53 + 1], dtype=torch.int64),
        "bool": torch.tensor([True, False, True]),
        "transposed": base.t(), "row": base[3], "column": base[:, 2], "stepped": base[::2, 1::3],
        "expanded": torch.tensor([1.5, -2.5]).reshape(2, 1).expand(2, 300),
        "all the same": torch.tensor(3.25).expand(2, 3, 4), "permuted": torch.randn(2, 3, 4, 5).permute(3, 1, 0, 2),
        "number": torch.tensor(1.25), "long number": torch.tensor(41, dtype=torch.int64),
        "empty": torch.zeros(0), "hollow": torch.zeros(3, 0, 2), "eight": torch.randn([2] * 8),
        "parameter": torch.nn.Parameter(base[1:3]), "naïve.größe": torch.ones(1), "": torch.zeros(1),
    }


def wrappers(tensors):
    """How people save state dicts, and what the reader calls them."""
    extra = {"epoch": 7, "loss": 0.5, "best": None, "args": {"lr": [1e-3, (1, 2.5)], "names": ("a", "b")},
             "device": torch.device("cuda", 0), "dtype": torch.float32, "size": torch.Size([1, 2]),
             "huge": 2**62, "negative": -5, "big": 70000, "flag": True}
    return {
        "plain": (tensors, "PyTorch state dict"),
        "state_dict": ({**extra, "state_dict": tensors}, "PyTorch checkpoint"),
        "model_state_dict": ({"optimizer": {"state": {0: torch.ones(3)}}, "model_state_dict": tensors},
                             "PyTorch checkpoint"),
        "model": ({"model": tensors, **extra}, "PyTorch checkpoint"),
        "lightning": ({"epoch": 5, "global_step": 18504, "pytorch-lightning_version": "2.1.3",
                       "state_dict": tensors, "callbacks": {"a": {"best": torch.ones(())}}, **extra,
                       "epoch": 5},
                      "PyTorch Lightning checkpoint, pytorch-lightning_version 2.1.3, epoch 5, global_step 18504"),
    }


def test_reading(box):
    path = os.path.join(box, "a.pt")
    tensors = odd_tensors()
    for name, (content, kind) in wrappers(tensors).items():
        torch.save(content, path)
        is_same(name, path, tensors, kind)
    for protocol in (2, 3, 4, 5):
        torch.save(tensors, path, pickle_protocol=protocol)
        is_same(f"protocol {protocol}", path, tensors, "PyTorch state dict")
    net = torch.nn.Sequential(torch.nn.BatchNorm1d(16), torch.nn.ReLU(), torch.nn.Linear(16, 5))
    torch.save(net.state_dict(), path)
    is_same("a net's state_dict()", path, net.state_dict(), "PyTorch state dict")
    many = {f"layers.{i}.weight": torch.full((i % 3 + 1,), float(i)) for i in range(1500)}
    torch.save(many, path)
    is_same("1,500 tensors", path, many, "PyTorch state dict")
    with zipfile.ZipFile(path) as stored, zipfile.ZipFile(path + "z", "w", zipfile.ZIP_DEFLATED) as deflated:
        for entry in stored.namelist():
            deflated.writestr(entry, stored.read(entry))
    is_same("deflated", path + "z", many, "PyTorch state dict")


def test_real(box):
    path = os.path.join(SHARED, "data", "jsc-tiny-best.ckpt")
    if not os.path.exists(path):
        return
    tensors = torch.load(path, map_location="cpu")["state_dict"]
    is_same("jsc-tiny-best.ckpt", path, tensors, "PyTorch Lightning checkpoint")


def test_writing(box):
    """What we write is what we read, by PyTorch's strict reader, and the same bytes every time."""
    first, second, third = (os.path.join(box, name) for name in ("a.pt", "b.pt", "c.pt"))
    tensors = odd_tensors()
    torch.save(tensors, first)
    code, _, err = dump(first, second)
    check("writing", code == 0, err)
    dump(second, third)
    with open(second, "rb") as one, open(third, "rb") as other:
        check("written twice", one.read() == other.read())
    is_same("our own", second, torch.load(second), "PyTorch state dict")
    loaded = torch.load(second, weights_only=True)
    check("writing", list(loaded) == list(tensors), f"{list(loaded)}")
    for name, tensor in tensors.items():
        got = loaded[name]
        check(f"written {name}", got.dtype == tensor.dtype and got.shape == tensor.shape,
              f"{got.dtype} {got.shape}, expected {tensor.dtype} {tensor.shape}")
        check(f"written {name}", got.is_contiguous() and not got.requires_grad)
        if name in ("int32", "int64"):  # of more digits than a float32 has
            check(f"written {name}", torch.equal(got[:5], tensor[:5]))
        else:
            check(f"written {name}", bits_of(got) == bits_of(tensor), f"{got}")


# What somebody made up.

def text(words):
    words = words.encode()
    return b"X" + struct.pack("<I", len(words)) + words


def whole(value):
    return b"J" + struct.pack("<i", value) if -2**31 <= value < 2**31 else b"\x8a\x08" + struct.pack("<q", value)


def counts(values):
    return b"(" + b"".join(whole(value) for value in values) + b"t"


def name(module, function):
    return f"c{module}\n{function}\n".encode()


def storage(kind="FloatStorage", key="0", n=4, location="cpu", module="torch"):
    return b"(" + text("storage") + name(module, kind) + text(key) + text(location) + whole(n) + b"tQ"


def tensor(source=None, offset=0, shape=(4,), strides=(1,), version="_v2", end=b""):
    return (name("torch._utils", f"_rebuild_tensor{version}") + b"(" + (source or storage()) + whole(offset) +
            counts(shape) + counts(strides) + b"\x89" + name("collections", "OrderedDict") + b")R" + end + b"tR")


def dict_of(*items):
    return b"\x80\x02}(" + b"".join(items) + b"u."


def one(value):
    return dict_of(text("w") + value)


FLOATS = struct.pack("<4f", 1.0, -2.0, 0.5, 1e30)


def archive(path, code, root="archive", byteorder=None, **data):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(f"{root}/data.pkl", code)
        if byteorder is not None:
            file.writestr(f"{root}/byteorder", byteorder)
        for key, content in ({"_0": FLOATS} | data).items():
            if content is not None:
                file.writestr(f"{root}/data/{key.removeprefix('_')}", content)
    return path


def test_made_up(box):
    """What this PyTorch cannot write, and is right."""
    path = os.path.join(box, "made.pt")
    values = torch.tensor([1.0, -2.0, 0.5, 1e30])
    archive(path, one(tensor()))
    is_same("made up", path, {"w": values}, "PyTorch state dict")
    archive(path, one(tensor(storage(location="cuda:0"))), root="jsc tiny", byteorder=b"little")
    is_same("from a GPU", path, {"w": values}, "PyTorch state dict")
    archive(path, one(tensor()), byteorder=b"big", _0=struct.pack(">4f", 1.0, -2.0, 0.5, 1e30))
    is_same("big-endian", path, {"w": values}, "PyTorch state dict")
    archive(path, one(tensor(storage("HalfStorage", n=3), shape=(3,))), byteorder=b"big",
            _0=struct.pack(">3e", 1.0, -2.0, 0.1))
    is_same("big-endian halves", path, {"w": torch.tensor([1.0, -2.0, 0.1], dtype=torch.float16)}, "PyTorch")
    archive(path, one(tensor(storage("LongStorage", n=2), shape=(2,))), byteorder=b"big",
            _0=struct.pack(">2q", 2**40, -7))
    is_same("big-endian longs", path, {"w": torch.tensor([2**40, -7])}, "PyTorch")
    archive(path, one(tensor(storage("UntypedStorage", n=16, module="torch.storage"), version="_v3",
                             end=name("torch", "float32"))))
    is_same("_rebuild_tensor_v3", path, {"w": values}, "PyTorch state dict")
    archive(path, one(tensor(end=b"}")))
    is_same("no metadata", path, {"w": values}, "PyTorch state dict")
    archive(path, dict_of(text("a") + tensor() + text("b") + tensor(offset=1, shape=(3,))))
    is_same("shared", path, {"a": values, "b": values[1:]}, "PyTorch state dict")
    archive(path, b"\x80\x02}q\x00h\x00" + text("me") + b"h\x00s" + text("state_dict") + dict_of(
        text("w") + tensor())[2:-1] + b"s.")
    is_same("a dict that holds itself", path, {"w": values}, "PyTorch checkpoint")
    archive(path, b"\x80\x02}" + text("deep") + b"(" * 200000 + b"t" * 200000 + b"s" + text("model") +
            dict_of(text("w") + tensor())[2:-1] + b"s.")
    is_same("200,000 tuples in each other", path, {"w": values}, "PyTorch checkpoint")
    archive(path, b"\x80\x02}" + text("wide") + b"K\x01" + b"q\x00h\x00\x86" * 100000 + b"s" + text("model") +
            dict_of(text("w") + tensor())[2:-1] + b"s.")
    is_same("2^100,000 leaves", path, {"w": values}, "PyTorch checkpoint")
    archive(path, dict_of())
    is_same("no tensors", path, {}, "PyTorch state dict")


class Named:
    """Its pickle calls @p function with @p arguments."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


def test_calls(box):
    """Names of functions and classes: refused by name, wherever they are, and never called."""
    path = os.path.join(box, "bad.pt")
    mark = os.path.join(box, "was_run")
    weights = {"w": torch.ones(2)}
    # By the names that Python has now and those that protocol 2 writes, which are Python 2's.
    calls = [("posix.system", "posix.system", Named(os.system, f"touch {mark}")),
             ("builtins.eval", "__builtin__.eval", Named(eval, f"open('{mark}', 'w')")),
             ("builtins.exec", "__builtin__.exec", Named(exec, f"open('{mark}', 'w')")),
             ("io.open", "io.open", Named(open, mark, "w")),
             ("builtins.getattr", "__builtin__.getattr", Named(getattr, "a", "upper")),
             ("subprocess.Popen", "commands.Popen", Named(subprocess.Popen, ["touch", mark]))]
    for now, then, content in calls:
        for protocol, shown in ((4, now), (2, then)):
            for where in ({**weights, "x": content}, {"state_dict": weights, "callbacks": [content]}, content):
                torch.save(where, path, pickle_protocol=protocol)
                is_refused(f"{shown}, protocol {protocol}", path, f"names '{shown}'", "model.state_dict()")
    torch.save(torch.nn.Linear(2, 2), path)
    is_refused("a whole net", path, "names 'torch.nn.modules.linear.Linear'", "torch.save(model.state_dict()")
    torch.save({"state_dict": weights, "hyper_parameters": argparse.Namespace(a=1)}, path)
    is_refused("a Namespace", path, "names 'argparse.Namespace'")
    torch.save({"w": torch.ones(2, dtype=torch.complex64)}, path)
    is_refused("complex numbers", path, "names 'torch.ComplexFloatStorage'")
    torch.save({"w": torch.eye(2).to_sparse()}, path)
    is_refused("a sparse tensor", path, "names 'torch._utils._rebuild_sparse_tensor'")
    archive(path, b"\x80\x02" + name("os\x1b[2J", "system\x07") + b".")
    is_refused("a name for the terminal", path, "names 'os?[2J.system?'")
    archive(path, b"\x80\x02" + name("a" * 5000, "b") + b".")
    is_refused("a long name", path, "names 'aaaa")
    archive(path, b"\x80\x04" + text("torch") + b"K\x01\x93.")
    is_refused("a name of a number", path, "has a name that is no text")
    archive(path, b"\x80\x02" + name("torch", "FloatStorage") + b")\x81.")
    is_refused("an instance", path, "opcode 0x81")
    archive(path, b"\x80\x02(S'ls'\nios\nsystem\n.")
    is_refused("opcodes of protocol 0", path, "opcode 0x53")
    check("calls", not os.path.exists(mark), "something was run")


def test_lies(box):
    path = os.path.join(box, "bad.pt")

    def refused(what, code, *words, **options):
        archive(path, code, **options)
        is_refused(what, path, *words)

    beyond = "reaches beyond its storage of 4 elements"
    refused("past the end", one(tensor(offset=1)), "tensor 'w'", beyond)
    refused("offset", one(tensor(offset=2**62)), beyond)
    refused("stride", one(tensor(shape=(2,), strides=(4,))), beyond)
    refused("a stride that wraps", one(tensor(shape=(3,), strides=(2**63 - 1,))), beyond)
    refused("two strides that wrap", one(tensor(shape=(2, 2), strides=(2**62, 2**62))), beyond)
    refused("a negative stride", one(tensor(offset=3, strides=(-1,))), "stride is no count")
    refused("a negative shape", one(tensor(shape=(-4,))), "shape is no count")
    refused("a negative offset", one(tensor(offset=-1)), "offset is no count")
    refused("2^40 values", one(tensor(shape=(2**20, 2**20), strides=(0, 0))), "more values than this file")
    refused("2^96 values", one(tensor(shape=(2**48, 2**48), strides=(0, 0))), "more values than this file")
    refused("40 dimensions", one(tensor(shape=(1,) * 40, strides=(1,) * 40)), "40 dimensions, expected 0..8")
    refused("2 dimensions, 1 stride", one(tensor(shape=(2, 2))), "2 dimensions and 1 strides")
    refused("shape is a list", one(tensor().replace(b"(J\x04\x00\x00\x00t", b"]", 1)), "shape is no tuple")
    refused("short storage", one(tensor()), "storage '0'", "12 bytes, expected 16", _0=FLOATS[:12])
    refused("long storage", one(tensor()), "20 bytes, expected 16", _0=FLOATS + b"1234")
    refused("no storage", one(tensor()), "not in the archive", _0=None)
    refused("storage of 2^62", one(tensor(storage(n=2**62))), "longer than memory")
    refused("storage of 2^40", one(tensor(storage(n=2**40))), "16 bytes, expected 4398046511104")
    refused("a path as key", one(tensor(storage(key="../data.pkl"))), "has no key")
    refused("no key", one(tensor(storage(key=""))), "has no key")
    refused("a storage of no type", one(tensor(storage("float32"))), "has no storage")
    refused("no storage at all", one(tensor(b"N")), "has no storage")
    refused("too few arguments", one(name("torch._utils", "_rebuild_tensor_v2") + b")R"), "0 arguments, expected 6")
    refused("v3 without a type", one(tensor(version="_v3", end=b"N")), "has no dtype")
    refused("a negated view", one(tensor(end=b"}" + text("neg") + b"\x88s")), "negated view")
    refused("a parameter of itself", one(name("torch._utils", "_rebuild_parameter") + b")R"), "holds no state dict")
    refused("no tensor", one(b"K\x01"), "holds no state dict", "'model_state_dict'")
    refused("a number beside a tensor", dict_of(text("w") + tensor(), text("v") + b"K\x01"),
            "'v' of its state dict is a whole number, expected a tensor")
    refused("a number in a state dict", dict_of(text("model") + one(b"N")[2:-1]), "'w' of its state dict is None")
    refused("nothing but a number", b"\x80\x02K\x01.", "holds a whole number, expected a state dict")
    refused("nothing but a tensor", b"\x80\x02" + tensor() + b".", "holds one tensor")
    refused("a key that is a number", dict_of(b"K\x01" + tensor()), "key that is a whole number")
    refused("a key twice", dict_of(text("w") + tensor(), text("w") + tensor()), "two tensors are called 'w'")
    refused("a NUL in a key", dict_of(text("a\0b") + tensor()), "NUL byte")
    refused("an escape in a key", dict_of(text("a\x1b[2J") + tensor()), "0x1b, is no part of a text")
    refused("no UTF-8", dict_of(b"X\x02\x00\x00\x00\xc3\x28" + tensor()), "0xc3, is no part of a text")
    refused("another byte order", one(tensor()), "'byteorder'", "neither 'little' nor 'big'", byteorder=b"middle")
    refused("a long byte order", one(tensor()), "'byteorder'", "at most 16", byteorder=b"big" * 100)


def test_damage(box):
    path = os.path.join(box, "bad.pt")

    def refused(what, code, *words):
        archive(path, code)
        is_refused(what, path, *words)

    refused("an empty pickle", b"", "is cut off at byte 0")
    refused("no end", b"\x80\x02N", "is cut off at byte 3")
    refused("nothing at the end", b"\x80\x02.", "takes what is not there")
    refused("a long text", b"X\xff\xff\xff\x7fabc", "is cut off")
    refused("a longer text", b"\x8d" + b"\xff" * 8 + b"abc", "is cut off")
    refused("a name without end", b"ctorch\nFloat", "is cut off")
    refused("no mark", b"Nt.", "lacks a mark")
    refused("past a mark", b"N(\x85.", "takes what is not there")
    refused("an unknown memo", b"h\x05.", "recalls what it never knew")
    refused("a far memo", b"Nr\xff\xff\xff\xff.", "more to remember")
    refused("items of a tuple", b")NNs.", "sets items of what is no dict")
    refused("append to a dict", b"}Na.", "appends to what is no list")
    refused("a key alone", b"}(Nu.", "has a key without a value")
    refused("a call of a number", b"K\x01)R.", "calls what is no name")
    refused("attributes of a list", b"]}b.", "sets attributes of what is no dict")
    refused("a long number", b"\x8a\x09" + b"\x01" * 9 + b".", "more than 8 bytes")
    archive(path, one(tensor()))
    whole_file = open(path, "rb").read()
    for n in (0, 1, 3, 4, 30, 100, len(whole_file) // 2, len(whole_file) - 1):
        with open(path, "wb") as file:
            file.write(whole_file[:n])
        is_refused(f"{n} bytes of it", path, "ZIP archive")
    for where, words in ((whole_file.index(FLOATS) + 5, "storage '0'"), (whole_file.index(b"storage"), "data.pkl")):
        with open(path, "wb") as file:
            file.write(whole_file[:where] + b"\xa5" + whole_file[where + 1:])
        is_refused(f"byte {where}", path, words, "CRC error")
    is_refused("a folder", box, "no regular file")
    is_refused("nothing", os.path.join(box, "none.pt"), "No such file")
    is_refused("a device", "/dev/zero", "no regular file")
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("data.pkl", one(tensor()))
    is_refused("no root", path, "without 'data.pkl'")


def test_bombs(box):
    path = os.path.join(box, "bomb.pt")

    def refused(what, code, content, *words, change=None):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            file.writestr("a/data.pkl", code)
            file.writestr("a/data/0", content)
        if change is not None:
            data = open(path, "rb").read()
            with open(path, "wb") as file:
                file.write(change(data))
        is_refused(what, path, *words)

    zeros = bytes(200 << 20)
    refused("200 MiB of nothing", one(tensor(storage(n=50 << 20))), zeros, "storage '0'", "209715200 bytes")
    refused("a pickle of nothing", bytes(9 << 20), b"", "data.pkl", "9437184 bytes")
    refused("lists, compressed", b"\x80\x02" + b"]" * (1 << 20) + b".", b"", "data.pkl", "1048579 bytes")
    # All that came so far; under the sanitizers, too.
    check("memory", peak < 256, f"a reader took {peak} MiB")
    archive(path, b"\x80\x02" + b"]" * ((8 << 20) - 3) + b".")
    is_refused("8 MiB of lists", path, "holds a list, expected a state dict")
    refused("a size that is a lie", one(tensor(storage(n=1 << 20))), bytes(4096), "storage '0'", "cannot have",
            change=lambda data: data.replace(struct.pack("<I", 4096), struct.pack("<I", 4 << 20)))


def test_others(box):
    """Files of PyTorch that are no checkpoints, and of others."""
    path = os.path.join(box, "other.pt")
    torch.save({"w": torch.ones(2)}, path, _use_new_zipfile_serialization=False)
    is_refused("legacy", path, "before 1.6", "torch.save(torch.load(")
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), path)
    is_refused("TorchScript", path, "TorchScript", "state_dict()")
    with open(path, "wb") as file:
        pickle.dump({"w": 1}, file)
    is_refused("a bare pickle", path, "as a ZIP archive")
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("word/document.xml", "<a/>")
    is_refused("a document", path, "without 'data.pkl'")


with tempfile.TemporaryDirectory(prefix="bitfront-torch-") as folder:
    for test in (test_reading, test_real, test_writing, test_made_up, test_calls, test_lies, test_damage, test_bombs,
                 test_others):
        test(folder)
print(f"{failures} failures, at most {peak} MiB")
sys.exit(failures > 0)
