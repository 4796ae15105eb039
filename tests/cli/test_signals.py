"""Signals and time limits: a search told to stop writes what it has, and goes on where it stopped.

Searches run alone, under mpirun and under `bitfront run`. Trials of the null runner sleep; what is
compared are counts, files and the results of a search that nobody disturbed.
"""
import fcntl
import json
import os
import signal
import subprocess
import time

import harness
from processes import catches, ranks_of, wait_until

RANKS = 3
MPIRUN = ["sh", os.path.join(harness.SOURCE, "tests", "mpi_run.sh"), str(RANKS), harness.BITFRONT]
WAYS = {"alone": [harness.BITFRONT], "mpirun": MPIRUN,
        "run": [harness.BITFRONT, "run", "-n", str(RANKS), "--"]}
# mpirun hands a SIGTERM on after a second, and ends with a code of its own.
HAND_ON_S = {"mpirun": 1}
LEAVE_CODE = {"mpirun": 1}
# Writing results on a busy machine.
SLACK_S = 2.5
START_S = 30
# Of runs with a time limit.
LIMIT_S = 1.5
N_TRIALS = 30
NULL = harness.null_space("data_in_width", "weight_width", "bias_width", seed=5) + """
[search.strategy]
sw_runner.null = {cost_ms = 40, fail_trials = [8]}
setup = {n_trials = %d, sampler = "random"}
metrics.accuracy = {scale = 1.0, direction = "maximize"}
metrics.bitops = {scale = 1e-6, direction = "minimize"}
""" % N_TRIALS
TRIAL = "search.strategy.sw_runner.null."
TRAINING = "search.strategy.sw_runner.basic_train."
LEARNER = ("--sampler", "tpe", "--set", "search.strategy.setup.in_flight=4",
           "--set", "search.strategy.setup.n_startup_trials=6")
SAMPLERS = {"random": (), "tpe": LEARNER}
# A trial that outlasts the test.
LONG = ("--set", f"{TRIAL}slow_trials=[4]", "--set", f"{TRIAL}slow_factor=1000")


def read_records(folder):
    """The journal's whole lines."""
    try:
        with open(os.path.join(folder, "study.journal"), encoding="utf-8") as file:
            return [json.loads(line) for line in file if line.endswith("\n")]
    except FileNotFoundError:
        return []


def asked(folder):
    return sum(record["op_code"] == 4 for record in read_records(folder))


def told(folder):
    return sum(record["op_code"] == 6 for record in read_records(folder))


def ends(folder):
    """Of each session: why it ended, and its exit code."""
    return [(value["reason"], value["exit"]) for record in read_records(folder)
            for key, value in record.get("user_attr", {}).items() if key.startswith("end:")]


class Search:
    """A search that runs, to be disturbed, in a folder of its own."""

    n_begun = 0

    def __init__(self, case, way, name, *arguments, out=None, **how):
        self.case = case
        self.way = way
        Search.n_begun += 1
        self.folder = case.path(f"{name}-{Search.n_begun}")
        self.talk = self.folder + ".err"
        with open(self.talk, "a", encoding="utf-8") as talk:
            self.process = subprocess.Popen(
                WAYS[way] + ["search", *map(str, arguments), "--data", case.data, "--out",
                             self.folder, "--progress", "none"],
                stdin=subprocess.DEVNULL, stdout=out if out is not None else subprocess.DEVNULL,
                stderr=talk, start_new_session=True, **how)
        case.addCleanup(harness.end, self.process)

    def after(self, n):
        """Waits until so many trials have ended."""
        wait_until(lambda: told(self.folder) >= n or self.process.poll() is not None,
                   f"{n} trials", START_S)
        return self

    def send(self, number):
        self.process.send_signal(number)
        self.sent_s = time.monotonic()
        return self

    def has(self, name):
        return os.path.exists(os.path.join(self.folder, name))

    def ranks(self):
        """Processes by rank; of a search without mpirun the only one."""
        if self.way == "alone":
            return {0: self.process.pid}
        return ranks_of(self.process.pid)

    def expect_to_leave(self):
        return self.expect(LEAVE_CODE.get(self.way, 4), HAND_ON_S.get(self.way, 0) + SLACK_S)

    def expect(self, code, within_s=None):
        """How it ends, and that it does so soon after the signal. @return Its folder."""
        try:
            got = self.process.wait(harness.LIMIT_S)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.way}: still runs") from None
        with open(self.talk, encoding="utf-8") as file:
            self.case.assertEqual(got, code, f"{self.way}\n{file.read()}")
        if within_s is not None:
            self.case.assertLess(time.monotonic() - self.sent_s, within_s, self.way)
        return self.folder


