"""The job scripts of slurm/ under real SLURM daemons, on three nodes of this machine.

The job that runs into its time limit is submitted first, or nearly so, and looked at last, as it
takes longest.
States are what squeue and scontrol say.
"""
import json
import os
import re
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["BITFRONT_SOURCE"], "tests", "cli"))
import harness
import private_slurm
from killed import n_told, sessions
from launch import environment_of, wait_until

SCRIPTS = os.path.join(harness.SOURCE, "slurm")
N_NODES = 3
COST_MS = 50
# For more than half a minute, but not for a whole one.
N_LONG = 1700
N_SHORT = 150
LIMIT_S = 100
ENDS = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL")
JOB = harness.null_space("data_in_width", "data_in_frac_width", "weight_width", "weight_frac_width") + f"""
[search.strategy]
sw_runner.null.cost_ms = {COST_MS}
setup = {{sampler = "brute-force", n_trials = {N_SHORT}}}
metrics.accuracy = {{scale = 1.0, direction = "maximize"}}
"""


class Daemons(harness.Case):
    """A SLURM of one's own, and what can be asked of it."""

    @classmethod
    def setUpClass(cls):
        reason = private_slurm.why_not()
        if reason:
            raise harness.unittest.SkipTest(f"no SLURM here: {reason}")
        super().setUpClass()
        os.mkdir(cls.path("tmp"))
        cls.data = cls.synth("data", 2000)
        cls.job = cls.write("job.toml", JOB)
        cls.start_daemons()
        cls.environment = {
            **os.environ, "SLURM_CONF": cls.path("slurm", "slurm.conf"), "TMPDIR": cls.path("tmp"),
            "BITFRONT": harness.BITFRONT, "OMPI_MCA_btl_tcp_if_include": "lo",
            "OMPI_MCA_oob_tcp_if_include": "lo"}

    @classmethod
    def start_daemons(cls):
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "private_slurm.py")
        daemons = subprocess.Popen(
            [sys.executable, "-B", script, cls.path("slurm"), str(N_NODES)], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
        cls.addClassCleanup(cls.stop_daemons, daemons)
        word, *cls.nodes = daemons.stdout.readline().split() or [""]
        if word != "ready":
            raise AssertionError("the daemons of SLURM do not start")

    @classmethod
    def stop_daemons(cls, daemons):
        daemons.stdin.close()
        code = daemons.wait(40)
        daemons.stdout.close()
        if code != 0 or os.path.exists(cls.path("slurm")):
            raise AssertionError(f"the daemons of SLURM ended with {code} and may have left traces")

    @classmethod
    def ask(cls, *command, code=0):
        done = harness.run([str(word) for word in command], limit=20, env=cls.environment)
        if done.code != code:
            raise AssertionError(f"expected exit {code}\n{done}")
        return done.out

    @classmethod
    def submit(cls, *arguments):
        """The number of the new job, which talks to <number>.log, or <array>_<task>.log."""
        is_array = any(str(word).startswith("--array") for word in arguments)
        log = "%A_%a.log" if is_array else "%j.log"
        return cls.ask("sbatch", "--parsable", "--output", cls.path(log), *arguments).strip()

    @classmethod
    def submit_search(cls, name, *search, time=5, options=()):
        return cls.submit("--nodes", N_NODES, "--ntasks-per-node=1", "--time", time, *options,
                          os.path.join(SCRIPTS, "search.sbatch"), cls.job, cls.data, cls.path(name),
                          *search)

    def log(self, job):
        with open(self.path(f"{job}.log"), encoding="utf-8") as file:
            return file.read()

    def facts(self, job):
        """What scontrol says about a job."""
        return dict(re.findall(r"(\w+)=(\S*)", self.ask("scontrol", "show", "job", job)))

    def state_of(self, job):
        """Its state, and how often it was requeued."""
        facts = self.facts(job)
        return facts["JobState"], facts["Restarts"]

    def in_queue(self, job):
        """Its states as squeue shows them: one, or one for each task of an array."""
        return self.ask("squeue", "--noheader", "--array", "--states=all", "--format=%T",
                        "--jobs", job).split()

    def wait_for(self, job, state, exit_code="0:0"):
        """The facts about a job that has ended, in that state."""
        def has_ended():
            facts = self.facts(job)
            return facts if facts["JobState"] in ENDS else None
        try:
            facts = wait_until(has_ended, LIMIT_S, f"job {job} has not ended")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.facts(job)}\n{self.log(job)}") from None
        self.assertEqual((facts["JobState"], facts["ExitCode"]), (state, exit_code), self.log(job))
        return facts

    @classmethod
    def wait_for_trials(cls, name):
        wait_until(lambda: n_told(cls.path(name)) > 10, 40, "no trial told")

    def processes(self, job):
        """Those of a job that live, with their environments."""
        pids = [int(pid) for pid in os.listdir("/proc") if pid.isdigit()]
        found = {pid: environment_of(pid) for pid in pids}
        conf = self.environment["SLURM_CONF"]
        return {pid: variables for pid, variables in found.items()
                if variables.get("SLURM_CONF") == conf and variables.get("SLURM_JOB_ID") == job}

    def rank(self, job, rank):
        """The process of a rank."""
        def find():
            return [pid for pid, variables in self.processes(job).items()
                    if variables.get("OMPI_COMM_WORLD_RANK") == str(rank)]
        return wait_until(find, what=f"no rank {rank}")[0]

    def hosts(self, name):
        return sorted({row["host"] for row in harness.read_csv(self.path(name), "trials.csv")})

    def study(self, name):
        with open(self.path(name, "study.json"), encoding="utf-8") as file:
            return json.load(file)

    def is_whole(self, name, n_trials=N_SHORT):
        """Every trial is there once, with the numbers that one undisturbed process finds."""
        calm = self.path(f"calm-{n_trials}")
        if not os.path.exists(calm):
            self.require("search", self.job, "--data", self.data, "--out", calm, "--n-trials",
                         n_trials, "--set", "search.strategy.sw_runner.null.cost_ms=0")
        self.assertEqual(harness.steady(self.path(name), "trials.csv"),
                         harness.steady(calm, "trials.csv"))
        self.assertEqual(harness.steady(self.path(name), "front.csv"),
                         harness.steady(calm, "front.csv"))


