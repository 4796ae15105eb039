"""Chaos: workers and rank 0 are killed, stopped and slowed down, and the whole search is started
again, in an order that a seed decides; at the end every trial is there once, with the results of a
search that nobody disturbed, and nothing is left of any process.

A round over each kind of study; BITFRONT_LONG=1: BITFRONT_ROUNDS (10) of them. BITFRONT_SEED is
that of the first one.
"""
import collections
import json
import os
import random
import signal
import subprocess
import time

import harness
import processes

IS_LONG = os.environ.get("BITFRONT_LONG") == "1"
ROUNDS = int(os.environ.get("BITFRONT_ROUNDS", "10")) if IS_LONG else 1
SEED = int(os.environ.get("BITFRONT_SEED", "1"))
LEASE_S = 0.5
# Of a search with all its disturbances.
LIMIT_S = 150
MARK = "BITFRONT_CHAOS"
NULL = harness.null_space("data_in_width", "weight_width", "bias_width", seed=5) + """
[search.strategy]
metrics.accuracy = {scale = 1.0, direction = "maximize"}
metrics.bitops = {scale = 1e-6, direction = "minimize"}
[search.strategy.setup]
n_trials = 240
population_size = 16
[search.strategy.sw_runner.null]
cost_ms = 50
fail_trials = [8, 111]
slow_trials = [3, 60, 61, 62, 63, 140, 222]
slow_factor = 8
"""
TRAINED = """
model = "jsc-tiny"
batch_size = 64
seed = 5
[search.search_space]
name = "graph/bitfront/joint"
setup.by = "name"
[search.search_space.seed.seq_blocks_2.config]
name = ["integer"]
data_in = [[8, 6], [8, 4], [6, 3], [4, 2], [3, 1], [2, 1]]
weight = [[8, 6], [6, 4], [4, 2], [3, 1], [2, 1]]
channel_multiplier = [1, 2, 3, 4, 5]
[search.strategy.sw_runner.basic_train]
max_epochs = %d
optimizer = "adam"
learning_rate = 1e-2
[search.strategy]
metrics.accuracy = {scale = 1.0, direction = "maximize"}
metrics.bitops = {scale = 1e-6, direction = "minimize"}
setup = {n_trials = 120}
""" % (1500 if IS_LONG else 300)
SETUP = "search.strategy.setup."
RUNNER = "search.strategy.sw_runner.null."
# Job, sampler, ranks, exit code, further options.
STUDIES = {
    "random": (NULL, "random", 5, 3, ()),
    "tpe": (NULL, "tpe", 4, 3, (f"{SETUP}in_flight=6",)),
    "nsgaii": (NULL, "nsgaii", 5, 3, (f"{SETUP}in_flight=8",)),
    "trained": (TRAINED, "random", 4, 0, ()),
}
DEEDS = ["kill_worker", "kill_worker", "kill_worker", "stop_shortly", "stop_for_long",
         "stop_two_for_long", "slow_down", "stop_rank_0_shortly", "stop_rank_0_for_long",
         "kill_rank_0", "kill_mpirun", "end_and_resume"]
LONG_DEEDS = DEEDS + ["kill_worker", "kill_launcher", "kill_at_start"]
# Of a study in a short test; all studies together do each of them.
N_DEEDS = 6
totals = collections.Counter()


class Journal:
    """What the journal says of trials at a moment."""

    def __init__(self, folder):
        self.asked = collections.Counter()
        self.ended = collections.Counter()
        self.again = collections.Counter()
        self.n_sessions = 0
        try:
            with open(os.path.join(folder, "study.journal"), encoding="utf-8") as file:
                for line in file:
                    if line.endswith("\n"):
                        self.take(json.loads(line))
        except FileNotFoundError:
            pass

    def take(self, record):
        attributes = record.get("user_attr", {})
        if record["op_code"] == 4:
            self.asked[sum(self.asked.values())] += 1
        elif record["op_code"] == 6:
            self.ended[record["trial_id"]] += 1
        elif record["op_code"] == 8 and "rank" in attributes:
            self.again[record["trial_id"]] += 1
        self.n_sessions += any(key.startswith("session:") for key in attributes)

    def pending(self):
        return set(self.asked) - set(self.ended)


