"""study.journal, as Debian's Optuna reads it: everything in it against the other files of the
folder, while a search runs, after it was killed, and when it has ended."""
import datetime
import json
import os
import signal
import subprocess
import time
import warnings

import harness

try:
    import optuna
    from optuna.storages import JournalFileStorage, JournalStorage
    from optuna.trial import TrialState
except ImportError:
    optuna = None

METRICS = ["loss", "accuracy", "accuracy_micro", "dead_outputs", "bitops", "bitops_per_row",
           "flops", "macs", "average_bitwidth", "average_bitwidth_all", "memory_density",
           "w_overall_bit", "weight_bits", "bias_bits", "model_size_bytes", "n_params"]
HEAD = ["format", "version", "seed", "sampler", "space", "objectives", "constraints", "data",
        "n_trials", "repeats"]
SETUP = "search.strategy.setup."
# Conditional parameters (NA has no widths), tied values, a null among numbers, one single choice.
NULL = """
model = "jsc-lab4"
seed = 3
[search.search_space]
name = "graph/bitfront/joint"
setup.by = "name"
[search.search_space.seed.seq_blocks_2.config]
name = ["NA", "integer"]
channel_multiplier = [1, 2, 3]
data_in = [[8, 4], [6, 3]]
weight_width = [2, 4, 8]
weight_frac_width = ["NA", 2]
[search.search_space.seed.seq_blocks_4.config]
name = ["integer"]
data_in = [[8, 4]]
weight = [[8, 6], [4, 2], [2, 1]]
[search.strategy]
sw_runner.null = {cost_ms = 0, fail_trials = [3, 10]}
setup = {n_trials = 30, sampler = "random"}
[search.strategy.metrics]
accuracy = {scale = 0.3, direction = "maximize"}
bitops = {scale = 1e-7, direction = "minimize"}
"""
CONSTRAINTS = """
[search.strategy.constraints]
weight_bits = "<= 13000"
accuracy = ">= 0.3"
"""


def cell(value):
    """A value of a parameter as in trials.csv."""
    return {str: str, int: str, type(None): lambda _: "NA"}.get(type(value), json.dumps)(value)


def choice(value):
    """The same as Optuna has it: what it does not know are texts."""
    return json.dumps(value) if isinstance(value, list) else value


def load(folder):
    """A journal that grows. A file system may show a write page by page (ext4 does), and Optuna
    gives up when it meets half a line and then, still reading, the other half; so it does with its
    own journals. Reading once more helps."""
    for _ in range(5):
        try:
            return Loaded(folder)
        except json.JSONDecodeError:
            pass
    return Loaded(folder)


def date(naive):
    """Seconds since 1970 of a local time."""
    return naive.timestamp()


class Loaded:
    """A journal in Optuna beside the other files of its folder."""

    def __init__(self, folder):
        self.folder = folder
        self.path = os.path.join(folder, "study.journal")
        before = os.stat(self.path)
        storage = JournalStorage(JournalFileStorage(self.path))
        self.study = optuna.load_study(study_name=None, storage=storage)
        self.system_attrs = storage.get_study_system_attrs(self.study._study_id)
        self.trials = self.study.trials
        self.read_bytes = before.st_size

    def count(self, state):
        return sum(trial.state == state for trial in self.trials)

    def json(self, name):
        with open(os.path.join(self.folder, name), encoding="utf-8") as file:
            return json.load(file)

    def text(self, name):
        with open(os.path.join(self.folder, name), encoding="utf-8") as file:
            return file.read()

    def csv(self, name):
        return harness.read_csv(self.folder, name)


