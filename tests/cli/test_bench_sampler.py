"""`bitfront bench sampler`: what it prints. How good samplers are belongs into tests/bench."""
import itertools
import json
import os
import statistics

import harness

KEYS = ["problem", "kind", "sampler", "set", "first_seed", "seeds", "trials", "in_flight", "hv",
        "distinct", "front_found", "study_us", "ask_tell_us"]
BUILT_IN = {"quant_jsc2": (40000, 83), "quant_jsc3": (40000, 194), "zdt1_d8k11": (11**8, 11),
            "zdt4_d8k17": (17**8, 17), "dtlz2_m3_d7k11": (11**7, 111)}
# Rows are (x1, x2) = (0, 0), (0, 1), (0, 2), (1, 0), ...; three of six are on the front, and one
# of these twice.
TABLE = "2 2 3 2\n0 10\n4 4\n9 9\n10 0\n4 4\n0.5 10\n"
FRONT = [(0, 10), (4, 4), (10, 0)]


def area(points, reference=(1.1, 1.1)):
    """What two objectives dominate: exact, from the definition, on the grid of all coordinates."""
    xs = sorted({p[0] for p in points} | {reference[0]})
    ys = sorted({p[1] for p in points} | {reference[1]})
    return sum((x1 - x0) * (y1 - y0)
               for x0, x1 in itertools.pairwise(xs) for y0, y1 in itertools.pairwise(ys)
               if any(p[0] <= x0 and p[1] <= y0 for p in points)
               and x1 <= reference[0] and y1 <= reference[1])


