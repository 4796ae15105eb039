#!/usr/bin/python3
"""Writes formats.json: what numbers become in formats with exponents, computed by numpy in float32.

    /usr/bin/python3 tests/golden/make_formats.py

The formulas are those of docs/formats.md, "Number formats", written down a second time, whole arrays
at once and with nothing but numpy's own functions. Read by tests/quant/test_vectors.c. A case
without an input has that of the case before.
"""
import json
import os

import numpy as np

F = np.float32
np.seterr(all="ignore")


def power(e):
    return np.exp2(np.asarray(e, np.float64)).astype(F)


def log2(x):
    """Rounded once, from double: next to whole numbers it decides as log2f does."""
    return np.log2(np.asarray(x, np.float64)).astype(F)


def clamp(x, lo, hi):
    return np.minimum(np.maximum(x, F(lo)), F(hi))


def keep_small(x, q):
    small = (np.abs(x) <= F(1e-8)).astype(F)
    return (F(1) - small) * q + small * x


def default_bias(bits, bias):
    return 2 ** (bits - 1) - 1 if bias is None else bias


def minifloat_denorm(x, width, exponent_width, exponent_bias):
    m, b = width - exponent_width - 1, default_bias(exponent_width, exponent_bias)
    e = clamp(np.ceil(log2(np.abs(x) + F(1e-9))), -b, 2**exponent_width - 1 - b)
    steps = clamp(np.rint(np.abs(x) / power(e) * F(2**m)), 0, 2**m - 1)
    return keep_small(x, np.sign(x + F(1e-9)) * power(e) * (steps / F(2**m)))


def hidden_bit(x, m, lowest, highest):
    lowest, n = np.asarray(lowest, F), F(2**m)
    e = np.floor(log2(np.abs(x) + F(1e-9)))
    e = np.minimum(np.maximum(e, lowest), np.asarray(highest, F))
    v = np.abs(x) / power(e)
    normal = F(1) + clamp(np.rint(v * n - n), 0, 2**m - 1) / n
    below = F(2) * (clamp(np.rint(v * n / F(2)), 0, 2**m - 1) / n)
    return keep_small(x, np.sign(x + F(1e-9)) * power(e) * np.where(e != lowest, normal, below))


def minifloat_ieee(x, width, exponent_width, exponent_bias):
    b = default_bias(exponent_width, exponent_bias)
    return hidden_bit(x, width - exponent_width - 1, -b, 2**exponent_width - 1 - b)


def powers_of_two(x, lowest, highest):
    nudge = F(0.1) * power(lowest)
    e = np.rint(log2(np.abs(x) + nudge))
    e = np.minimum(np.maximum(e, np.asarray(lowest, F)), np.asarray(highest, F))
    return np.sign(x + nudge) * power(e)


def log(x, width, exponent_bias):
    b = default_bias(width - 1, exponent_bias)
    return powers_of_two(x, -b, 2 ** (width - 1) - 1 - b)


def scales(x, block):
    """The largest |x| of each value's tile; zeros are padded at the ends."""
    block = [d if t == -1 or t > d else t for t, d in zip(([-1, -1] + list(block))[-2:], x.shape)]
    padded = np.pad(np.abs(x), [(0, -d % t) for d, t in zip(x.shape, block)])
    high, wide = padded.shape[0] // block[0], padded.shape[1] // block[1]
    tiles = padded.reshape(high, block[0], wide, block[1]).max(axis=(1, 3))
    tiles[tiles == 0] = tiles[tiles != 0].min() if (tiles != 0).any() else 1
    spread = np.repeat(np.repeat(tiles, block[0], axis=0), block[1], axis=1)
    return spread[: x.shape[0], : x.shape[1]]


def block_fp(x, width, exponent_width, exponent_bias, block_size):
    b, n = default_bias(exponent_width, exponent_bias), F(2 ** (width - 1))
    e = clamp(np.ceil(log2(scales(x, block_size))), -b, 2**exponent_width - 1 - b)
    steps = clamp(np.rint((np.abs(x) + F(1e-9)) / power(e) * n), 0, 2 ** (width - 1) - 1)
    return keep_small(x, np.sign(x + F(1e-9)) * power(e) * (steps / n))


def block_minifloat(x, width, exponent_width, exponent_bias_width, block_size):
    b = clamp(np.floor(log2(scales(x, block_size))), 0, 2**exponent_bias_width - 1)
    return hidden_bit(x, width - exponent_width - 1, -b, F(2**exponent_width - 1) - b)


def block_log(x, width, exponent_bias_width, block_size):
    top = F(2 ** (width - 1) - 1)
    b = clamp(top - np.ceil(log2(scales(x, block_size))), 0, 2**exponent_bias_width - 1)
    return powers_of_two(x, -b, top - b)


VALUES = {"minifloat_denorm": minifloat_denorm, "minifloat_ieee": minifloat_ieee, "log": log}
BLOCKS = {"block_fp": block_fp, "block_minifloat": block_minifloat, "block_log": block_log}
KEYS = {
    "minifloat_denorm": ["width", "exponent_width", "exponent_bias"],
    "minifloat_ieee": ["width", "exponent_width", "exponent_bias"],
    "log": ["width", "exponent_bias"],
    "block_fp": ["width", "exponent_width", "exponent_bias", "block_size"],
    "block_minifloat": ["width", "exponent_width", "exponent_bias_width", "block_size"],
    "block_log": ["width", "exponent_bias_width", "block_size"],
}


