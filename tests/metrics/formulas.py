"""The cost metrics once more, in Python and from the formulas, to check bitfront's.

Nothing here is shared with the C sources. Written from docs/formats.md, "Metrics".

    cost_metrics(layers, quant, batch) -> {"bitops": 575744, ...}

`layers` is the `layers` list of a job file: [{"type": "batchnorm"}, {"type": "linear", "out": 5,
"bias": True}, ...]; for a net of the zoo take ZOO[name]. Nodes are called seq_blocks_0,
seq_blocks_1, ... (jsc-s: module_list_0, ...; say so with `prefix`).

`quant` maps a node to its settings, as in the job file but with one value each:
{"seq_blocks_2": {"name": "integer", "data_in_width": 8, "weight_width": 4, "weight_frac_width":
None, ..., "channel_multiplier": 2}}. A node that is absent, or whose name is None or "NA", is not
quantised. quant_of_row() makes it from a row of trials.csv:

    for row in csv.DictReader(open("trials.csv")):
        quant = quant_of_row(row, fixed={"seq_blocks_2": {"name": "integer"}})
        expected = cost_metrics(ZOO["jsc-tiny"], quant, batch=512)
        assert float(row["bitops"]) == float("%.9g" % expected["bitops"])

Formats: all. Run as a program, it checks itself on the table of Lab 3 and on examples by hand.
"""
import math
import re

FLOAT_BITS = 32
TENSORS = ("data_in", "weight", "bias")


def _net(*widths):
    """BatchNorm, ReLU, then Linear and ReLU for each width."""
    layers = [{"type": "batchnorm"}, {"type": "relu"}]
    for width in widths:
        layers += [{"type": "linear", "out": width}, {"type": "relu"}]
    return layers


def _net_with_batchnorm(*blocks):
    """The same with a BatchNorm before the ReLU where a block is (width, True)."""
    layers = [{"type": "batchnorm"}, {"type": "relu"}]
    for width, batchnorm in blocks:
        layers.append({"type": "linear", "out": width})
        if batchnorm:
            layers.append({"type": "batchnorm"})
        layers.append({"type": "relu"})
    return layers


ZOO = {
    "jsc-tiny": _net(5),
    "jsc-lab4": _net(16, 16, 5),
    "jsc-toy": _net_with_batchnorm((8, True), (8, True), (5, True)),
    "jsc-s": _net_with_batchnorm((64, True), (32, False), (32, False), (32, False), (5, True)),
}


