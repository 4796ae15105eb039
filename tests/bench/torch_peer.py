"""The engine's peer: the same nets, quantised the way the Python tool does it, in PyTorch.

One thread, rows in memory, batches that are slices of contiguous rows: nothing but the training
step or the evaluation is timed. It must be imported in a process whose libblas.so.3 is OpenBLAS.
"""
import itertools
import time

import torch
from torch.nn import functional

N_ROWS, N_FEATURES, N_CLASSES, N_HIDDEN = 65536, 16, 5, 16
DATA, WEIGHT, BIAS = (8, 4), (8, 6), (8, 4)  # width, frac_width
N_WARM_UP, N_BETWEEN_LOOKS = 10, 4


class Integer(torch.autograd.Function):
    """Fixed point with a straight-through gradient. In place after the first step: that is the
    fastest of the ways to write it (torch.fake_quantize_per_tensor_affine was tried, too)."""

    @staticmethod
    def forward(ctx, x, width, frac_width):
        lowest = -2 ** (width - 1)
        y = x.mul(2.0 ** frac_width).round_().clamp_(lowest, -lowest - 1)
        return y.mul_(2.0 ** -frac_width)

    @staticmethod
    def backward(ctx, gradient):
        return gradient, None, None


class QuantisedLinear(torch.nn.Linear):
    def forward(self, x):
        return functional.linear(Integer.apply(x, *DATA), Integer.apply(self.weight, *WEIGHT),
                                 Integer.apply(self.bias, *BIAS))


def make_net(multiplier, is_quantised):
    """The Lab 4 net, its hidden layers `multiplier` times as wide."""
    linear = QuantisedLinear if is_quantised else torch.nn.Linear
    n = N_HIDDEN * multiplier
    return torch.nn.Sequential(
        torch.nn.BatchNorm1d(N_FEATURES), torch.nn.ReLU(), linear(N_FEATURES, n), torch.nn.ReLU(),
        linear(n, n), torch.nn.ReLU(), linear(n, N_CLASSES), torch.nn.ReLU())


class Rows:
    """Random rows, and batches of them for ever."""

    def __init__(self):
        self.features = torch.randn(N_ROWS, N_FEATURES)
        self.labels = torch.randint(0, N_CLASSES, (N_ROWS,))

    def batches(self, size):
        for first in itertools.cycle(range(0, N_ROWS, size)):
            yield self.features[first:first + size], self.labels[first:first + size]


def training_steps(net, batches):
    """Adam with foreach: fewer calls from Python, never slower here."""
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-3, foreach=True)
    for features, labels in batches:
        optimiser.zero_grad(set_to_none=True)
        functional.cross_entropy(net(features), labels).backward()
        optimiser.step()
        yield


def evaluation_steps(net, batches):
    net.eval()
    loss, n_correct = torch.zeros(()), torch.zeros((), dtype=torch.int64)
    for features, labels in batches:
        outputs = net(features)
        loss += functional.cross_entropy(outputs, labels, reduction="sum")
        n_correct += (outputs.argmax(1) == labels).sum()
        yield


class Timer:
    """One case, warm: a net, and the steps it takes."""

    def __init__(self, rows, multiplier, batch, mode, phase):
        steps = {"train": training_steps, "eval": evaluation_steps}[phase]
        self.batch = batch
        self.needs_gradients = phase == "train"
        self.steps = steps(make_net(multiplier, mode == "qat"), rows.batches(batch))
        self.take(N_WARM_UP)

    def take(self, n):
        with torch.set_grad_enabled(self.needs_gradients):
            for _ in range(n):
                next(self.steps)

    def rows_per_s(self, seconds):
        """After something else ran on the core: a few steps first."""
        self.take(N_BETWEEN_LOOKS)
        n_steps, start_s = 0, time.perf_counter()
        while time.perf_counter() - start_s < seconds:
            self.take(N_BETWEEN_LOOKS)
            n_steps += N_BETWEEN_LOOKS
        return n_steps * self.batch / (time.perf_counter() - start_s)


def prepare(seed=0):
    """One thread, and the rows. @return Rows."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    return Rows()