class Signals(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Whoever started the test may have them ignored, and children would inherit that.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGHUP, harness.give_up)
        cls.data = cls.synth("data", 300)
        cls.job = cls.write("job.toml", NULL)
        cls.undisturbed = {}
        for name, options in SAMPLERS.items():
            cls.require("search", cls.job, "--data", cls.data, "--out", cls.path(name), *options,
                        "--progress", "none", code=3)
            cls.undisturbed[name] = harness.steady(cls.path(name), "trials.csv")

    def begin(self, way, name, *options, **how):
        return Search(self, way, name, self.job, *options, **how)

    def resume(self, folder, *options, ranks=0, code=3):
        self.require("search", "--resume", "--out", folder, "--data", self.data, "--progress",
                     "none", *options, ranks=ranks, code=code)

    def check_stopped(self, folder, reason):
        """Files, journal and status agree on what was done and why it ended."""
        self.assertEqual(ends(folder)[-1], (reason, 4))
        rows = harness.read_csv(folder, "trials.csv")
        self.assertEqual(len(rows), told(folder))
        with open(os.path.join(folder, "study.json"), encoding="utf-8") as file:
            study = json.load(file)
        self.assertEqual((study["exit"], study["done"] + study["failed"]), (4, len(rows)))
        with open(os.path.join(folder, "run.json"), encoding="utf-8") as file:
            self.assertEqual(json.load(file)["exit"], 4)
        status = self.require("status", folder).out
        self.assertIn(f"ended ({reason}), exit code 4", status)
        self.assertIn(f"--resume --out {folder}", status)

    def check_resumed(self, folder, name):
        """Every trial once, as if nothing had happened."""
        self.assertEqual(told(folder), N_TRIALS)
        self.assertEqual(harness.steady(folder, "trials.csv"), self.undisturbed[name])
        self.assertEqual(ends(folder)[-1], ("n_trials", 3))

    def test_usr1_takes_in_what_runs(self):
        for way in WAYS:
            for name, options in SAMPLERS.items():
                if name == "tpe" and way != "run":
                    continue
                with self.subTest(way=way, sampler=name):
                    search = self.begin(way, "finish", *options).after(5)
                    out = search.send(signal.SIGUSR1).expect(4)
                    self.assertEqual(asked(out), told(out))
                    self.assertLess(told(out), N_TRIALS)
                    self.check_stopped(out, "signal")
                    self.resume(out, ranks=RANKS if way == "alone" else 0)
                    self.check_resumed(out, name)

    def test_term_int_and_hup_write_and_leave(self):
        numbers = {"alone": (signal.SIGTERM, signal.SIGINT, signal.SIGHUP),
                   "mpirun": (signal.SIGTERM,),
                   "run": (signal.SIGTERM, signal.SIGHUP)}
        for way in WAYS:
            for number in numbers[way]:
                with self.subTest(way=way, signal=number):
                    # mpirun takes a second, in which a short study would end.
                    search = self.begin(way, "leave", "--n-trials", 200).after(5)
                    out = search.send(number).expect_to_leave()
                    self.check_stopped(out, "signal")
                    n = told(out)
                    before = self.numbers(out)
                    self.resume(out, "--n-trials", n + 10)
                    self.assertEqual(told(out), n + 10)
                    self.assertLessEqual(before, self.numbers(out))

    def numbers(self, folder):
        """Trials without their place on the front, which others may take."""
        rows = harness.steady(folder, "trials.csv")
        return {tuple(row[:rows[0].index("on_front")]) for row in rows}

    def test_learner_goes_on_where_it_was_left(self):
        search = self.begin("run", "learner", *LEARNER).after(7)
        out = search.send(signal.SIGTERM).expect(4)
        self.resume(out)
        self.check_resumed(out, "tpe")

    def test_term_ends_a_long_trial(self):
        for way in WAYS:
            with self.subTest(way=way):
                search = self.begin(way, "long", *LONG).after(4)
                wait_until(lambda: asked(search.folder) >= 5, "the long trial was asked", START_S)
                time.sleep(0.2)
                out = search.send(signal.SIGTERM).expect_to_leave()
                self.check_stopped(out, "signal")
                self.assertLess(told(out), asked(out))

    def test_term_ends_a_long_training(self):
        for way in WAYS:
            with self.subTest(way=way):
                search = Search(self, way, "training", harness.job("lab4_front.toml"), "--set",
                                f"{TRAINING}max_epochs=1000000")
                wait_until(lambda: asked(search.folder) >= 1, "the training began", START_S)
                time.sleep(0.2)
                out = search.send(signal.SIGTERM).expect_to_leave()
                self.check_stopped(out, "signal")
                self.assertEqual(told(out), 0)

    def test_usr1_before_the_first_trial_lets_none_begin(self):
        """The job is a pipe, on which the search waits until it has got the signal."""
        for way, n_ranks in (("alone", 1), ("mpirun", RANKS)):
            with self.subTest(way=way):
                pipe = self.path(f"pipe-{way}.toml")
                os.mkfifo(pipe)
                search = Search(self, way, "early", pipe)
                # It opens for writing when rank 0 reads, and has MPI behind it.
                fd = os.open(pipe, os.O_WRONLY)
                wait_until(lambda: len(search.ranks()) == n_ranks and
                           all(catches(pid, signal.SIGUSR1) for pid in search.ranks().values()),
                           "all ranks were there", START_S)
                search.send(signal.SIGUSR1)
                time.sleep(0.3)
                os.write(fd, NULL.encode())
                os.close(fd)
                out = search.expect(4)
                self.assertEqual(asked(out), 0)
                self.check_stopped(out, "signal")
                self.resume(out)
                self.check_resumed(out, "random")

    def hold_at_output(self, name, *options):
        """A search that has written its files and cannot print, because nobody reads its output."""
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        os.set_blocking(writer, False)
        try:
            while True:
                os.write(writer, b"\n" * 4096)
        except BlockingIOError:
            os.set_blocking(writer, True)
        search = self.begin("alone", name, *options, out=writer)
        os.close(writer)
        return search, reader

    def test_signals_after_the_last_trial_change_nothing(self):
        """The reader comes when the signals have."""
        for n_trials, code in ((5, 0), (12, 3)):
            with self.subTest(n_trials=n_trials):
                search, reader = self.hold_at_output("late", "--n-trials", n_trials)
                wait_until(lambda: search.has("study.json"), "results", START_S)
                for number in (signal.SIGUSR1, signal.SIGTERM, signal.SIGINT):
                    search.send(number)
                time.sleep(0.1)
                self.assertIsNone(search.process.poll())
                while os.read(reader, 65536) and search.process.poll() is None:
                    pass
                self.assertEqual(ends(search.expect(code)), [("n_trials", code)])

    def test_second_term_kills(self):
        search, _ = self.hold_at_output("second")
        search.after(3).send(signal.SIGTERM)
        wait_until(lambda: search.has("study.json"), "results", START_S)
        self.assertIsNone(search.process.poll())
        out = search.send(signal.SIGTERM).expect(-signal.SIGTERM, SLACK_S)
        self.resume(out)
        self.check_resumed(out, "random")

    def test_usr1_in_the_last_trials_leaves_the_study_complete(self):
        for way in ("alone", "run"):
            with self.subTest(way=way):
                search = self.begin(way, "complete", "--n-trials", 4, "--set",
                                    f"{TRIAL}cost_ms=400").after(3 if way == "alone" else 2)
                out = search.send(signal.SIGUSR1).expect(0)
                self.assertEqual(ends(out), [("n_trials", 0)])

    def test_worker_goes_on_after_usr1(self):
        search = self.begin("mpirun", "worker").after(3)
        os.kill(search.ranks()[2], signal.SIGUSR1)
        self.check_resumed(search.expect(3), "random")

    def test_worker_ends_some_time_after_term(self):
        """And its trials go to the other one."""
        search = self.begin("run", "ends", "--n-trials", 340).after(3)
        pid = search.ranks()[2]
        os.kill(pid, signal.SIGTERM)
        time.sleep(1)
        self.assertTrue(os.path.exists(f"/proc/{pid}"))
        rows = harness.read_csv(search.expect(3), "trials.csv")
        self.assertEqual(len(rows), 340)
        last = {row["rank"]: max(float(other["started_s"]) for other in rows
                                 if other["rank"] == row["rank"]) for row in rows}
        self.assertLess(last["2"], last["1"] - 0.5)

    def test_ignored_hup_stays_ignored(self):
        """As under nohup."""
        search = self.begin("alone", "nohup",
                            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        self.check_resumed(search.after(5).send(signal.SIGHUP).expect(3), "random")

    def run_limited(self, way, name, *options, seconds=LIMIT_S, code=4, env=None):
        """A search that ends by itself, so long after it began; mpirun may take 2 s more."""
        search = self.begin(way, name, *options, env={**os.environ, **(env or {})})
        wait_until(lambda: search.has("study.journal"), "a start", START_S)
        search.sent_s = time.monotonic()
        return search.expect(code, seconds + SLACK_S + (2 if way != "alone" else 0))

    def test_time_limit_begins_nothing_that_would_not_end(self):
        for way in ("alone", "run"):
            with self.subTest(way=way):
                out = self.run_limited(way, "soft", "--time-limit", LIMIT_S, "--set",
                                       f"{TRIAL}cost_ms=200")
                self.assertEqual(asked(out), told(out))
                self.assertGreater(told(out), 0)
                self.check_stopped(out, "time limit")

    def test_time_limit_leaves_a_long_trial(self):
        for way in WAYS:
            with self.subTest(way=way):
                out = self.run_limited(way, "hard", "--time-limit", LIMIT_S, *LONG)
                self.assertLess(told(out), asked(out))
                self.check_stopped(out, "time limit")

    def test_limited_runs_add_up(self):
        """None makes more than a part of it."""
        for name, options in SAMPLERS.items():
            with self.subTest(sampler=name):
                limit = ("--time-limit", 1)
                out = self.run_limited("alone", "parts", *options, *limit)
                n_runs = 1
                while ends(out)[-1][1] == 4 and n_runs < N_TRIALS:
                    harness.bitfront("search", "--resume", "--out", out, "--data", self.data,
                                     *limit, "--progress", "none", ranks=RANKS * (n_runs % 2))
                    n_runs += 1
                self.assertGreater(n_runs, 1)
                self.check_resumed(out, name)

    def test_end_of_a_slurm_job_is_a_time_limit(self):
        """Half a minute before it."""
        date_s = int(time.time()) + 1 + 30 + LIMIT_S
        out = self.run_limited("alone", "slurm", "--n-trials", 400, seconds=LIMIT_S + 1,
                               env={"SLURM_JOB_END_TIME": f"{date_s:.0f}"})
        self.assertGreater(told(out), 0)
        self.check_stopped(out, "time limit")

    def test_end_of_a_slurm_job_that_is_none_is_ignored(self):
        past = f"{time.time() - 9:.0f}"
        for date in ("", "soon", "12 h", "-5", "0", "nan", "inf", "1e300", past):
            with self.subTest(date=date):
                self.run_limited("alone", "junk", "--n-trials", 3, code=0,
                                 env={"SLURM_JOB_END_TIME": date})


if __name__ == "__main__":
    harness.main()
