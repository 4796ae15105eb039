"""`bitfront compare`: volumes, fronts and correlations computed once more from the files, by other
means; the picture as XML; studies that cannot be compared.

    test_compare.py RANKS...     0: without mpirun
"""
import json
import os
import shutil
import sys
import xml.etree.ElementTree as tree

import numpy as np

import fronts
import harness

RANKS = [int(word) for word in sys.argv[1:]] or [0, 3]
SVG = "{http://www.w3.org/2000/svg}"
NULL = """
model = "jsc-lab4"
seed = 5
[search.search_space]
name = "graph/bitfront/joint"
setup.by = "name"
""" + "".join(f"""
[search.search_space.seed.seq_blocks_{i}.config]
name = ["integer"]
channel_multiplier = [1, 2, 3]
data_in = [[8, 4], [6, 3]]
weight = [[8, 6], [6, 4], [4, 2]]
bias = [[8, 4]]
""" for i in (2, 4)) + """
[search.strategy]
sw_runner.null = {cost_ms = 0}
setup = {n_trials = 40, sampler = "random"}
[search.strategy.metrics]
accuracy = {scale = 1.0, direction = "maximize"}
bitops = {scale = 1e-6, direction = "minimize"}
"""
THIRD = 'weight_bits = {scale = 0.5, direction = "minimize"}\n'


def ranks_of(values):
    """Ranks from 1, of equal values the mean."""
    values = np.asarray(values)
    return np.array([(values < v).sum() + ((values == v).sum() + 1) / 2 for v in values])


def spearman(x, y):
    return np.corrcoef(ranks_of(x), ranks_of(y))[0, 1]


class Compared:
    """What `compare` must find in these folders."""

    def __init__(self, folders):
        self.studies = [fronts.Study(folder) for folder in folders]
        everything = {(s, n): p for s, study in enumerate(self.studies)
                      for n, p in study.points.items()}
        self.joint = {key: a for key, a in everything.items()
                      if not any(b != a and all(x <= y for x, y in zip(b, a))
                                 for b in everything.values())}
        columns = list(zip(*self.joint.values()))
        self.ideal = [min(column) for column in columns]
        self.nadir = [max(column) for column in columns]
        for j, worst in enumerate(max(column) for column in zip(*everything.values())):
            if self.nadir[j] == self.ideal[j]:
                self.nadir[j] = worst
        self.volume = fronts.volume(fronts.scale(self.joint, self.ideal, self.nadir).values())

    def curve(self, study):
        """Shares of the joint volume after 1, 2, ... trials."""
        scaled = fronts.scale(study.points, self.ideal, self.nadir)
        seen, shares = [], []
        for row in study.rows:
            if int(row["number"]) in scaled:
                seen.append(scaled[int(row["number"])])
            shares.append(fronts.volume(seen) / self.volume)
        return shares

    def true_share(self, study, exhaustive):
        """Vectors of the true front whose configurations the study has tried."""
        tried = {study.configuration(n) for n in study.points}
        wanted = {}
        for n in exhaustive.front:
            wanted.setdefault(exhaustive.points[n], set()).add(exhaustive.configuration(n))
        return sum(bool(tried & c) for c in wanted.values()) / len(wanted)

    def values(self, metric):
        return [float(row[metric]) for study in self.studies for row in study.rows
                if row["state"] == "COMPLETE"]


