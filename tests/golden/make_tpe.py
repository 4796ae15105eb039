#!/usr/bin/python3
"""Writes tpe.json: densities of good and other trials, straight from their formulas.

    /usr/bin/python3 tests/golden/make_tpe.py

The formulas are those of docs/samplers.md, section tpe: the models `own`, `multivariate` and
`independent` in spaces of both kinds of parameters. Read by tests/search/test_tpe_fit.c.
"""
import json
import math
import os

import numpy as np
from scipy.stats import norm

HERE = os.path.dirname(os.path.abspath(__file__))
MODELS = ["own", "multivariate", "independent"]
SPACES = [([9], [True]), ([5, 4, 3], [True, False, True]),
          ([2, 1, 7, 300, 6], [True, True, False, True, False])]
SIZES = [1, 14, 47, 160]
N_PENDING = 3
N_POINTS = 5


def split(values):
    """One objective: the smallest tenth, earlier trials first among equals."""
    n_good = math.ceil(len(values) / 10)
    order = np.argsort(values, kind="stable")
    return sorted(order[:n_good]), sorted(order[n_good:])


def age_weights(n):
    if n < 25:
        return np.ones(n)
    return np.concatenate([np.linspace(1 / n, 1, n - 25), np.ones(25)])


def row_own(n_choices, ordered, n_free, n_good, center):
    stay = max(1 / n_choices, 1 - 1 / n_free)
    offset = n_choices / (16 * (n_good + 1))
    row = np.array([0.0 if c == center else 1 / (abs(c - center) + offset) if ordered else 1.0
                    for c in range(n_choices)])
    if n_choices > 1:
        row *= (1 - stay) / row.sum()
    row[center] = stay if n_choices > 1 else 1.0
    return row


def row_normal(n_choices, mean, sigma):
    edges = norm.cdf(np.arange(n_choices + 1) - 0.5, mean, sigma)
    mass = np.diff(edges)
    return mass / mass.sum()


def row_optuna(n_choices, ordered, n_joint, n_kernels, center):
    if not ordered:
        row = np.full(n_choices, 1 / n_kernels)
        row[center] += 1
        return row / (1 + n_choices / n_kernels)
    sigma = 0.2 * n_choices * max(n_kernels - 1, 1) ** (-1 / (n_joint + 4))
    sigma = min(max(sigma, n_choices / min(100, 1 + n_kernels)), n_choices)
    return row_normal(n_choices, center, sigma)


def row_prior(model, n_choices, ordered):
    if model != "own" and ordered:
        return row_normal(n_choices, (n_choices - 1) / 2, n_choices)
    return np.full(n_choices, 1 / n_choices)


def log_density(model, space, n_good, trials, weights, point):
    n_kernels = len(trials) + 1
    n_free = sum(c > 1 for c in space[0])
    factors = np.zeros((n_kernels, len(point)))
    for d, (n_choices, ordered) in enumerate(zip(*space)):
        factors[0, d] = row_prior(model, n_choices, ordered)[point[d]]
        for k, trial in enumerate(trials):
            if model == "own":
                row = row_own(n_choices, ordered, n_free, n_good, trial[d])
            else:
                n_joint = 1 if model == "independent" else n_free
                row = row_optuna(n_choices, ordered, n_joint, n_kernels, trial[d])
            factors[k + 1, d] = row[point[d]]
    weights = np.concatenate([[1], weights])
    weights = weights / weights.sum()
    if model == "independent":
        return float(np.log(weights @ factors).sum())
    return float(np.log(weights @ factors.prod(axis=1)))


def draw(random, space, n):
    """Different configurations."""
    seen = []
    while len(seen) < n:
        trial = [int(random.integers(c)) for c in space[0]]
        if trial not in seen:
            seen.append(trial)
    return seen


def case(random, model, space, n):
    trials = draw(random, space, n + N_PENDING)
    complete, pending = trials[:n], trials[n:]
    values = [round(float(v), 2) for v in random.random(n)]
    good, bad = split(values)
    good = [complete[i] for i in good]
    bad = [complete[i] for i in bad] + pending
    points = draw(random, space, N_POINTS)
    return {"model": MODELS.index(model), "n_choices": space[0],
            "is_choice": [0 if ordered else 1 for ordered in space[1]],
            "complete": complete, "values": values, "pending": pending, "points": points,
            "good": [log_density(model, space, len(good), good, np.ones(len(good)), p)
                     for p in points],
            "bad": [log_density(model, space, len(good), bad, age_weights(len(bad)), p)
                    for p in points]}


def main():
    random = np.random.default_rng(1)
    cases = [case(random, model, space, min(n, math.prod(space[0]) - N_PENDING))
             for model in MODELS for space in SPACES for n in SIZES]
    with open(os.path.join(HERE, "tpe.json"), "w", encoding="utf-8") as file:
        json.dump({"cases": cases}, file, separators=(",", ":"))
        file.write("\n")


main()