class Jobs(Daemons):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.array = cls.submit("--array=0-2", "--ntasks-per-node=1", "--time=5",
                               os.path.join(SCRIPTS, "array.sbatch"), cls.job, cls.data,
                               cls.path("array"), "search.strategy.setup.sampler", "random", "qmc",
                               "brute-force")
        cls.comparison = cls.submit(
            f"--dependency=afterany:{cls.array}", "--ntasks=1",
            f"--wrap={harness.BITFRONT} compare {cls.path('array')}/*")
        cls.plain = cls.submit_search("plain")
        # slurmctld looks at limits every 30 s of its life: now it will half a minute before this
        # one, so that its signal comes before the search stops by itself.
        cls.wait_for_trials("plain")
        cls.limited = cls.submit_search("limited", "--n-trials", N_LONG, time=1,
                                        options=["--signal=B:USR1@50"])

    def test_array_task_alone_is_requeued_and_compared_in_the_end(self):
        one, *others = (f"{self.array}_{i}" for i in (2, 0, 1))
        self.wait_for_trials(os.path.join("array", "brute-force"))
        self.ask("scancel", "--batch", "--signal=USR1", one)
        wait_until(lambda: self.state_of(one) == ("PENDING", "1"), what="it is not requeued")
        self.assertEqual(self.in_queue(self.comparison), ["PENDING"])
        for task in others:
            self.assertEqual(self.wait_for(task, "COMPLETED")["Restarts"], "0")
        self.wait_for(one, "COMPLETED")
        self.assertEqual(len(sessions(self.path("array", "brute-force"))), 2)
        self.is_whole(os.path.join("array", "brute-force"))
        self.wait_for(self.comparison, "COMPLETED")
        for sampler in ("random", "qmc", "brute-force"):
            self.assertRegex(self.log(self.comparison), rf"\n\| {sampler} +\| {sampler} ")

    def test_cancelled_job_leaves_results_and_no_process_and_goes_on(self):
        job = self.submit_search("cancelled")
        self.wait_for_trials("cancelled")
        self.assertEqual(self.in_queue(job), ["RUNNING"])
        self.ask("scancel", job)
        self.assertEqual(self.wait_for(job, "CANCELLED", "4:0")["Restarts"], "0")
        wait_until(lambda: not self.processes(job), what="processes do not end")
        study = self.study("cancelled")
        self.assertEqual((study["end"], study["exit"]), ("signal", 4))
        self.assertLess(study["done"], N_SHORT)
        self.assertEqual(len(harness.read_csv(self.path("cancelled"), "trials.csv")), study["done"])
        self.wait_for(self.submit_search("cancelled"), "COMPLETED")
        self.is_whole("cancelled")

    def test_killed_worker_is_done_without(self):
        job = self.submit_search("victim", "--lease", 2)
        self.wait_for_trials("victim")
        os.kill(self.rank(job, 2), signal.SIGKILL)
        self.wait_for(job, "COMPLETED")
        self.assertRegex(self.log(job), rf"rank 2 on ({'|'.join(self.nodes)}) is lost")
        self.is_whole("victim")

    def test_search_spans_three_nodes(self):
        facts = self.wait_for(self.plain, "COMPLETED")
        self.assertEqual(facts["NumNodes"], str(N_NODES))
        self.assertEqual(self.hosts("plain"), self.nodes)
        self.assertIn(f"ranks    {N_NODES + 1} on {N_NODES} hosts", self.log(self.plain))
        self.is_whole("plain")

    def test_srun_runs_it_without_a_launcher(self):
        kinds = harness.run(["srun", "--mpi=list"], env=self.environment)
        if "pmix" not in kinds.out + kinds.err:
            self.skipTest("SLURM has no plugin for PMIx")
        # Open MPI 4.1 may crash inside MPI_Init (in its TCP part, when a neighbour was faster), and srun has
        # nobody who would start the ranks again.
        search = (f"srun --mpi=pmix {harness.BITFRONT} search {self.job} --data {self.data} "
                  f"--out {self.path('srun')}")
        job = self.submit("--nodes", N_NODES, "--ntasks-per-node=2", "--time=5",
                          f"--wrap={' || '.join([search] * 3)}")
        self.wait_for(job, "COMPLETED")
        self.assertEqual(self.hosts("srun"), self.nodes)
        self.is_whole("srun")

    def test_time_limit_stops_requeues_and_resumes(self):
        facts = self.wait_for(self.limited, "COMPLETED")
        self.assertGreater(int(facts["Restarts"]), 0)
        self.assertEqual(facts["TimeLimit"], "00:01:00")
        self.assertIn("requeueing", self.log(self.limited))
        *stopped, last = self.study("limited")["sessions"]
        self.assertEqual(len(stopped), int(facts["Restarts"]))
        for session in stopped:
            self.assertIn((session["end"], session["exit"]), (("signal", 4), ("time limit", 4)))
        self.assertEqual((last["end"], last["exit"]), ("n_trials", 0))
        self.is_whole("limited", N_LONG)


if __name__ == "__main__":
    harness.main(170)
