#!/usr/bin/python3
"""Writes cost.json: random nets and number formats with the cost metrics that formulas.py gives.

    /usr/bin/python3 tests/golden/make_cost.py

Read by tests/metrics/test_cost.c. Numbers and switches are numbers (0 and 1), blocks are arrays,
and expected values are floats, so that the largest nets do not overflow a reader's integers.
"""
import json
import os
import random
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "metrics"))
from formulas import PARAMETERS, WEIGHTS_ONLY, cost_metrics  # noqa: E402

N_CASES = 80


def random_block(rng):
    return [rng.choice([-1, 1, 2, 4, 7, 16, 100000]) for _ in range(rng.randint(1, 3))]


def random_parameters(rng, name):
    """Values by key, nulls among them where there is a default; some keys are left out."""
    width = rng.randint(6 if "exponent_width" in PARAMETERS[name] else 2, 32)
    values = {
        "width": width,
        "frac_width": rng.choice([None, rng.randint(-4, width + 4)]),
        "exponent_width": rng.randint(1, 5),
        "exponent_bias": rng.choice([None, rng.randint(-3, 20)]),
        "exponent_bias_width": rng.randint(0, 9),
        "block_size": rng.choice([None, random_block(rng), random_block(rng)]),
        "stochastic": 0,
        "bipolar": rng.choice([None, 0, 1]),
        "scaling_factor": rng.choice([None, 0, 1]),
    }
    return {key: values[key] for key in PARAMETERS[name]}


def random_settings(rng, kind):
    """Settings of one node: often none, sometimes only some tensors."""
    tensors = {"relu": ["data_in"], "linear": ["data_in", "weight", "bias"]}.get(kind, [])
    if not tensors or rng.random() < 0.25:
        return {}
    name = rng.choice(list(PARAMETERS))
    settings = {"name": name}
    for tensor in tensors:
        if rng.random() < 0.15 and name not in WEIGHTS_ONLY:
            continue
        for key, value in random_parameters(rng, name).items():
            settings[f"{tensor}_{key}"] = value
    return settings


def random_width(rng):
    return rng.choice([rng.randint(1, 8), rng.randint(1, 256), rng.randint(1, 65536)])


def random_layers(rng):
    layers = []
    for _ in range(rng.randint(1, 12)):
        kind = rng.choice(["batchnorm", "relu", "linear", "linear", "dropout"])
        layer = {"type": kind}
        if kind == "linear":
            layer.update(out=random_width(rng), bias=rng.random() < 0.8)
        layers.append(layer)
    layers.append({"type": "linear", "out": 5, "bias": True})
    return layers


def layer_of_case(layer, n_in, settings):
    """What the C test needs to fill in a layer."""
    case = {"type": layer["type"], "n_in": n_in, "n_out": n_in, "has_bias": 0}
    if layer["type"] == "linear":
        case.update(n_out=layer["out"], has_bias=int(layer["bias"]))
    for tensor in ("data_in", "weight", "bias"):
        weights_only = settings.get("name") in WEIGHTS_ONLY and layer["type"] == "linear"
        if tensor + "_width" in settings and (tensor == "weight" or not weights_only):
            given = {key: settings[f"{tensor}_{key}"] for key in PARAMETERS[settings["name"]]}
            case[tensor] = {"format": settings["name"],
                            **{key: value for key, value in given.items() if value is not None}}
    return case


def random_case(rng):
    layers = random_layers(rng)
    n_features = random_width(rng)
    batch = rng.choice([1, 8, 128, 512, 1000000])
    compare_to = rng.choice([32, 32, 16, 8.5])
    quant = {f"seq_blocks_{i}": random_settings(rng, layer["type"])
             for i, layer in enumerate(layers)}
    expected = cost_metrics(layers, quant, batch, n_features=n_features, compare_to=compare_to)
    cases, n_in = [], n_features
    for i, layer in enumerate(layers):
        cases.append(layer_of_case(layer, n_in, quant[f"seq_blocks_{i}"]))
        n_in = cases[-1]["n_out"]
    return {"batch": batch, "compare_to": compare_to, "n_features": n_features, "layers": cases,
            "expected": {name: float(value) for name, value in expected.items()}}


def main():
    rng = random.Random(2024)
    cases = [random_case(rng) for _ in range(N_CASES)]
    with open(os.path.join(HERE, "cost.json"), "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


if __name__ == "__main__":
    main()