class Compare(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.synth("data", 3000)
        cls.base = cls.path("base.h5")
        toy = harness.job("jsc_toy_by_type.toml")
        cls.require("train", toy, "--data", cls.data, "--out", cls.base)
        bitops = ("--set", "search.strategy.metrics.bitops={scale=1e-6, direction='minimize'}")
        cls.lab3 = [cls.search(name, toy, "--load", cls.base, "--sampler", sampler, "--n-trials", n,
                               "--seed", seed, *bitops, ranks=ranks)
                    for name, sampler, n, seed, ranks in (("all", "brute-force", 18, 1, 3),
                                                          ("some", "random", 10, 2, 0),
                                                          ("few", "random", 4, 3, 0))]
        job = cls.write("null.toml", NULL)
        cls.null = [cls.search(f"null{i}", job, "--seed", i) for i in range(3)]

    @classmethod
    def search(cls, name, job, *options, **how):
        cls.require("search", job, "--data", cls.data, "--out", cls.path(name), *options, **how)
        return cls.path(name)

    def compare(self, folders, *options, **how):
        return json.loads(self.require("compare", *folders, "--json", *options, **how).out)

    def check_volumes(self, found, expected):
        self.assertAlmostEqual(found["hypervolume"], expected.volume)
        for told, study in zip(found["studies"], expected.studies):
            shares = expected.curve(study)
            self.assertAlmostEqual(told["share"], shares[-1])
            self.assertAlmostEqual(told["hypervolume"], shares[-1] * expected.volume)
            for goal in (95, 99):
                reached = [i + 1 for i, share in enumerate(shares) if share >= goal / 100]
                self.assertEqual(told[f"trials_to_{goal}"], reached[0] if reached else None)
            steps = dict(map(tuple, told["curve"]))
            held = 0
            for i, share in enumerate(shares):
                held = steps.get(i + 1, held)
                self.assertAlmostEqual(held, share, msg=i)

    def check_joint_front(self, found, expected):
        vectors = {}
        for (s, n), point in expected.joint.items():
            vectors.setdefault(point, set()).add((found["studies"][s]["name"], n))
        told = [tuple(-v if o["direction"] == "maximize" else v
                      for v, o in zip(member["objectives"], found["objectives"]))
                for member in found["joint_front"]]
        self.assertEqual(len(told), len(vectors))
        self.assertEqual(told, sorted(told))
        for point, member in zip(told, found["joint_front"]):
            nearest = min(vectors, key=lambda v: sum(abs(a - b) for a, b in zip(v, point)))
            self.assertTrue(np.allclose(nearest, point, rtol=1e-9))
            self.assertEqual({(f["study"], f["number"]) for f in member["found_by"]},
                             vectors[nearest])

    def check_correlations(self, found, expected):
        varying = [m for m in ("loss", "accuracy", "bitops", "flops", "weight_bits", "bias_bits",
                               "n_params", "memory_density")
                   if len(set(expected.values(m))) > 1]
        self.assertGreater(len(varying), 3)
        for a in varying:
            for b in varying:
                if a != b:
                    self.assertAlmostEqual(found["spearman"][a][b],
                                           spearman(expected.values(a), expected.values(b)))
        for metric in ("latency", "dead_outputs"):
            if metric == "latency" or len(set(expected.values(metric))) == 1:
                self.assertNotIn(metric, found["spearman"])

    def test_lab3_space(self):
        found, expected = self.compare(self.lab3), Compared(self.lab3)
        self.check_volumes(found, expected)
        self.check_joint_front(found, expected)
        self.check_correlations(found, expected)
        for told, study in zip(found["studies"], expected.studies):
            self.assertEqual(told["true_front_share"],
                             expected.true_share(study, expected.studies[0]))
            self.assertEqual(told["front"], study.document["front"])
            self.assertEqual(told["trials"], len(study.rows))
            self.assertAlmostEqual(told["seconds_per_trial"],
                                   study.document["wall_s"] / len(study.rows))
        self.assertEqual([told["exhaustive"] for told in found["studies"]], [True, False, False])
        self.assertEqual(found["studies"][0]["share"], 1)
        self.assertEqual([told["name"] for told in found["studies"]], ["all", "some", "few"])

    def test_random_studies_with_two_and_three_objectives(self):
        job = self.write("third.toml", NULL + THIRD)
        third = [self.search(f"third{i}", job, "--seed", i) for i in range(2)]
        for folders in (self.null, third, third[:1]):
            found, expected = self.compare(folders), Compared(folders)
            self.check_volumes(found, expected)
            self.check_joint_front(found, expected)
            self.check_correlations(found, expected)
            self.assertTrue(all(told["true_front_share"] is None for told in found["studies"]))

    def test_one_objective(self):
        job = self.write("sum.toml", NULL.replace(
            'sampler = "random"',
            'sampler = "random", sum_scaled_metrics = true, direction = "maximize"'))
        folders = [self.search(f"sum{i}", job, "--seed", i) for i in range(2)]
        found, expected = self.compare(folders, "--svg", self.path("sum.svg")), Compared(folders)
        self.check_volumes(found, expected)
        self.check_joint_front(found, expected)
        texts = [t.text for t in tree.parse(self.path("sum.svg")).iter(SVG + "text")]
        self.assertIn("Hypervolume over trials", texts)
        self.assertNotIn("Fronts", texts)
        lines = self.require("compare", *folders).out.splitlines()
        head = next(i for i, line in enumerate(lines) if "found by" in line)
        self.assertEqual(lines[head].split("|")[1].strip(), "sum_scaled_metrics")
        best = max(t["objectives"][0] for t in found["joint_front"])
        self.assertAlmostEqual(float(lines[head + 2].split("|")[1]), best, places=4)

    def test_failed_trials_count_as_trials(self):
        job = self.write("fail.toml", NULL.replace("cost_ms = 0", "fail_trials = [0, 1, 5]"))
        folders = [self.search("fail", job, code=3), self.null[0]]
        found = self.compare(folders)
        self.check_volumes(found, Compared(folders))
        self.assertEqual([told["failed"] for told in found["studies"]], [3, 0])

    def test_text_says_the_same(self):
        found = self.compare(self.lab3)
        lines = self.require("compare", *self.lab3).out.splitlines()
        rows = [[word.strip() for word in line.strip("|").split("|")] for line in lines]
        for told, row in zip(found["studies"], rows[2:]):
            self.assertEqual(row[:4], [told["name"], told["sampler"], str(told["seed"]),
                                       str(told["trials"])])
            self.assertEqual(row[8], f"{100 * told['share']:.2f}")
            self.assertEqual(row[9:11], [str(told[key] or "-")
                                         for key in ("trials_to_95", "trials_to_99")])
            self.assertEqual(row[11], f"{100 * told['true_front_share']:.2f}")
        head = next(i for i, row in enumerate(rows) if row[:2] == ["", "metric"])
        names = [row[1] for row in rows[head + 2:] if len(row) > 2]
        for i, name in enumerate(names):
            for k in range(i):
                self.assertAlmostEqual(float(rows[head + 2 + i][2 + k]),
                                       found["spearman"][name][names[k]], delta=0.0051)
        self.assertIn("accuracy", names)

    def test_picture_shows_every_front_member(self):
        odd = self.path("a & <b> \"c\"")
        shutil.copytree(self.null[1], odd)
        folders = [self.null[0], odd]
        svg = self.path("two.svg")
        self.write("two.svg", "old")
        told = self.compare(folders, "--svg", svg)
        root = tree.parse(svg).getroot()
        self.assertEqual(root.tag, SVG + "svg")
        markers = [path for path in root.iter(SVG + "path") if path.get("transform")]
        n_front = [len(study["front"]) for study in told["studies"]]
        self.assertEqual(len(markers), sum(n_front) + 2)
        colours = [marker.get("stroke") for marker in markers]
        self.assertEqual(sorted(colours.count(c) for c in set(colours)),
                         sorted(n + 1 for n in n_front))
        lines = [path for path in root.iter(SVG + "path") if path.get("transform") is None]
        self.assertEqual(len(lines), 2 + sum(n > 1 for n in n_front))
        texts = [text.text for text in root.iter(SVG + "text")]
        for word in ("trials", "accuracy (maximised)", "1e-06 bitops (minimised)",
                     'a & <b> "c" (random, 40 trials)'):
            self.assertIn(word, texts)
        width, height = float(root.get("width")), float(root.get("height"))
        for marker in markers:
            x, y = map(float, marker.get("transform")[len("translate("):-1].split())
            self.assertTrue(0 < x < width and 0 < y < height)
        self.assertEqual([name for name in os.listdir(self.folder) if ".tmp." in name], [])

    def test_other_spaces_are_refused(self):
        svg = self.path("none.svg")
        for change, *words in (
                (("[1, 2, 3]", "[1, 2]"), "seq_blocks_2/channel_multiplier", "3 values", "2"),
                (("[6, 4]", "[5, 4]"), "seq_blocks_2/weight", "[6, 4]", "[5, 4]"),
                (("1e-6", "1e-5"), "scale of 'bitops'", "1e-06", "1e-05"),
                (("bitops =", "flops ="), "objective 2", "'bitops'", "'flops'")):
            shutil.rmtree(self.path("other"), ignore_errors=True)
            job = self.write("other.toml", NULL.replace(*change))
            out = self.search("other", job, "--n-trials", 3)
            for ranks in RANKS if words[-1] == "'flops'" else RANKS[:1]:
                self.refuse(["compare", self.null[0], out, "--svg", svg], 2,
                            "are not of one space", *words, ranks=ranks)

    def test_damaged_studies_are_refused_on_any_number_of_ranks(self):
        broken = self.path("broken")
        shutil.copytree(self.null[0], broken)
        harness.replace(os.path.join(broken, "study.journal"), '"state":1', '"state":x')
        for ranks in RANKS:
            self.refuse(["compare", self.null[0], broken, "--svg", self.path("none.svg")], 5,
                        "broken", "study.journal:", ranks=ranks)
        self.refuse(["compare", self.null[0], self.path("nowhere")], 5, "nowhere")

    def test_bad_arguments_are_refused(self):
        self.refuse(["compare"], 2, "DIR is missing")
        self.refuse(["compare", self.null[0], "--svh", "x"], 2, "--svg")
        self.refuse(["compare", self.null[0], "--svg", self.path("no", "folder.svg")], 1,
                    "folder.svg")

    def test_other_data_is_warned_of(self):
        data = self.synth("data2", 1000)
        self.require("search", self.write("null.toml", NULL), "--data", data, "--out",
                     self.path("data2study"))
        done = self.require("compare", self.null[0], self.path("data2study"))
        self.assertIn("were run on different data", done.err)

    def test_ranks_change_nothing(self):
        alone = self.require("compare", *self.null).out
        for ranks in RANKS:
            self.assertEqual(self.require("compare", *self.null, ranks=ranks).out, alone)


if __name__ == "__main__":
    harness.main()