def _number(text):
    """A cell of trials.csv: a number, None for NA, else the text itself."""
    if text in (None, "", "NA"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if text.startswith("["):
        return [int(word) for word in re.findall(r"[-+]?\d+", text)]
    return int(text) if re.fullmatch(r"[-+]?\d+", text) else text


def quant_of_row(row, fixed=None):
    """Settings by node from the columns "<node>/<key>" of a row of trials.csv.

    `fixed` holds what the row does not: settings with a single choice may be put there too. Tied
    columns such as "seq_blocks_2/weight" = "(8, 6)" become width and frac_width. An empty cell is a
    setting that makes no difference.
    """
    quant = {node: dict(settings) for node, settings in (fixed or {}).items()}
    for column, cell in row.items():
        if column is None or "/" not in column:
            continue
        node, key = column.split("/", 1)
        settings = quant.setdefault(node, {})
        if cell == "":
            continue
        if key in TENSORS:
            values = [_number(word) for word in re.findall(r"[-+]?\d+|NA", cell)]
            keys = PARAMETERS[settings.get("name", "integer")]
            settings.update(zip((f"{key}_{name}" for name in keys), values))
        else:
            settings[key] = _number(cell)
    return quant


# What the Python tool lists as the precision of a tensor, in its order.
PARAMETERS = {
    "integer": ["width", "frac_width"],
    "fixed": ["width", "frac_width"],
    "minifloat_denorm": ["width", "exponent_width", "exponent_bias"],
    "minifloat_ieee": ["width", "exponent_width", "exponent_bias"],
    "log": ["width", "exponent_bias"],
    "block_fp": ["width", "exponent_width", "exponent_bias", "block_size"],
    "block_minifloat": ["width", "exponent_width", "exponent_bias_width", "block_size"],
    "block_log": ["width", "exponent_bias_width", "block_size"],
    "binary": ["width", "stochastic", "bipolar"],
    "ternary": ["width", "scaling_factor"],
}
WEIGHTS_ONLY = {"binary": 1, "ternary": 2}  # with the bits of a value


def _is_quantised(settings, kind, tensor):
    name = settings.get("name")
    if name in (None, "NA"):
        return False
    if name not in PARAMETERS:
        raise ValueError(f"no formula for format '{name}'")
    if name in WEIGHTS_ONLY and kind == "linear":
        return tensor == "weight"
    return name in WEIGHTS_ONLY or settings.get(tensor + "_width") is not None


def _values(settings, tensor):
    """The format's parameters without nulls."""
    name = settings["name"]
    given = {key: settings.get(f"{tensor}_{key}") for key in PARAMETERS[name]}
    if name in WEIGHTS_ONLY:
        given["width"] = WEIGHTS_ONLY[name]
    if given.get("bipolar", 0) is None:
        given["bipolar"] = True
    if "frac_width" in given and given["frac_width"] is None:
        given["frac_width"] = given["width"] // 2
    if "exponent_width" in given and given["exponent_width"] is None:
        given["exponent_width"] = 8
    if "exponent_bias" in given and given["exponent_bias"] is None:
        bits = given["width"] - 1 if name == "log" else given["exponent_width"]
        given["exponent_bias"] = 2 ** (bits - 1) - 1
    if "block_size" in given and given["block_size"] is None:
        given["block_size"] = [16]
    return {key: 0 if value is None else value for key, value in given.items()}


def _n_blocks(block, shape):
    """Tiles of a matrix; a block is aligned with the last dimensions."""
    sizes = ([-1, -1] + (block if isinstance(block, list) else [block]))[-2:]
    return math.prod(math.ceil(d / (d if b == -1 else min(b, d))) for b, d in zip(sizes, shape))


def _tensor(settings, kind, tensor, shape=(1, 1)):
    """(quantised, width, sum of the precision list, bits shared by values of the shape)."""
    if not _is_quantised(settings, kind, tensor):
        return False, FLOAT_BITS, FLOAT_BITS, 0
    values = _values(settings, tensor)
    precision = sum(value for key, value in values.items() if key != "block_size")
    shared = 0
    if "block_size" in values:
        bits = "exponent_width" if settings["name"] == "block_fp" else "exponent_bias_width"
        shared = values[bits] * _n_blocks(values["block_size"], shape)
    if values.get("scaling_factor") or values.get("bipolar") is False or values.get("bipolar") == 0:
        shared = FLOAT_BITS * shape[0]
    return True, values["width"], precision, shared


def cost_metrics(layers, quant, batch, n_features=16, compare_to=32, prefix="seq_blocks"):
    """Every hardware metric by name; integers stay exact."""
    bitops = flops = macs = n_params = 0
    weights = weight_bits = overall_bits = bias_bits = batchnorm_bits = shared_bits = 0
    quantised_weights = quantised_bits = 0
    n_in = n_features
    for i, layer in enumerate(layers):
        settings = quant.get(f"{prefix}_{i}", {})
        data_quantised, p, _, _ = _tensor(settings, layer["type"], "data_in")
        if layer["type"] == "batchnorm":
            ops = 4 * n_in
            bitops += ops * FLOAT_BITS * FLOAT_BITS
            flops += ops
            n_params += 2 * n_in
            batchnorm_bits += 4 * n_in * FLOAT_BITS
        elif layer["type"] == "relu":
            bitops += n_in * p
            flops += 0 if data_quantised else n_in
        elif layer["type"] == "linear":
            n_out = layer["out"] * (settings.get("channel_multiplier") or 1)
            has_bias = layer.get("bias", True)
            w_quantised, q, overall, shared = _tensor(settings, "linear", "weight", (n_out, n_in))
            shared_bits += shared
            r = FLOAT_BITS
            if has_bias:
                _, r, _, shared = _tensor(settings, "linear", "bias", (1, n_out))
                shared_bits += shared
            ops = n_in * n_out
            bitops += ops * (p * q + max(r, p))
            flops += 0 if data_quantised else ops
            macs += ops
            n_params += ops + (n_out if has_bias else 0)
            weights += ops
            weight_bits += ops * q
            overall_bits += ops * overall
            bias_bits += n_out * r if has_bias else 0
            if w_quantised:
                quantised_weights += ops
                quantised_bits += ops * q
            n_in = n_out
        elif layer["type"] != "dropout":
            raise ValueError(f"unknown layer '{layer['type']}'")
    total_bits = weight_bits + bias_bits + shared_bits + batchnorm_bits
    average = quantised_bits / quantised_weights if quantised_weights else FLOAT_BITS
    return {
        "bitops": bitops * batch,
        "bitops_per_row": bitops,
        "flops": flops * batch,
        "macs": macs * batch,
        "average_bitwidth": average,
        "average_bitwidth_all": weight_bits / weights,
        "memory_density": compare_to / average,
        "w_overall_bit": overall_bits,
        "weight_bits": weight_bits,
        "bias_bits": bias_bits,
        "model_size_bytes": math.ceil(total_bits / 8),
        "n_params": n_params,
    }


# (data, weight, BitOPs, weights bit) of jsc-tiny at batch 8 with a bias of 8 bits.
LAB3 = [
    ((16, 8), (16, 8), 703744, 1920), ((16, 8), (8, 6), 621824, 1120),
    ((16, 8), (8, 4), 621824, 960), ((16, 8), (4, 2), 580864, 480),
    ((8, 6), (16, 8), 616704, 1920), ((8, 6), (8, 6), 575744, 1120),
    ((8, 6), (8, 4), 575744, 960), ((8, 6), (4, 2), 555264, 480),
    ((8, 4), (16, 8), 616704, 1920), ((8, 4), (8, 6), 575744, 1120),
    ((8, 4), (8, 4), 575744, 960), ((8, 4), (4, 2), 555264, 480),
    ((4, 2), (16, 8), 575744, 1920), ((4, 2), (8, 6), 555264, 1120),
    ((4, 2), (8, 4), 555264, 960), ((4, 2), (4, 2), 545024, 480),
]


def check_lab3():
    tiny = ZOO["jsc-tiny"]
    for data, weight, bitops, overall in LAB3:
        row = {"seq_blocks_2/data_in": str(data), "seq_blocks_2/weight": str(weight),
               "seq_blocks_2/bias": "(8, 4)", "seq_blocks_2/name": "integer", "bitops": "0"}
        got = cost_metrics(tiny, quant_of_row(row), 8)
        assert (got["bitops"], got["w_overall_bit"]) == (bitops, overall), (data, weight, got)
        assert got["flops"] == 680 and got["macs"] == 640
        assert got["weight_bits"] == 80 * weight[0] and got["bias_bits"] == 40
    assert got["model_size_bytes"] == 301, got
    plain = cost_metrics(tiny, {}, 8)
    assert plain["bitops"] == 1205504 and plain["flops"] == 1320 and plain["n_params"] == 117
    assert plain["w_overall_bit"] == 2560 and plain["average_bitwidth"] == 32
    assert cost_metrics(ZOO["jsc-lab4"], {}, 8)["n_params"] == 661


def check_other_formats():
    """jsc-tiny, 5 x 16 weights and 5 biases: 2048 bits of BatchNorm, and what is worked out here."""
    def cost(**settings):
        return cost_metrics(ZOO["jsc-tiny"], {"seq_blocks_2": settings}, 8)

    got = cost(name="binary", weight_bipolar=True)  # data and bias stay float
    assert got["bitops"] == 529664 + 640 * (32 * 1 + 32) and got["flops"] == 1320, got
    assert got["model_size_bytes"] == (80 + 160 + 2048) // 8 and got["w_overall_bit"] == 160
    assert got["average_bitwidth"] == 1 and got["memory_density"] == 32
    got = cost(name="ternary", weight_scaling_factor=True)
    assert got["model_size_bytes"] == (160 + 5 * 32 + 160 + 2048) // 8 and got["weight_bits"] == 160
    block = dict(name="block_fp", data_in_width=8, weight_width=6, weight_exponent_width=8,
                 weight_block_size=[2, 8], bias_width=6, bias_exponent_width=8,
                 bias_block_size=[4])
    got = cost(**block)  # 3 x 2 tiles of weights, 2 blocks of biases
    assert got["model_size_bytes"] == math.ceil((480 + 48 + 30 + 16 + 2048) / 8), got
    assert got["w_overall_bit"] == 80 * (6 + 8 + 127) and got["bitops"] == 529664 + 640 * 56, got


if __name__ == "__main__":
    check_lab3()
    check_other_formats()
    print(f"formulas: {len(LAB3)} rows of Lab 3, the totals and the other formats hold")
