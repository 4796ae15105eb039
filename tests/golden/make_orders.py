#!/usr/bin/python3
"""Writes orders.json: the first trials of the samplers that do not learn, from the definitions.

    /usr/bin/python3 tests/golden/make_orders.py

A study can be resumed by another version only if these never change. Read by
tests/search/test_orders.c.
"""
import json
import os

HERE = os.path.dirname(os.path.abspath(__file__))
MASK32, MASK64 = 2**32 - 1, 2**64 - 1
SAMPLER, ENUMERATION, UNSEEN = 5, 6, 9  # purposes of streams
N_TRIALS = 20


def philox4x32_10(counter, key):
    """Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011."""
    c, k = list(counter), list(key)
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(p1 >> 32) ^ c[1] ^ k[0], p1 & MASK32, (p0 >> 32) ^ c[3] ^ k[1], p0 & MASK32]
        k = [(k[0] + 0x9E3779B9) & MASK32, (k[1] + 0xBB67AE85) & MASK32]
    return c


def words(seed, purpose, index):
    block = 0
    while True:
        yield from philox4x32_10((block, purpose, index & MASK32, index >> 32),
                                 (seed & MASK32, seed >> 32))
        block += 1


def draw64(stream):
    low = next(stream)
    return low | next(stream) << 32


def below(stream, n):
    while True:
        draw = draw64(stream)
        if draw >= 2**64 % n:
            return draw % n


def mix(x):
    x = ((x ^ (x >> 33)) * 0xFF51AFD7ED558CCD) & MASK64
    x = ((x ^ (x >> 33)) * 0xC4CEB9FE1A85EC53) & MASK64
    return x ^ (x >> 33)


def brute_force(seed, size, number):
    """Place `number` of the seeded order of range(size)."""
    stream = words(seed, ENUMERATION, 0)
    keys = [draw64(stream) for _ in range(8)]
    half = max(1, ((size - 1).bit_length() + 1) // 2)
    code = number
    while True:
        left, right = code >> half, code & (2**half - 1)
        for key in keys:
            left, right = right, left ^ (mix(right ^ key) & (2**half - 1))
        code = left << half | right
        if code < size:
            return code


def decode(code, choices):
    indexes = []
    for n in reversed(choices):
        code, index = divmod(code, n)
        indexes.append(index)
    return indexes[::-1]


def random(seed, size, choices, number, seen):
    """A uniform draw; if it was asked before 64 new draws, then the seeded order of the space."""
    stream = words(seed, SAMPLER, number)
    draw = [below(stream, n) for n in choices]
    stream = words(seed, UNSEEN, number)
    for _ in range(64):
        if draw not in seen:
            return draw
        draw = [below(stream, n) for n in choices]
    position = 0
    while draw in seen:
        draw = decode(brute_force(seed, size, position), choices)
        position += 1
    return draw


def order(sampler, seed, choices):
    size = 1
    for n in choices:
        size *= n
    trials = []
    for number in range(min(N_TRIALS, size)):
        if sampler == "brute-force":
            trials.append(decode(brute_force(seed, size, number), choices))
        else:
            trials.append(random(seed, size, choices, number, trials))
    return {"sampler": sampler, "seed": seed, "choices": choices, "trials": trials}


def main():
    spaces = [[2, 3, 3], [5, 5], [1], [5, 5, 5, 5, 4, 4, 4], [10] * 12, [2] * 63, [4294967295, 3]]
    cases = [order(sampler, seed, choices) for sampler in ("brute-force", "random")
             for seed in (0, 42, 2**53 - 1) for choices in spaces]
    with open(os.path.join(HERE, "orders.json"), "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


if __name__ == "__main__":
    main()
