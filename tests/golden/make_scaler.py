"""Writes scaler.json: rows, and numpy's mean and population standard deviation of each column.

The scale is sklearn's (StandardScaler), which sets it to 1 for columns that are constant.
Run: /usr/bin/python3 make_scaler.py (Debian's python3-sklearn)
"""
import json
import pathlib

import numpy
from sklearn.preprocessing import StandardScaler

N = 60


def main():
    random = numpy.random.default_rng(3)
    columns = [
        random.normal(size=N),
        1e8 + random.normal(size=N),
        1e-7 * random.exponential(size=N),
        numpy.full(N, 0.1),
        numpy.where(numpy.arange(N) % 2 == 0, 1e200, -1e200) * 1e-60,
        numpy.floor(random.uniform(0, 100, size=N)),
        numpy.zeros(N),
    ]
    rows = numpy.stack(columns, axis=1)
    scaler = StandardScaler().fit(rows)
    document = {
        "rows": rows.tolist(),
        "mean": numpy.mean(rows, axis=0).tolist(),
        "scale": scaler.scale_.tolist(),
    }
    path = pathlib.Path(__file__).with_name("scaler.json")
    path.write_text(json.dumps(document, indent=0) + "\n")


if __name__ == "__main__":
    main()
