"""Our samplers and our front beside Debian's Optuna, live, on one small problem.

A table of 4^6 configurations with two objectives: both tools get the same number of trials, and the
share of the true hypervolume they reach is compared. Optuna's front of one of our studies must be
ours, too.
"""
import itertools
import json
import math
import random
import statistics
import warnings

import harness

try:
    import optuna
except ImportError:
    optuna = None

N_PARAMETERS, N_CHOICES = 6, 4
N_TRIALS, N_SEEDS_OPTUNA, N_SEEDS_OURS = 80, 5, 20


def make_table():
    """Error falls with every index, cost rises; neighbours interact, and some noise is on top."""
    draw = random.Random(7)
    weights = [draw.uniform(0.5, 2) for _ in range(N_PARAMETERS)]
    costs = [draw.uniform(0.5, 2) for _ in range(N_PARAMETERS)]
    table = []
    for x in itertools.product(range(N_CHOICES), repeat=N_PARAMETERS):
        error = sum(w * math.exp(-i) for w, i in zip(weights, x))
        error += 0.4 * sum(abs(a - b) for a, b in zip(x, x[1:])) / N_PARAMETERS
        cost = sum(c * 2 ** i for c, i in zip(costs, x))
        table.append((error + draw.uniform(0, 0.05), math.log(cost)))
    return table


def front_of(points):
    """Sorted along the first objective, falling along the second."""
    front = []
    for point in sorted(set(points)):
        if not front or point[1] < front[-1][1]:
            front.append(point)
    return front


def hypervolume(points, reference):
    volume, ceiling = 0.0, reference[1]
    for x, y in front_of([p for p in points if p[0] < reference[0] and p[1] < reference[1]]):
        volume += (reference[0] - x) * (ceiling - y)
        ceiling = y
    return volume


class Problem:
    def __init__(self):
        table = make_table()
        front = front_of(table)
        lo = [min(p[m] for p in front) for m in (0, 1)]
        hi = [max(p[m] for p in front) for m in (0, 1)]
        self.table = table
        self.scaled = [tuple((p[m] - lo[m]) / (hi[m] - lo[m]) for m in (0, 1)) for p in table]
        self.volume = hypervolume(self.scaled, (1.1, 1.1))

    def text(self):
        head = f"{N_PARAMETERS} {' '.join([str(N_CHOICES)] * N_PARAMETERS)} 2\n"
        return head + "".join(f"{a!r} {b!r}\n" for a, b in self.table)

    def evaluate(self, indexes):
        code = 0
        for index in indexes:
            code = code * N_CHOICES + index
        return self.scaled[code]

    def share(self, points):
        return hypervolume(points, (1.1, 1.1)) / self.volume


def optuna_share(problem, make_sampler, seed):
    study = optuna.create_study(directions=["minimize"] * 2, sampler=make_sampler(seed))

    def objective(trial):
        return problem.evaluate([trial.suggest_int(f"x{d}", 0, N_CHOICES - 1)
                                 for d in range(N_PARAMETERS)])

    study.optimize(objective, n_trials=N_TRIALS)
    return problem.share([tuple(trial.values) for trial in study.trials])


class BesideOptuna(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if optuna is None:
            raise harness.unittest.SkipTest("no python3-optuna")
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        warnings.simplefilter("ignore")
        cls.problem = Problem()
        cls.file = cls.write("table.txt", cls.problem.text())
        samplers = optuna.samplers
        cls.peers = {name: [optuna_share(cls.problem, make, seed)
                            for seed in range(N_SEEDS_OPTUNA)]
                     for name, make in (("random", lambda s: samplers.RandomSampler(seed=s)),
                                        ("tpe", lambda s: samplers.TPESampler(seed=s)),
                                        ("nsgaii", lambda s: samplers.NSGAIISampler(seed=s)))}

    def ours(self, sampler):
        """Mean share and its standard deviation over seeds."""
        done = self.require("bench", "sampler", "--problem", self.file, "--sampler", sampler,
                            "--trials", N_TRIALS, "--seeds", N_SEEDS_OURS, "--json")
        result = json.loads(done.out)
        result = result[0] if isinstance(result, list) else result
        self.assertEqual(result["distinct"], N_TRIALS)
        last = result["hv"][str(N_TRIALS)]
        return last["mean"], last["std"]

    def assert_not_below(self, sampler, peer):
        mean, std = self.ours(sampler)
        values = self.peers[peer]
        error = math.sqrt(std ** 2 / N_SEEDS_OURS + statistics.variance(values) / N_SEEDS_OPTUNA)
        print(f"{sampler}: {mean:.4f} +- {std:.4f}, Optuna's {peer}: {statistics.mean(values):.4f}")
        self.assertGreaterEqual(mean, statistics.mean(values) - 2 * error)
        return mean, error

    def test_random_is_as_good_as_random(self):
        mean, error = self.assert_not_below("random", "random")
        self.assertLessEqual(mean, statistics.mean(self.peers["random"]) + 4 * error)

    def test_tpe_is_not_below_optunas(self):
        self.assert_not_below("tpe", "tpe")

    def test_nsgaii_is_not_below_optunas(self):
        self.assert_not_below("nsgaii", "nsgaii")

    def test_gp_is_above_them_all(self):
        mean, _ = self.assert_not_below("gp", "tpe")
        self.assertGreater(mean, max(statistics.mean(values) for values in self.peers.values()))

    def test_front_of_a_study_is_optunas(self):
        data = self.synth("data", 3000)
        self.require("search", harness.job("joint.toml"), "--data", data, "--out",
                     self.path("study"), "--n-trials", 16)
        with open(self.path("study", "study.json"), encoding="utf-8") as file:
            study = json.load(file)
        names = [objective["name"] for objective in study["objectives"]]
        theirs = optuna.create_study(
            directions=[objective["direction"] for objective in study["objectives"]])
        for row in harness.read_csv(self.path("study"), "trials.csv"):
            theirs.add_trial(optuna.trial.create_trial(values=[float(row[name])
                                                               for name in names]))
        self.assertEqual([trial.number for trial in theirs.best_trials], study["front"])


if __name__ == "__main__":
    harness.main()
