"""Safetensors files, from what their format says and nothing else: the oracle of ours."""
import json
import struct

import numpy as np

DTYPES = {"F16": "<f2", "F32": "<f4", "F64": "<f8", "U8": "u1", "I8": "i1", "I16": "<i2",
          "I32": "<i4", "I64": "<i8", "BOOL": "?", "BF16": "<u2"}


def read(path):
    """{name: (dtype, array)} in the header's order. bfloat16 becomes the float32 it begins."""
    with open(path, "rb") as file:
        content = file.read()
    length, = struct.unpack("<Q", content[:8])
    header, data = content[8:8 + length], content[8 + length:]
    assert length % 8 == 0 and header.startswith(b"{"), "the header is not aligned"
    tensors, covered = {}, []
    for name, entry in json.loads(header).items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        array = np.frombuffer(data[begin:end], DTYPES[entry["dtype"]])
        assert begin % array.itemsize == 0, f"{name} is not aligned"
        if entry["dtype"] == "BF16":
            array = (array.astype("u4") << 16).view("f4")
        tensors[name] = entry["dtype"], array.reshape(entry["shape"])
        covered.append((begin, end))
    covered.sort()
    ends = [0] + [end for _, end in covered]
    assert ends == [begin for begin, _ in covered] + [len(data)], "holes or overlaps"
    return tensors


def write(path, tensors):
    """Writes {name: (dtype, array)}; of bfloat16, the upper halves of float32."""
    header, data = {}, b""
    for name, (dtype, array) in tensors.items():
        array = np.asarray(array)
        if dtype == "BF16":
            array = array.astype("<f4").view("<u4") >> 16
        part = array.astype(DTYPES[dtype]).tobytes()
        header[name] = {"dtype": dtype, "shape": list(array.shape),
                        "data_offsets": [len(data), len(data) + len(part)]}
        data += part
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)
