"""Studies on disk and their fronts, computed from the files as plainly as possible: what `select`
and `compare` are measured against."""
import json
import os

import harness

REFERENCE = 1.1


class Study:
    """A result folder: candidates (trials with metrics that meet the constraints) and their
    minimised objectives. Without repeats only."""

    def __init__(self, folder):
        with open(os.path.join(folder, "study.json"), encoding="utf-8") as file:
            self.document = json.load(file)
        self.rows = harness.read_csv(folder, "trials.csv")
        self.names = [p["name"] for p in self.document["space"]["parameters"]]
        self.candidates = [row for row in self.rows if row["state"] == "COMPLETE"
                           and float(row.get("violation") or 0) == 0]
        self.points = {int(row["number"]): self.minimised(row) for row in self.candidates}
        self.front = [n for n, a in self.points.items()
                      if not any(b != a and all(x <= y for x, y in zip(b, a))
                                 for b in self.points.values())]

    def minimised(self, row):
        objectives = self.document["objectives"]
        if "terms" in objectives[0]:
            values = [sum(t["scale"] * float(row[t["name"]]) for t in objectives[0]["terms"])]
        else:
            values = [o["scale"] * float(row[o["name"]]) for o in objectives]
        return tuple(-v if o["direction"] == "maximize" else v
                     for v, o in zip(values, objectives))

    def configuration(self, number):
        row = next(row for row in self.rows if int(row["number"]) == number)
        return tuple(row[name] for name in self.names)


def scale(points, ideal=None, nadir=None):
    """Points by number on a scale from 0, the best, to 1, the worst value."""
    columns = list(zip(*points.values()))
    ideal = ideal or [min(column) for column in columns]
    nadir = nadir or [max(column) for column in columns]
    return {number: tuple((v - lo) / (hi - lo) if hi > lo else 0.0
                          for v, lo, hi in zip(point, ideal, nadir))
            for number, point in points.items()}


def volume(points, reference=REFERENCE):
    """Hypervolume by slices along the last objective."""
    points = sorted({p for p in points if all(v < reference for v in p)}, key=lambda p: p[-1])
    if not points:
        return 0.0
    if len(points[0]) == 1:
        return reference - points[0][0]
    heights = [p[-1] for p in points] + [reference]
    return sum((heights[i + 1] - heights[i]) * volume([p[:-1] for p in points[:i + 1]], reference)
               for i in range(len(points)) if heights[i + 1] > heights[i])