class Disturbed:
    """A search under the launcher that bad things happen to; nothing of it stays behind."""

    def __init__(self, case, name, seed):
        job, sampler, self.n_ranks, self.code, options = STUDIES[name]
        self.case = case
        self.draw = random.Random(f"{name} {seed}")
        self.name = f"{name}-{seed}"
        self.folder = case.path(self.name)
        self.variable = f"{MARK}={os.getpid()}-{self.name}"
        self.talk = open(self.folder + ".err", "a", encoding="utf-8")
        self.arguments = [case.write(f"{self.name}.toml", job), "--sampler", sampler,
                          *(word for option in options for word in ("--set", option)),
                          "--data", case.data, "--out", self.folder, "--lease", str(LEASE_S),
                          "--progress", "none"]
        self.launcher = None
        self.shared = set()
        self.hurt = (0, set())  # what must end before another worker is killed: session, trials
        self.deeds = collections.Counter()
        self.plan = self.draw_plan(name, seed)
        case.addCleanup(self.clean_up)

    def draw_plan(self, name, seed):
        if IS_LONG:
            return self.draw.sample(LONG_DEEDS, len(LONG_DEEDS))
        place = N_DEEDS * list(STUDIES).index(name)
        deeds = random.Random(seed).sample(DEEDS, len(DEEDS)) * 3
        return deeds[place:place + N_DEEDS]

    def start(self, *options):
        mark, value = self.variable.split("=")
        self.launcher = subprocess.Popen(
            [harness.BITFRONT, "run", "-n", str(self.n_ranks), "--retries", "9", "--stall", "30",
             "--start-timeout", "20", "--", "search", *self.arguments, *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.talk,
            env={**os.environ, mark: value}, start_new_session=True)

    def ours(self):
        return [pid for pid in processes.everybody()
                if processes.has_variable(pid, self.variable) and processes.lives(pid)]

    def left_over(self):
        """Files of shared memory that are there although all processes are gone."""
        return sorted(path for path in self.shared if os.path.exists(path))

    def clean_up(self):
        for pid in self.ours():
            os.kill(pid, signal.SIGKILL)
        if self.launcher is not None:
            self.launcher.wait()
        self.talk.close()
        for path in self.left_over():
            os.unlink(path)

    def runs(self):
        return self.launcher.poll() is None

    def ranks(self):
        found = processes.ranks_of(self.launcher.pid)
        for pid in found.values():
            self.shared |= {path for path in processes.shared_files(pid) if "segment" in path}
        return found

    def wait(self, condition, words, limit_s=60):
        """Whether it came to that before the search ended."""
        processes.wait_until(lambda: not self.runs() or condition(), f"{self.name}: {words}",
                             limit_s)
        return self.runs()

    def wait_for_work(self):
        """Until the search, or what follows it, has told a trial of its own session."""
        before = Journal(self.folder)

        def works():
            now = Journal(self.folder)
            return (len(self.ranks()) > 1 and
                    sum(now.ended.values()) > sum(before.ended.values()))
        return self.wait(works, "a trial was told")

    def send(self, pid, number):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass

    def worker(self):
        workers = [pid for rank, pid in sorted(self.ranks().items()) if rank > 0]
        return self.draw.choice(workers) if workers else None

    def rank_0(self):
        return self.ranks().get(0)

    # Deeds. Each returns whether it was done.

    def is_healed(self):
        """No trial of which a worker was killed is still under way: it would be poisonous if the
        next one was killed, too."""
        session, trials = self.hurt
        now = Journal(self.folder)
        return now.n_sessions > session or not trials & now.pending()

    def kill_worker(self):
        if not self.wait(self.is_healed, "lost trials have ended"):
            return False
        pid = self.worker()
        if pid is None:
            return False
        session = Journal(self.folder).n_sessions
        self.send(pid, signal.SIGKILL)
        # What it had is known by now, and whatever it was, it is among those that are open.
        time.sleep(0.4)
        self.hurt = (session, Journal(self.folder).pending())
        return True

    def stop(self, pids, seconds):
        for pid in pids:
            self.send(pid, signal.SIGSTOP)
        time.sleep(seconds)
        for pid in pids:
            self.send(pid, signal.SIGCONT)
        return bool(pids)

    def workers(self, n):
        pids = [pid for rank, pid in sorted(self.ranks().items()) if rank > 0]
        return self.draw.sample(pids, min(n, len(pids)))

    def stop_shortly(self):
        return self.stop(self.workers(1), self.draw.uniform(0.05, 0.6 * LEASE_S))

    def stop_for_long(self):
        return self.stop(self.workers(1), self.draw.uniform(1.5, 3) * LEASE_S)

    def stop_two_for_long(self):
        return self.stop(self.workers(2), self.draw.uniform(1.5, 3) * LEASE_S)

    def slow_down(self):
        pids = self.workers(2)
        for _ in range(12):
            self.stop(pids, 0.04)
            time.sleep(0.01)
        return bool(pids)

    def stop_rank_0(self, seconds):
        pid = self.rank_0()
        return pid is not None and self.stop([pid], seconds)

    def stop_rank_0_shortly(self):
        return self.stop_rank_0(self.draw.uniform(0.05, 0.6 * LEASE_S))

    def stop_rank_0_for_long(self):
        return self.stop_rank_0(self.draw.uniform(1.5, 3) * LEASE_S)

    def kill_rank_0(self):
        pid = self.rank_0()
        if pid is None:
            return False
        self.send(pid, signal.SIGKILL)
        return self.wait_for_work()

    def kill_mpirun(self):
        mpirun = processes.descendants(self.launcher.pid)[:1]
        for pid in mpirun:
            self.send(pid, signal.SIGKILL)
        return bool(mpirun) and self.wait_for_work()

    def kill_at_start(self):
        """One rank of those that start after rank 0 was lost."""
        old = self.ranks()
        if 0 not in old:
            return False
        self.send(old[0], signal.SIGKILL)
        if not self.wait(lambda: set(self.ranks().values()) - set(old.values()), "new ranks"):
            return False
        time.sleep(self.draw.uniform(0, 0.3))
        new = sorted(set(self.ranks().values()) - set(old.values()))
        if new:
            self.send(self.draw.choice(new), signal.SIGKILL)
        return self.wait_for_work()

    def resume(self):
        self.start("--resume")
        return self.wait_for_work()

    def end_and_resume(self):
        self.launcher.send_signal(self.draw.choice((signal.SIGTERM, signal.SIGUSR1)))
        self.launcher.wait(60)
        if self.launcher.returncode != 4:
            return False
        self.case.assertEqual(self.ours(), [], self.said())
        return self.resume()

    def kill_launcher(self):
        """mpirun ends its ranks then."""
        self.launcher.kill()
        self.launcher.wait()
        processes.wait_until(lambda: not self.ours(), "all processes ended", 30)
        return self.resume()

    def said(self):
        with open(self.folder + ".err", encoding="utf-8") as file:
            return f"{self.name}: {dict(self.deeds)}\n{file.read()[-6000:]}"

    def disturb(self):
        """Deeds in an order of the seed, and then to the end."""
        self.start()
        self.wait_for_work()
        for deed in self.plan:
            time.sleep(self.draw.uniform(0, 0.25))
            if not self.runs():
                break
            self.deeds[deed] += bool(getattr(self, deed)())
        try:
            return self.launcher.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still runs: {self.said()}") from None


class Chaos(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.synth("data", 600)

    @classmethod
    def tearDownClass(cls):
        print(", ".join(f"{what} {n}" for what, n in sorted(totals.items())), flush=True)

    def undisturbed(self, name):
        """Without the naps, of which one process makes nothing."""
        job, sampler, _, code, options = STUDIES[name]
        out = self.path(f"{name}-undisturbed")
        options = [word for option in (*options, f"{RUNNER}cost_ms=0") for word in
                   ("--set", option)] if job is NULL else []
        self.require("search", self.write(f"{name}.toml", job), "--data", self.data, "--out", out,
                     "--sampler", sampler, *options, "--progress", "none", code=code,
                     ranks=0 if job is NULL else 3)
        return self.results(out)

    def results(self, out):
        files = [harness.steady(out, "trials.csv"), harness.read_csv(out, "front.csv")]
        for row in files[1]:
            for volatile in ("rank", "host", "latency", "started_s", "duration_s"):
                row.pop(volatile, None)
        with open(os.path.join(out, "study.json"), encoding="utf-8") as file:
            study = json.load(file)
        return files + [study["front"], study["best"], study["exit"]]

    def check(self, search, expected, code):
        self.assertEqual(code, search.code, search.said())
        self.assertEqual(search.ours(), [], search.said())
        self.assertEqual(search.left_over(), [], search.said())
        journal = Journal(search.folder)
        n = sum(journal.asked.values())
        self.assertEqual(journal.ended, collections.Counter(range(n)), search.said())
        for got, wanted in zip(self.results(search.folder), expected):
            self.assertEqual(got, wanted, search.said())
        totals.update(search.deeds)
        totals.update({"trials": n, "lost": n - len(journal.ended), "sessions": journal.n_sessions,
                       "handed out again": sum(journal.again.values())})

    def survive(self, name):
        expected = self.undisturbed(name)
        for seed in range(SEED, SEED + ROUNDS):
            with self.subTest(seed=seed):
                search = Disturbed(self, name, seed)
                code = search.disturb()
                self.check(search, expected, code)
                search.clean_up()

    def test_random(self):
        self.survive("random")

    def test_tpe_in_flight(self):
        self.survive("tpe")

    def test_nsgaii_in_flight(self):
        self.survive("nsgaii")

    def test_trained(self):
        self.survive("trained")


class Poison(harness.Case):
    """Trials that kill whoever runs them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.synth("data", 300)
        cls.job = cls.write("job.toml", NULL)

    def search(self, name, ranks, trials, code, *options):
        self.require("run", "-n", ranks, *options, "--", "search", self.job, "--data", self.data,
                     "--out", self.path(name), "--n-trials", 40, "--sampler", "random",
                     "--set", f"{RUNNER}kill_trials={trials}", "--set", f"{RUNNER}cost_ms=5",
                     "--progress", "none", code=code)
        return self.path(name)

    def check(self, out, trials):
        rows = harness.read_csv(out, "trials.csv")
        self.assertEqual([int(row["number"]) for row in rows], list(range(40)))
        for row in rows:
            is_poisonous = int(row["number"]) in trials
            has_failed = is_poisonous or row["number"] == "8"
            self.assertEqual(row["state"], "FAIL" if has_failed else "COMPLETE")
            self.assertEqual("poisonous" in row["reason"], is_poisonous)

    def test_poisonous_trials_fail_after_two_workers(self):
        out = self.search("two", 6, [7, 20], 3)
        self.check(out, [7, 20])
        self.assertEqual(Journal(out).n_sessions, 1)

    def test_death_of_all_workers_by_a_trial_starts_new_ones(self):
        out = self.search("all", 3, [7], 3)
        self.check(out, [7])

    def test_poisonous_trial_of_a_lone_process_ends_its_restarts(self):
        out = self.search("lone", 1, [7], 4, "--retries", 2)
        self.assertLessEqual(Journal(out).n_sessions, 4)


if __name__ == "__main__":
    harness.main(limit=3600 if IS_LONG else 280)
