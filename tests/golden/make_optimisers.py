#!/usr/bin/python3
"""Writes optimisers.json: values after each step of PyTorch's optimisers (Debian's python3-torch).

    /usr/bin/python3 tests/golden/make_optimisers.py

Read by tests/nn/test_optimiser.c.
"""
import json
import os

import torch

HERE = os.path.dirname(os.path.abspath(__file__))
N_VALUES, N_STEPS = 7, 6
CASES = [
    ("sgd", 0.05, 0.0),
    ("sgd", 0.05, 0.1),
    ("sgd", 0.05, 0.0, 0.9, False),
    ("sgd", 0.05, 0.0, 0.9, True),
    ("sgd", 0.02, 5e-4, 0.9, True),
    ("adam", 0.02, 0.0),
    ("adam", 0.02, 0.1),
    ("adamw", 0.02, 0.0),
    ("adamw", 0.02, 0.1),
]
CLASSES = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}


def digits(tensor):
    return [float(f"{x:.9g}") for x in tensor.flatten().tolist()]


def follow(start, gradients, name, rate, decay, momentum=0.0, nesterov=False):
    values = start.clone().requires_grad_()
    options = {"momentum": momentum, "nesterov": nesterov} if momentum else {}
    optimiser = CLASSES[name]([values], lr=rate, weight_decay=decay, **options)
    after = []
    for gradient in gradients:
        values.grad = gradient.clone()
        optimiser.step()
        after.append(digits(values.detach()))
    return {"name": name, "rate": rate, "decay": decay, "momentum": momentum, "nesterov": nesterov,
            "after": after}


torch.manual_seed(11)
start = torch.randn(N_VALUES)
gradients = torch.randn(N_STEPS, N_VALUES) * torch.tensor([1, 1, 1e-3, 1e-6, 1e3, 0, 1])
document = {
    "torch": torch.__version__,
    "start": digits(start),
    "gradients": [digits(g) for g in gradients],
    "cases": [follow(start, gradients, *case) for case in CASES],
}
with open(os.path.join(HERE, "optimisers.json"), "w", encoding="ascii") as file:
    json.dump(document, file, indent=1)
    file.write("\n")
