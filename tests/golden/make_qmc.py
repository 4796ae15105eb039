#!/usr/bin/python3
"""Writes qmc.json: points of the Sobol' and Halton sequences as SciPy makes them.

    /usr/bin/python3 tests/golden/make_qmc.py

Coordinates of Sobol' points are multiplied by 2^30. Read by tests/search/test_sobol.c and
test_halton.c.
"""
import json
import os

from scipy.stats import qmc

HERE = os.path.dirname(os.path.abspath(__file__))
N_DIMENSIONS = 64
NUMBERS = {"sobol": [*range(18), 1000, 12345, 2**20 + 7, 2**25 - 1],
           "halton": [*range(14), 1000, 12345, 2**20 + 7]}


def point(sequence, number):
    if sequence == "sobol":
        engine = qmc.Sobol(N_DIMENSIONS, scramble=False)
        if number > 0:
            engine.fast_forward(number)
        return [int(x * 2**30) for x in engine.random(1)[0]]
    engine = qmc.Halton(N_DIMENSIONS, scramble=False)
    engine.fast_forward(number)
    return [float(x) for x in engine.random(1)[0]]


def main():
    golden = {name: [{"number": number, "point": point(name, number)} for number in numbers]
              for name, numbers in NUMBERS.items()}
    with open(os.path.join(HERE, "qmc.json"), "w", encoding="utf-8") as file:
        json.dump(golden, file, separators=(",", ":"))
        file.write("\n")


main()