def edges():
    """Zeros, powers of two and their neighbours, half ways, subnormal, huge, not finite."""
    up, down = F(np.inf), F(0)
    sizes = [0, 1e-45, 1e-40, 1.2e-38, 1e-30, 1e-10, 1e-9, 9.9999e-9, 1e-8, 1.1e-8, 1e-6, 3e-4]
    for e in (-140, -126, -60, -27, -9, -7, -2, -1, 0, 1, 3, 7, 8, 15, 40, 126, 127):
        p = F(2.0) ** F(e)
        sizes += [p, np.nextafter(p, up), np.nextafter(p, down), F(1.5) * p]
        sizes += [F(1.4142135) * p, F(1.4142136) * p, F(1.0625) * p]
    sizes += [7.9, 240, 255.5, 1e10, 3.4e38, np.finfo(F).max, np.inf]
    sizes = np.array(sizes, F)
    return np.concatenate([sizes, -sizes, [F(np.nan)]]).astype(F)


def written(values):
    words = {np.inf: "inf", -np.inf: "-inf"}
    return ["nan" if np.isnan(v) else words.get(float(v), float("%.9g" % v)) for v in values.ravel()]


CASES = []


def add(name, role, x, arguments):
    params = dict(zip(KEYS[name], arguments))
    if name in VALUES:
        y = VALUES[name](x, **params)
    else:
        block = params["block_size"]
        form = {"weight": block, "data_in": [1, block[-1]], "bias": [1, block[-1]]}[role]
        y = BLOCKS[name](np.atleast_2d(x), **{**params, "block_size": form})
    case = {"id": "f%02d" % len(CASES), "quantizer": name, "role": role, "params": params,
            "shape": list(x.shape), "input": written(x), "output": written(y)}
    if role == "vector" and CASES:
        del case["input"]
    CASES.append(case)


def add_values(rng):
    x = np.concatenate([edges(), (rng.standard_normal(60) * 3).astype(F)])
    widths = [(8, 4, None), (8, 3, 5), (4, 3, None), (5, 1, None), (16, 8, 127), (16, 5, 15),
              (9, 8, None), (32, 8, None), (32, 1, 3), (12, 9, 300), (6, 2, -3), (10, 4, 20)]
    for name in ("minifloat_denorm", "minifloat_ieee"):
        for arguments in widths:
            add(name, "vector", x, arguments)
    for arguments in [(2, None), (3, 5), (6, None), (8, 60), (8, 149), (9, None), (10, None),
                      (12, 700), (5, -3), (32, None)]:
        add("log", "vector", x, arguments)


def matrix(rng, shape, kind):
    x = rng.standard_normal(shape) * np.exp2(rng.integers(-6, 6, shape))
    if kind == "relu":
        x = np.maximum(x, 0)
    if kind == "holes":
        x[: shape[0] // 2, : shape[1] // 2] = 0
        x[-1] = 0
    if kind == "powers":
        x = np.exp2(np.round(x)) * np.sign(x)
    if kind == "tiny":
        x = x * 2.0**-140
    if kind == "huge":
        x = np.clip(x * 1e37, -3.4e38, 3.4e38)
    if kind == "odd":
        x[0, 0], x[-1, -1], x[0, -1] = np.inf, np.nan, -np.inf
    return x.astype(F)


def add_blocks(rng):
    arguments = {
        "block_fp": [(8, 8, None), (4, 3, None), (12, 8, 127), (6, 5, 20), (25, 8, None)],
        "block_minifloat": [(8, 4, 8), (6, 2, 3), (4, 3, 0), (16, 5, 5), (9, 8, 8)],
        "block_log": [(8, 8), (4, 4), (6, 5), (3, 9), (9, 8)],
    }
    weights = [((5, 16), [16], "normal"), ((7, 13), [4, 4], "holes"), ((6, 9), [-1, 2], "powers"),
               ((3, 20), [1, 16], "normal"), ((9, 5), [2, 8], "odd"), ((4, 6), [100], "tiny")]
    rows = [((8, 16), [4], "relu"), ((5, 16), [16], "holes"), ((6, 10), [2, 3], "huge")]
    for name, all_of_them in arguments.items():
        for i, given in enumerate(all_of_them):
            for role, forms in (("weight", weights), ("data_in", rows)):
                for shape, block, kind in forms[i % 2 :: 2]:
                    add(name, role, matrix(rng, shape, kind), given + (block,))
        add(name, "bias", matrix(rng, (1, 11), "normal")[0], all_of_them[0] + ([4],))
        add(name, "bias", matrix(rng, (1, 5), "odd")[0], all_of_them[1] + ([3, 2],))
        add(name, "weight", np.zeros((3, 8), F), all_of_them[0] + ([1, 4],))


if __name__ == "__main__":
    add_values(np.random.default_rng(20))
    add_blocks(np.random.default_rng(21))
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "formats.json")
    with open(path, "w", encoding="utf-8") as file:
        lines = (json.dumps(case, separators=(",", ":")) for case in CASES)
        file.write("[\n" + ",\n".join(lines) + "\n]\n")
