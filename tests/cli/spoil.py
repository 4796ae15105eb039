"""Bad data sets and files, made from good ones."""
import ctypes
import os
import shutil

import h5py
import numpy as np

xxhash = ctypes.CDLL("libxxhash.so.0")
xxhash.XXH64.restype = ctypes.c_uint64
xxhash.XXH64.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint64]
SEAL_BYTES = 32


def digest(data):
    return f"{xxhash.XXH64(data, len(data), 0):016x}"


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def cut(path):
    """Half of the file."""
    data = read(path)
    write(path, data[:len(data) // 2])


def flip(path):
    """One byte in the middle is another one."""
    data = bytearray(read(path))
    data[len(data) // 2] ^= 0x10
    write(path, bytes(data))


def seal(path, data):
    """The line over all bytes with which our HDF5 files end."""
    write(path, data + b"bitfront xxh64 " + digest(data).encode() + b"\n")


def forge(folder, split, features=None, labels=None):
    """Another train-00000.h5 or val-00000.h5, hashes put right, so that its content must be looked
    at. Functions get and give arrays."""
    shard = os.path.join(folder, f"{split}-00000.h5")
    with h5py.File(shard, "r") as file:
        arrays = {"features": file["features"][:], "labels": file["labels"][:]}
    for name, change in (("features", features), ("labels", labels)):
        if change is not None:
            arrays[name] = change(arrays[name])
    with h5py.File(shard, "w") as file:
        for name, array in arrays.items():
            file[name] = array
    change_manifest(folder, lambda file: put_hash(file[split], digest(read(shard))))


def put_hash(group, text):
    hashes = list(group.attrs["shard_xxh64"])
    hashes[0] = text
    group.attrs["shard_xxh64"] = np.array(hashes, dtype=h5py.string_dtype())


def change_manifest(folder, change):
    manifest = os.path.join(folder, "manifest.h5")
    write(manifest, read(manifest)[:-SEAL_BYTES])
    with h5py.File(manifest, "r+") as file:
        change(file)
    seal(manifest, read(manifest))


def set_value(row, column, value):
    """A change of one value, for forge()."""
    def change(array):
        array = array.copy()
        array[(row, column) if array.ndim == 2 else row] = value
        return array
    return change


def copy(good, bad, change):
    """A copy of a data set on which `change` was called."""
    shutil.copytree(good, bad)
    change(bad)
    return bad


# What a data set can suffer: name, change, words of the message.
DATA_SETS = [
    ("no_manifest", lambda d: os.remove(os.path.join(d, "manifest.h5")), "manifest.h5"),
    ("short_manifest", lambda d: cut(os.path.join(d, "manifest.h5")), "manifest.h5"),
    ("no_shard", lambda d: os.remove(os.path.join(d, "val-00000.h5")), "val-00000.h5"),
    ("short_shard", lambda d: cut(os.path.join(d, "train-00002.h5")), "train-00002.h5"),
    ("flipped_shard", lambda d: flip(os.path.join(d, "train-00001.h5")), "train-00001.h5"),
    ("integer_features", lambda d: forge(d, "train", features=lambda f: f.astype("i4")),
     "train-00000.h5", "floating point"),
    ("15_features", lambda d: forge(d, "train", features=lambda f: f[:, :15]),
     "train-00000.h5", "15 columns, expected 16"),
    ("label_7", lambda d: forge(d, "train", labels=set_value(3, 0, 7)),
     "train-00000.h5", "row 3", "label 7"),
    ("nan", lambda d: forge(d, "val", features=set_value(2, 14, np.nan)),
     "val-00000.h5", "row 2", "mass"),
]
# The same kinds again, told in the same way on any number of ranks.
MORE_DATA_SETS = [
    ("gone", shutil.rmtree, "manifest"),
    ("flipped_manifest", lambda d: flip(os.path.join(d, "manifest.h5")), "manifest.h5"),
    ("text_manifest", lambda d: write(os.path.join(d, "manifest.h5"), b"features\n"),
     "manifest.h5"),
    ("empty_shard", lambda d: write(os.path.join(d, "test-00000.h5"), b""), "test-00000.h5"),
    ("swapped_shard", lambda d: shutil.copy(os.path.join(d, "train-00001.h5"),
                                            os.path.join(d, "train-00002.h5")), "train-00002.h5"),
    ("float_labels", lambda d: forge(d, "val", labels=lambda y: y.astype("f4")),
     "val-00000.h5", "unsigned 8-bit"),
    ("too_few_rows", lambda d: forge(d, "train", features=lambda f: f[1:]), "train-00000.h5"),
    ("infinity", lambda d: forge(d, "train", features=set_value(0, 0, np.inf)),
     "train-00000.h5", "row 0", "zlogz"),
]