class Sampler(harness.Case):
    def bench(self, *options, **how):
        return self.require("bench", "sampler", *options, **how)

    def json(self, *options):
        return json.loads(self.bench("--json", *options).out)

    def steady(self, *options):
        """Without the times."""
        results = self.json(*options)
        results = results if isinstance(results, list) else [results]
        return [{k: v for k, v in result.items() if not k.endswith("_us")} for result in results]

    def test_table_file_with_known_answers(self):
        path = self.write("t.txt", TABLE)
        scaled = [(x / 10, y / 10) for x, y in
                  [(0, 10), (4, 4), (9, 9), (10, 0), (4, 4), (0.5, 10)]]
        for n in range(1, 7):
            result = self.json("--problem", path, "--sampler", "brute-force", "--set",
                               "ordered=true", "--trials", n, "--seeds", 2)
            seen = [p for p in scaled[:n] if max(p) < 1.1]
            self.assertEqual(list(result["hv"]), [str(n)])
            self.assertAlmostEqual(result["hv"][str(n)]["mean"], area(seen) / area(scaled))
            self.assertEqual(result["hv"][str(n)]["std"], 0)
            self.assertEqual(result["distinct"], n)
            self.assertAlmostEqual(result["front_found"], [1, 2, 2, 3, 3, 3][n - 1] / 3)

    def test_space_that_is_exhausted(self):
        path = self.write("t.txt", TABLE)
        for in_flight in (1, 4, 100, 10**12):
            result = self.json("--problem", path, "--sampler", "random", "--trials", 60,
                               "--in-flight", in_flight)
            self.assertEqual(list(result["hv"]), ["25", "50", "60"])
            for volume in result["hv"].values():
                self.assertAlmostEqual(volume["mean"], 1)
                self.assertAlmostEqual(volume["std"], 0)
            self.assertEqual(result["distinct"], 6)
            self.assertEqual(result["front_found"], 1)

    def test_three_objectives(self):
        """A cube's corners: (0,0,0) dominates all, so every objective is constant on the front."""
        rows = "\n".join(f"{x} {y} {z}" for x in (0, 1) for y in (0, 1) for z in (0, 1))
        path = self.write("cube.txt", f"3 2 2 2 3\n{rows}\n")
        result = self.json("--problem", path, "--sampler", "brute-force", "--set", "ordered=true",
                           "--trials", 1)
        self.assertAlmostEqual(result["hv"]["1"]["mean"], 1)
        self.assertEqual(result["front_found"], 1)

    def test_built_in_problems(self):
        for name, (size, n_front) in BUILT_IN.items():
            lines = self.bench("--problem", name, "--sampler", "random", "--trials", 30,
                               "--seeds", 2).out.splitlines()
            self.assertIn(f"{size} configurations", lines[0])
            self.assertIn(f"{n_front} vectors", lines[1])
            cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[3:]]
            self.assertEqual(cells[0], ["sampler", "25", "30", "std", "distinct", "front", "us"])
            self.assertEqual(cells[2][0], "random")
            self.assertEqual(cells[2][4], "30.0")
            self.assertEqual(len(cells), 3)

    def test_json_of_one_sampler_and_of_several(self):
        options = ["--problem", "zdt1_d8k11", "--trials", 60, "--seeds", 3, "--first-seed", 7]
        one = self.json(*options, "--sampler", "random", "--in-flight", 5, "--kind", "choice")
        self.assertEqual(list(one), KEYS)
        self.assertEqual(list(one["hv"]), ["25", "50", "60"])
        for key, value in [("problem", "zdt1_d8k11"), ("kind", "choice"), ("sampler", "random"),
                           ("set", []), ("first_seed", 7), ("seeds", 3), ("trials", 60),
                           ("in_flight", 5), ("distinct", 60), ("ask_tell_us", {})]:
            self.assertEqual(one[key], value)
        self.assertTrue(0 < one["study_us"] < 1e6)
        two = self.json(*options, "--sampler", "BruteForce", "--sampler", "random")
        self.assertEqual([result["sampler"] for result in two], ["brute-force", "random"])
        every = self.json("--problem", "zdt1_d8k11", "--trials", 2, "--seeds", 1)
        for result in every:
            self.assertEqual(list(result), KEYS)
        self.assertEqual(
            [r["sampler"] for r in every],
            [r["sampler"] for r in self.json("--problem", "zdt1_d8k11", "--trials", 2, "--seeds",
                                             1, "--sampler", "random", "--sampler", "all")])

    def test_mean_and_deviation_are_those_of_the_seeds(self):
        options = ["--problem", "quant_jsc3", "--trials", 40, "--sampler", "random"]
        single = [self.json(*options, "--seeds", 1, "--first-seed", seed) for seed in range(4)]
        four = self.json(*options, "--seeds", 4)
        for stop in ("25", "40"):
            values = [result["hv"][stop]["mean"] for result in single]
            self.assertAlmostEqual(four["hv"][stop]["mean"], statistics.mean(values), 12)
            self.assertAlmostEqual(four["hv"][stop]["std"], statistics.stdev(values), 12)
            self.assertEqual(single[0]["hv"][stop]["std"], 0)

    def test_same_seeds_give_the_same_figures(self):
        for in_flight in (1, 8):
            options = ["--problem", "quant_jsc2", "--trials", 60, "--seeds", 2, "--in-flight",
                       in_flight]
            first = self.steady(*options)
            self.assertEqual(first, self.steady(*options))
            self.assertNotEqual(first, self.steady(*options, "--first-seed", 5))

    def test_options_of_samplers(self):
        options = ["--problem", "quant_jsc2", "--trials", 40, "--seeds", 2, "--sampler", "qmc"]
        plain = self.json(*options)
        scrambled = self.json(*options, "--set", "scramble=true")
        halton = self.json(*options, "--set", "scramble=true", "--set", "qmc_type=halton")
        self.assertEqual(halton["set"], ["scramble=true", "qmc_type=halton"])
        self.assertEqual(len({str(r["hv"]) for r in (plain, scrambled, halton)}), 3)

    def test_times_are_measured_on_request(self):
        options = ["--problem", "zdt1_d8k11", "--trials", 5, "--seeds", 1, "--sampler", "random"]
        times = self.json(*options, "--times-at", 200, "--times-at", 50)["ask_tell_us"]
        self.assertEqual(list(times), ["200", "50"])
        self.assertTrue(all(0 < us < 1e5 for us in times.values()))
        self.assertEqual(list(self.json(*options, "--times")["ask_tell_us"]),
                         ["100", "1000", "10000"])
        small = self.write("t.txt", TABLE)
        times = self.json("--problem", small, "--sampler", "random", "--times-at", 100)
        self.assertEqual(times["ask_tell_us"], {"100": None})
        line = self.bench("--problem", small, "--sampler", "random", "--times-at", 100).out.splitlines()[-1]
        self.assertEqual(line.split("|")[-2].strip(), "-")

    def test_bad_tables_are_refused(self):
        for name, text, words in [
                ("empty", "", ["line 1"]), ("word", "2 2 x 2\n", ["line 1", "'x'"]),
                ("short", TABLE[:-7], ["line 6", "5 rows", "promises 6"]), ("long", TABLE + "1 2\n", ["line 8"]),
                ("wide", TABLE.replace("4 4", "4 4 4", 1), ["line 3"]),
                ("nan", TABLE.replace("9 9", "9 nan"), ["line 4", "nan"]),
                ("huge", "2 4000000000 4000000000 1\n1\n", ["line 1", "rows"]),
                ("nul", TABLE.replace("9 9", "9 \0009"), ["line 4"]),
                ("json", '{"a": 1}', ["line 1"])]:
            with self.subTest(name):
                path = self.write(name, text)
                self.refuse(["bench", "sampler", "--problem", path], 5, path, *words)

    def test_bad_options_are_refused(self):
        problem = ["--problem", "zdt1_d8k11"]
        os.makedirs(self.path("folder"), exist_ok=True)
        for options, words in [([], ["--problem"]), (["--problem", "zdt3"], ["zdt3", "zdt1_d8k11"]),
                               (["--problem", self.path("absent")], ["absent"]),
                               (["--problem", self.path("folder")], ["folder"]),
                               ([*problem, "--sampler", "rnadom"], ["rnadom", "random"]),
                               ([*problem, "--sampler", "auto"], ["auto"]),
                               ([*problem, "--seeds", "0"], ["--seeds"]),
                               ([*problem, "--trials", "-1"], ["--trials", "-1"]),
                               ([*problem, "--in-flight", "0"], ["--in-flight"]),
                               ([*problem, "--first-seed", "x"], ["--first-seed"]),
                               ([*problem, "--kind", "both"], ["--kind", "both", "choice"]),
                               ([*problem, "--set", "scramble"], ["scramble", "KEY=VALUE"]),
                               ([*problem, "--set", "=1"], ["KEY=VALUE"]),
                               ([*problem, "--set", "scrambel=true"], ["scrambel", "scramble"]),
                               ([*problem, "--set", "scramble=yes"], ["scramble", "yes"]),
                               ([*problem, "--set", "qmc_type=x"], ["qmc_type", "'x'"]),
                               ([*problem, "--set", "crossover_prob=2"], ["crossover_prob", "2"]),
                               ([*problem, "--times-at", "0"], ["--times-at"]),
                               ([*problem, *["--times-at", "9"] * 9], ["--times-at", "8"]),
                               ([*problem, "more"], ["more"])]:
            with self.subTest(options):
                self.refuse(["bench", "sampler", *options], 2, *words)


if __name__ == "__main__":
    harness.main()