class JournalInOptuna(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if optuna is None:
            raise harness.unittest.SkipTest("no python3-optuna")
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        warnings.simplefilter("ignore")
        cls.data = cls.synth("data", 1000)
        cls.null = cls.write("null.toml", NULL)

    def arguments(self, job, name, *options):
        return ["search", job, "--data", self.data, "--out", self.path(name), *options]

    def search(self, job, name, *options, code=0, **how):
        self.require(*self.arguments(job, name, *options), code=code, **how)
        return Loaded(self.path(name))

    def start(self, *arguments):
        """Starts bitfront as one process; it is ended in any case."""
        process = subprocess.Popen([harness.BITFRONT, *arguments], start_new_session=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def wait_for(self, path):
        end = time.monotonic() + harness.REFUSAL_S
        while not os.path.exists(path):
            self.assertLess(time.monotonic(), end, f"no {path}")
            time.sleep(0.01)

    def check(self, loaded):
        """All of it."""
        self.check_study(loaded)
        rows, log = loaded.csv("trials.csv"), loaded.json("log.json")
        self.assertEqual([t.number for t in loaded.trials], list(range(len(rows))))
        for trial, row in zip(loaded.trials, rows):
            self.assertEqual(int(row["number"]), trial.number)
            self.check_parameters(loaded, trial, row, log[str(trial.number)])
            self.check_result(loaded, trial, row)
            self.check_constraints(loaded, trial)
        self.check_tests(loaded)

    def check_study(self, loaded):
        study, document = loaded.study, loaded.json("study.json")
        self.assertEqual(study.study_name, os.path.basename(loaded.folder))
        self.assertEqual([d.name.lower() for d in study.directions],
                         [o["direction"] for o in document["objectives"]])
        self.assertEqual(loaded.system_attrs["study:metric_names"],
                         [o.get("name", "sum_scaled_metrics") for o in document["objectives"]])
        head = study.user_attrs["bitfront"]
        self.assertEqual(head, {key: document[key] for key in head})
        self.assertEqual(set(head), set(HEAD))
        self.assertEqual(study.user_attrs["job"], loaded.text("job.toml"))
        session, end = study.user_attrs["session:0"], study.user_attrs["end:0"]
        for name in ("version", "isa", "backend", "ranks"):
            self.assertEqual(session[name], document[name], name)
        self.assertAlmostEqual(session["start_s"], document["start_s"], places=4)
        self.assertEqual((end["reason"], end["exit"]), (document["end"], document["exit"]))
        self.assertGreater(session["pid"], 0)
        self.assertNotEqual(session["host"], "")
        self.assertEqual(loaded.count(TrialState.COMPLETE), document["done"])
        self.assertEqual(loaded.count(TrialState.FAIL), document["failed"])
        self.assertEqual(len(loaded.trials), document["done"] + document["failed"])

    def check_parameters(self, loaded, trial, row, log):
        config = {name: node for name, node in log["user_attrs_sampled_config"].items()
                  if node is not None}
        self.assertEqual(trial.user_attrs["config"], config)
        self.assertEqual(trial.user_attrs["seed"], int(row["seed"]))
        parameters = {p["name"]: p["values"] for p in loaded.json("study.json")["space"]
                      ["parameters"]}
        meant = {name: values for name, values in parameters.items() if row[name] != ""}
        self.assertEqual(set(trial.params), set(meant))
        self.assertEqual(set(trial.distributions), set(meant))
        for name, values in meant.items():
            index = [cell(value) for value in values].index(row[name])
            self.assertEqual(index, log["params"][name])
            self.assertEqual(repr(trial.params[name]), repr(choice(values[index])))
            choices = trial.distributions[name].choices
            self.assertEqual(repr(list(choices)), repr([choice(value) for value in values]))

    def check_result(self, loaded, trial, row):
        result = trial.user_attrs["result"]
        self.assertEqual(set(result) - {"latency"},
                         {name for name in METRICS if row[name] != ""} |
                         {"rank", "host", "started_s", "duration_s", "reason"})
        for name in set(result) - {"rank", "host", "reason"}:
            self.assertEqual(f"{result[name]:.9g}", f"{float(row[name]):.9g}", name)
        for name in ("rank", "host", "reason"):
            self.assertEqual(str(result[name]), row[name])
        self.assertEqual(trial.user_attrs["rank"], result["rank"])
        self.assertEqual(trial.state.name, row["state"])
        self.assertLessEqual(trial.datetime_start, trial.datetime_complete)
        self.assertLess(date(trial.datetime_start), result["started_s"] + 0.1)
        self.assertAlmostEqual(date(trial.datetime_complete),
                               result["started_s"] + result["duration_s"], delta=5)
        if trial.state == TrialState.FAIL:
            self.assertIsNone(trial.values)
            self.assertNotEqual(result["reason"], "")
            return
        for value, objective in zip(trial.values, loaded.json("study.json")["objectives"]):
            # Sums have a second rounding; a single product is exact.
            exact = [t["scale"] * result[t["name"]] for t in objective.get("terms", [objective])]
            self.assertAlmostEqual(value, sum(exact), delta=1e-15 * sum(map(abs, exact)))
            if len(exact) == 1:
                self.assertEqual(value, exact[0])

    def check_constraints(self, loaded, trial):
        bounds = loaded.json("study.json")["constraints"]
        result, told = trial.user_attrs["result"], trial.system_attrs.get("constraints")
        if not bounds:
            self.assertEqual(trial.system_attrs, {})
        elif trial.state == TrialState.FAIL:
            self.assertEqual(told, [1.0] * len(bounds))
        else:
            self.assertEqual(told, [result[name] - float(text[3:]) if text.startswith("<=")
                                    else float(text[3:]) - result[name]
                                    for name, text in bounds.items()])

    def check_tests(self, loaded):
        """Test scores of the front, once each."""
        rows = [row for row in loaded.csv("front.csv") if row["test_accuracy"] != ""]
        tests = {key: value for key, value in loaded.study.user_attrs.items()
                 if key.startswith("test:")}
        for row in rows:
            test = tests[f"test:{row['number']}"]
            self.assertEqual(row["test_accuracy"], f"{test['correct'] / test['rows']:.9g}")
            self.assertEqual(row["test_loss"], f"{test['loss']:.9g}")

    def check_front(self, loaded):
        self.assertEqual(sorted(trial.number for trial in loaded.study.best_trials),
                         [int(row["number"]) for row in loaded.csv("front.csv")])

    def test_several_objectives(self):
        loaded = self.search(self.null, "several", code=3, ranks=3)
        self.check(loaded)
        self.check_front(loaded)
        self.assertEqual(loaded.count(TrialState.FAIL), 2)
        # There is something to check: parameters that matter now and then.
        seen = {len(trial.params) for trial in loaded.trials}
        self.assertGreater(len(seen), 1, seen)

    def test_one_objective(self):
        job = self.write("one.toml", NULL.replace("bitops = {", "# bitops = {"))
        loaded = self.search(job, "one", "--sampler", "tpe", code=3)
        self.assertEqual(len(loaded.study.directions), 1)
        self.check(loaded)
        best = max(trial.value for trial in loaded.trials if trial.value is not None)
        self.assertEqual(loaded.study.best_value, best)
        self.assertEqual(loaded.study.trials[loaded.json("study.json")["best"]].value, best)

    def test_sum_of_metrics(self):
        loaded = self.search(self.null, "sum", "--set", SETUP + "sum_scaled_metrics=true",
                             "--set", SETUP + "direction='maximize'", code=3)
        self.assertEqual(loaded.system_attrs["study:metric_names"], ["sum_scaled_metrics"])
        self.check(loaded)
        best = loaded.study.trials[loaded.json("study.json")["best"]]
        self.assertEqual(best.value, loaded.study.best_value)

    def test_constraints_and_repeats(self):
        job = self.write("constraints.toml", NULL + CONSTRAINTS)
        loaded = self.search(job, "constraints", "--set", SETUP + "repeats=3", code=3, ranks=3)
        self.check(loaded)
        told = [trial.system_attrs["constraints"] for trial in loaded.trials]
        self.assertTrue(any(max(c) > 0 for c in told) and any(max(c) <= 0 for c in told))

    def test_trained_nets_on_another_clock(self):
        """Times are local ones."""
        zone = os.environ.get("TZ")
        try:
            os.environ["TZ"] = "JST-9"
            time.tzset()
            loaded = self.search(harness.job("joint.toml"), "trained", "--n-trials", "8",
                                 "--set", "search.strategy.metrics.accuracy_micro.scale=0.3",
                                 ranks=3)
            self.check(loaded)
        finally:
            os.environ.pop("TZ")
            if zone is not None:
                os.environ["TZ"] = zone
            time.tzset()
        self.check_front(loaded)
        front = loaded.csv("front.csv")
        self.assertTrue(front and all(row["test_accuracy"] for row in front))
        start = loaded.trials[0].datetime_start.replace(
            tzinfo=datetime.timezone(datetime.timedelta(hours=9)))
        self.assertLess(abs(start.timestamp() - time.time()), 600)

    def test_name_in_other_letters(self):
        self.check(self.search(self.null, 'größe "7"', code=3))

    def test_loads_while_it_grows(self):
        out = self.path("growing")
        options = ("--n-trials", "60", "--set", "search.strategy.sw_runner.null.cost_ms=50")
        process = self.start(*self.arguments(self.null, "growing", *options))
        self.wait_for(os.path.join(out, "study.journal"))
        counts, n_running = [], 0
        while process.poll() is None:
            loaded = load(out)
            n_told = loaded.count(TrialState.COMPLETE) + loaded.count(TrialState.FAIL)
            n_running = max(n_running, len(loaded.trials) - n_told)
            # One that runs and one in advance.
            self.assertLessEqual(len(loaded.trials) - n_told, 2)
            counts.append(n_told)
            for trial in loaded.trials[n_told:]:
                self.assertEqual(trial.state, TrialState.RUNNING)
                self.assertEqual(set(trial.user_attrs), {"seed", "rank", "config"})
                self.assertGreater(len(trial.params), 0)
        self.assertEqual(process.wait(), 3)
        self.assertEqual(counts, sorted(counts))
        self.assertGreater(len(set(counts)), 5, counts)
        self.assertGreater(n_running, 0)
        self.check(Loaded(out))

    def test_killed_study_goes_on(self):
        out = self.path("killed")
        options = ("--n-trials", "40", "--set", "search.strategy.sw_runner.null.cost_ms=30")
        process = self.start(*self.arguments(self.null, "killed", *options))
        self.wait_for(os.path.join(out, "study.journal"))
        while len(load(out).trials) < 12:
            self.assertIsNone(process.poll())
        process.kill()
        self.assertEqual(process.wait(), -signal.SIGKILL)
        # Optuna reads over a line that was cut off.
        with open(os.path.join(out, "study.journal"), "ab") as file:
            file.write(b'{"op_code":6,"worker_id":"bitf')
        before = Loaded(out)
        n_told = before.count(TrialState.COMPLETE) + before.count(TrialState.FAIL)
        self.assertNotIn("end:0", before.study.user_attrs)
        self.assertGreater(n_told, 5)
        self.require(*self.arguments(self.null, "killed", "--resume", *options), code=3)
        after = Loaded(out)
        self.assertEqual(len(after.trials), 40)
        self.assertEqual(after.count(TrialState.FAIL), 2)
        self.assertEqual(after.count(TrialState.COMPLETE), 38)
        self.assertEqual(after.trials[:n_told], before.trials[:n_told])
        self.assertIn("session:1", after.study.user_attrs)
        self.assertEqual(after.study.user_attrs["end:1"]["reason"], "n_trials")
        self.check_front(after)

    def test_reading_changes_nothing(self):
        loaded = self.search(self.null, "read", code=3)
        self.assertEqual(os.path.getsize(loaded.path), loaded.read_bytes)
        self.assertFalse(os.path.lexists(loaded.path + ".lock"))
        with open(loaded.path, "rb") as file:
            lines = file.read().split(b"\n")
        self.assertEqual(lines.pop(), b"")
        for line in lines:
            record = json.loads(line)
            self.assertEqual(record["worker_id"], "bitfront")
            self.assertIn(record["op_code"], (0, 2, 3, 4, 6, 8))
        # Three lines a trial.
        per_trial = [json.loads(line)["op_code"] in (4, 6, 8) for line in lines]
        self.assertEqual(sum(per_trial), 3 * len(loaded.trials))


if __name__ == "__main__":
    harness.main()
