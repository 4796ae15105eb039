"""`bitfront run` with the real mpirun: ranks, mpirun and the launcher itself are killed or stopped,
and in the end every trial is there once, with the numbers it would have had, and nothing else is
left.
"""
import json
import os
import signal

import harness
from launch import Launch, children_of, wait_until

N_TRIALS = 60
JOB = harness.null_space("data_in_width", "weight_width") + """
[search.strategy]
sw_runner.null.cost_ms = 30
setup = {sampler = "brute-force", n_trials = 60}
metrics.accuracy = {scale = 1.0, direction = "maximize"}
"""


class Loss(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.synth("data", 200)
        cls.job = cls.write("job.toml", JOB)
        cls.require("search", cls.job, "--data", cls.data, "--out", cls.path("calm"))
        cls.calm = cls.trials("calm")

    @classmethod
    def trials(cls, name):
        rows = harness.read_csv(cls.path(name), "trials.csv")
        end = list(rows[0]).index("rank")
        return [list(row.values())[:end] for row in rows]

    def launch(self, name, *options, search=()):
        return Launch(self, "-n", 3, *options, "--", "search", self.job, "--data", self.data,
                      "--out", self.path(name), *search)

    def begun(self, launch, name):
        """Its ranks, when the search has told a few trials."""
        def has_told():
            try:
                with open(self.path(name, "study.journal"), encoding="utf-8") as file:
                    return file.read().count('"op_code":6') > 4
            except OSError:
                return False
        ranks = launch.ranks(3)
        wait_until(has_told, what="no trial told")
        return ranks

    def nothing_left(self, launch):
        wait_until(lambda: not launch.processes(), limit=10, what="processes do not end")
        self.assertTrue(launch.families)
        self.assertEqual(launch.shared_memory(), [])

    def tidy(self, launch, done):
        """Nothing is left, and Open MPI has said nothing."""
        for words in ("PMIX", "ORTE", "-----"):
            self.assertNotIn(words, done.err, done)
        self.nothing_left(launch)

    def complete(self, launch, name, code=0, restarts=0):
        done = launch.finish()
        self.assertEqual(done.code, code, done)
        self.assertEqual(done.err.count("bitfront run: "), restarts, done)
        self.tidy(launch, done)
        self.assertEqual(self.trials(name), self.calm)
        return done

    def end_and_resume(self, name, number, is_stopped=False):
        launch = self.launch(name)
        ranks = self.begun(launch, name)
        if is_stopped:
            os.kill(ranks[0], signal.SIGSTOP)
        os.kill(launch.pid, number)
        done = launch.finish(8)
        self.assertEqual(done.code, 4, done)
        self.tidy(launch, done)
        self.assertLess(len(self.trials(name)), N_TRIALS)
        with open(self.path(name, "run.json"), encoding="utf-8") as file:
            self.assertEqual(json.load(file)["exit"], 4)
        self.complete(self.resumed(name), name)

    def resumed(self, name):
        launch = self.launch(name, search=("--resume",))
        launch.ranks(3)
        return launch

    def test_calm_run_is_that_of_a_single_process(self):
        launch = self.launch("plain")
        launch.ranks(3)
        self.complete(launch, "plain")

    def test_rank_0_is_killed(self):
        launch = self.launch("rank0")
        os.kill(self.begun(launch, "rank0")[0], signal.SIGKILL)
        self.complete(launch, "rank0", restarts=1)

    def test_worker_is_killed(self):
        launch = self.launch("worker")
        os.kill(self.begun(launch, "worker")[2], signal.SIGKILL)
        done = self.complete(launch, "worker")
        self.assertRegex(done.err, r"warning: rank 2 on \S+ is lost: .* 1 of 2 workers are left")

    def test_worker_is_stopped(self):
        launch = self.launch("sleeper", search=("--lease", "1"))
        os.kill(self.begun(launch, "sleeper")[1], signal.SIGSTOP)
        self.complete(launch, "sleeper")

    def test_all_workers_are_killed(self):
        launch = self.launch("alone")
        for pid in self.begun(launch, "alone")[1:]:
            os.kill(pid, signal.SIGKILL)
        done = self.complete(launch, "alone", restarts=1)
        self.assertEqual(done.out.count("Best trial(s)"), 1, done)

    def test_rank_0_is_stopped(self):
        """Slow trials: when it is woken up to leave, it could else do the rest at once."""
        launch = self.launch("stopped", "--stall", 2, search=(
            "--set", "search.strategy.sw_runner.null.cost_ms=100"))
        os.kill(self.begun(launch, "stopped")[0], signal.SIGSTOP)
        self.complete(launch, "stopped", restarts=1)

    def test_mpirun_is_killed(self):
        launch = self.launch("mpirun")
        self.begun(launch, "mpirun")
        os.kill(children_of(launch.pid)[0], signal.SIGKILL)
        self.complete(launch, "mpirun", restarts=1)

    def test_launcher_is_killed(self):
        launch = self.launch("launcher")
        self.begun(launch, "launcher")
        os.kill(launch.pid, signal.SIGKILL)
        launch.finish()
        self.nothing_left(launch)
        self.complete(self.resumed("launcher"), "launcher")

    def test_request_to_leave_ends_it(self):
        self.end_and_resume("leave", signal.SIGTERM)

    def test_request_to_leave_wakes_rank_0_up(self):
        self.end_and_resume("awake", signal.SIGTERM, is_stopped=True)

    def test_request_to_finish_ends_it(self):
        self.end_and_resume("finish", signal.SIGUSR1)

    def test_wrong_job_is_said_once(self):
        launch = Launch(self, "-n", 3, "--", "search", self.path("none.toml"), "--data", self.data,
                        "--out", self.path("none"))
        done = launch.finish()
        self.assertIn("none.toml", self.one_line(done, 2))


if __name__ == "__main__":
    harness.main()
