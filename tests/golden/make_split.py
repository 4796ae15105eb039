"""Writes split.txt: sklearn's train_test_split(test_size=0.2, random_state=seed) of n row numbers.

A line a case: n, seed, number of test rows, checksums of the test rows and of the others
(sum of (k + 1) * row_k modulo 2^61 - 1), then the first rows of each, at most 12.
Run: /usr/bin/python3 make_split.py (Debian's python3-sklearn)
"""
import pathlib

import numpy
from sklearn.model_selection import train_test_split

CASES = [(2, 0), (5, 1), (10, 42), (11, 42), (13, 7), (100, 0), (501, 42), (1000, 4294967295),
         (4097, 3), (65537, 42), (986806, 42)]
PRIME = 2**61 - 1


def checksum(rows):
    return sum((k + 1) * int(row) for k, row in enumerate(rows)) % PRIME


def main():
    lines = []
    for n, seed in CASES:
        others, test = train_test_split(numpy.arange(n), test_size=0.2, random_state=seed)
        numbers = [n, seed, len(test), checksum(test), checksum(others), *test[:12], *others[:12]]
        lines.append(" ".join(str(int(number)) for number in numbers))
    pathlib.Path(__file__).with_name("split.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
