#!/usr/bin/python3
"""Writes nets.json: one training batch through nets with BatchNorm between the layers, by PyTorch
in float64 (Debian's python3-torch).

    /usr/bin/python3 tests/golden/make_nets.py

Read by tests/nn/test_golden.c.
"""
import json
import os

import torch
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))
N_ROWS, N_FEATURES, N_CLASSES = 12, 16, 5
NETS = {"jsc-toy": [8, 8, 5], "jsc-trt without dropout": [32, 48, 16, 5]}


def make_net(widths):
    layers = [nn.BatchNorm1d(N_FEATURES), nn.ReLU()]
    n_in = N_FEATURES
    for width in widths:
        layers += [nn.Linear(n_in, width), nn.BatchNorm1d(width), nn.ReLU()]
        n_in = width
    return nn.Sequential(*layers).double()


def digits(tensors, n):
    return [float(f"{x:.{n}g}") for t in tensors for x in t.flatten().tolist()]


def round_to_float32(tensor):
    tensor.copy_(tensor.float())


def stir(net):
    """Numbers that no default would give, all of them float32."""
    with torch.no_grad():
        for layer in net:
            if isinstance(layer, nn.BatchNorm1d):
                layer.weight.uniform_(0.5, 1.5)
                layer.bias.uniform_(-0.2, 0.4)
                layer.running_mean.uniform_(-0.3, 0.3)
                layer.running_var.uniform_(0.5, 2.0)
        for tensor in [*net.parameters(), *statistics(net)]:
            round_to_float32(tensor)


def statistics(net):
    norms = [layer for layer in net if isinstance(layer, nn.BatchNorm1d)]
    return [t for norm in norms for t in (norm.running_mean, norm.running_var)]


def follow(name, widths):
    net = make_net(widths)
    stir(net)
    rows = torch.randn(N_ROWS, N_FEATURES).float().double()
    labels = torch.arange(N_ROWS) % N_CLASSES
    case = {"name": name, "rows": digits([rows], 9), "labels": labels.tolist()}
    case["trained"] = digits(net.parameters(), 9)
    case["statistics"] = digits(statistics(net), 9)
    outputs = net(rows)
    loss = nn.functional.cross_entropy(outputs, labels)
    loss.backward()
    case["loss"] = loss.item()
    case["gradient"] = digits([p.grad for p in net.parameters()], 8)
    case["statistics_after"] = digits(statistics(net), 9)
    net.eval()
    case["outputs_after"] = digits([net(rows)], 9)
    return case


torch.manual_seed(5)
document = {"torch": torch.__version__, "nets": [follow(*item) for item in NETS.items()]}
with open(os.path.join(HERE, "nets.json"), "w", encoding="ascii") as file:
    json.dump(document, file)
    file.write("\n")
