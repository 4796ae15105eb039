"""A search over three hosts, of which links are cut and hosts die: hosts of this machine, each with
a name, an address, an sshd, processes and shared memory of its own. Every trial is done once, with
the numbers it has anywhere, and nothing runs on any host afterwards.

The user does what users do: names hosts in a file, and can reach them with ssh.
"""
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

import fleet
import harness
from processes import rank_of, read, wait_until

NAMES = ["north", "east", "west"]
N_TRIALS = 80
JOB = harness.null_space("data_in_width", "weight_width") + """
[search.strategy]
sw_runner.null.cost_ms = 10
setup = {sampler = "brute-force", n_trials = 80}
metrics.accuracy = {scale = 1.0, direction = "maximize"}
"""
# Of the journal.
BEGIN, END = 4, 6
# Of programs that must not be left behind.
OURS = ("orted", "mpirun", harness.BITFRONT)
# What mpirun would need a minute for takes it a few seconds.
IMPATIENT = {f"OMPI_MCA_oob_tcp_keepalive_{name}": value
             for name, value in (("time", "2"), ("intvl", "1"), ("probes", "3"))}


class Search:
    """A `bitfront run` on a host, once the journal has so many lines of a kind."""

    def __init__(self, case, hosts, where="north", cost_ms=10, run=(), search=(), lease_s=1,
                 after=(END, 5)):
        self.case = case
        self.out = os.path.join(tempfile.mkdtemp(dir=case.folder), "out")
        self.hostfile = case.write("hostfile", "".join(f"{name} slots={n}\n" for name, n in hosts))
        self.n_ranks = sum(n for _, n in hosts)
        self.command = case.hosts.at(
            where, harness.BITFRONT, "run", "-n", str(self.n_ranks), "--hostfile", self.hostfile,
            *run, "--", "search", case.job, "--data", case.data, "--out", self.out,
            "--set", f"search.strategy.sw_runner.null.cost_ms={cost_ms}", "--lease", str(lease_s),
            *search)
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith(("OMPI_", "PMIX_", "PRTE_"))}
        self.log = os.path.join(case.hosts.folder, "talk")
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=subprocess.STDOUT,
                                            env={**environment, **IMPATIENT})
        case.addCleanup(self.end)
        wait_until(lambda: self.n_done(after[0]) >= after[1] or self.process.poll() is not None,
                   "the search does not begin", 40)

    def talk(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def n_done(self, operation):
        """Lines of the journal that begin a trial, or end one."""
        try:
            with open(os.path.join(self.out, "study.journal"), encoding="utf-8") as file:
                return file.read().count(f'"op_code":{operation}')
        except OSError:
            return 0

    def ranks(self):
        """{rank: (pid, host)}"""
        return {rank_of(pid): (pid, host) for pid, host in self.case.hosts.programs("search")
                if rank_of(pid) >= 0}

    def says(self, pattern, limit=20):
        try:
            wait_until(lambda: re.search(pattern, self.talk()), f"no word of '{pattern}'", limit)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.talk()}") from None

    def finish(self, code=0, limit=40):
        try:
            found = self.process.wait(limit)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {limit} s\n{self.talk()}") from None
        self.case.assertEqual(found, code, self.talk())

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Hosts:
    """What the cases share."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.synth("data", 200)
        cls.job = cls.write("job.toml", JOB)
        cls.require("search", cls.job, "--data", cls.data, "--out", cls.path("calm"))
        cls.calm = harness.steady(cls.path("calm", "trials.csv"))

    def setUp(self):
        self.hosts = fleet.Fleet(self, NAMES)

    def complete(self, search, hosts):
        """All trials are there, done on these hosts; nothing is left on those that can be seen."""
        self.assertEqual(harness.steady(search.out, "trials.csv"), self.calm)
        rows = harness.read_csv(search.out, "trials.csv")
        self.assertEqual({row["host"] for row in rows}, set(hosts))
        return rows

    def clean(self, *names, limit=5):
        """No process and no shared memory is left on these hosts."""
        def is_clean():
            return not [host for _, host in self.hosts.programs(*OURS) if host in names]
        wait_until(is_clean, f"{self.hosts.programs(*OURS)} do not end", limit)
        for name in names:
            self.assertEqual(self.hosts.shared_memory(name), [])


class Links(Hosts, harness.Case):
    def test_three_hosts_have_a_window_each(self):
        search = Search(self, [("north", 2), ("east", 3), ("west", 3)], cost_ms=300,
                        after=(BEGIN, 7))
        windows = {name: [] for name in NAMES}
        for pid, host in search.ranks().values():
            maps = read(pid, "maps").decode()
            windows[host].append(set(re.findall(r"(\S+) (\d+) +(/dev/shm/osc_sm\S+)", maps)))
        search.finish()
        self.complete(search, NAMES)
        self.assertIn("8 on 3 hosts", search.talk())
        self.assertEqual([len(windows[name]) for name in NAMES], [2, 3, 3])
        for name in NAMES:
            self.assertEqual(len(set.union(*windows[name])), 1, windows)
            self.assertTrue(all(windows[name]), windows)
        self.clean(*NAMES)

    def test_link_is_cut_and_healed(self):
        search = Search(self, [("north", 3), ("east", 2), ("west", 2)], cost_ms=300)
        self.hosts.cut("west")
        search.says("rank 6 on west is lost")
        self.hosts.heal("west")
        healed_s = time.time()
        search.says("rank 6 is back")
        search.finish()
        rows = self.complete(search, NAMES)
        self.assertTrue([row for row in rows if row["host"] == "west" and
                         float(row["started_s"]) > healed_s])
        self.clean(*NAMES)

    def test_link_is_cut(self):
        """Trials of the host that is cut off must not go to its idle workers: these are lost a
        moment later, and the trials would be suspected of having killed two. Workers with work fall
        silent a little before the idle ones here, so that it takes care to give them up together.
        """
        search = Search(self, [("north", 2), ("west", 4)], cost_ms=3000, after=(BEGIN, 3),
                        lease_s=2, search=("--n-trials", "3"))
        ranks = search.ranks()
        for rank in (2, 3):
            os.kill(ranks[rank][0], signal.SIGSTOP)
        time.sleep(0.45)
        self.hosts.cut("west")
        search.finish()
        self.assertIn("1 of 5 workers are left", search.talk())
        rows = harness.read_csv(search.out, "trials.csv")
        self.assertEqual([(row["state"], row["host"]) for row in rows], 3 * [("COMPLETE", "north")])
        self.clean(*NAMES, limit=10)


class Deaths(Hosts, harness.Case):
    def test_host_dies(self):
        search = Search(self, [("north", 3), ("east", 2), ("west", 2)], cost_ms=100)
        self.hosts.kill("west")
        search.finish()
        self.complete(search, NAMES)
        self.clean("north", "east")

    def test_host_of_rank_0_dies(self):
        """Which is not the launcher's."""
        search = Search(self, [("east", 2), ("west", 3)], cost_ms=100, run=("--stall", "3"))
        self.hosts.cut("east")
        self.hosts.kill("east")
        search.finish()
        self.assertEqual(search.talk().count("restart 1 of 3"), 1, search.talk())
        self.assertIn("host 'east' does not answer", search.talk())
        self.complete(search, ["east", "west"])
        self.clean("north", "west")
        self.assertEqual(os.listdir(os.path.dirname(search.out)), [os.path.basename(search.out)])

    def test_mistake_on_another_host_is_said_once(self):
        search = Search(self, [("east", 1), ("west", 1)], search=("--sampler", "nonsense"))
        search.finish(code=2)
        self.assertEqual(search.talk().count("nonsense"), 1, search.talk())
        self.assertNotIn("restart", search.talk())

    def test_host_of_the_launcher_dies(self):
        """Nobody can tell the others; their daemons find out."""
        search = Search(self, [("north", 2), ("east", 2), ("west", 2)], cost_ms=5000,
                        search=("--n-trials", "7"))
        self.hosts.cut("north")
        self.hosts.kill("north")
        search.end()
        self.clean("east", "west", limit=20)


if __name__ == "__main__":
    reason = fleet.why_not()
    if reason:
        print(f"skipped: {reason}")
        raise SystemExit(harness.SKIPPED)
    for unwanted in {"Links", "Deaths"} - set(sys.argv[1:] or ["Links", "Deaths"]):
        del globals()[unwanted]
    harness.main(limit=280)
