"""Running the launcher in tests: what it starts, what it leaves behind, and an end to all of it
when a test fails."""
import glob
import os
import signal
import socket
import subprocess
import time

import harness

SHARED_MEMORY = "/dev/shm"


def environment_of(pid):
    """The variables that a process was started with; none if it is gone."""
    try:
        with open(f"/proc/{pid}/environ", encoding="utf-8", errors="replace") as file:
            return dict(pair.split("=", 1) for pair in file.read().split("\0") if "=" in pair)
    except OSError:
        return {}


def children_of(pid):
    found = []
    for path in glob.glob(f"/proc/{pid}/task/*/children"):
        with open(path, encoding="ascii") as file:
            found += map(int, file.read().split())
    return sorted(found)


def wait_until(condition, limit=20, what="nothing happened"):
    """What `condition` returns once it is true."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what} within {limit} s")


class Launch:
    """A `bitfront run` that was started; ended with the test at the latest."""

    def __init__(self, case, *arguments, env=None, before=()):
        self.command = [*before, harness.BITFRONT, "run", *map(str, arguments)]
        self.families = set()
        self.start = time.monotonic()
        self.paths = [case.path(f"launch-{time.monotonic_ns()}.{name}") for name in ("out", "err")]
        with open(self.paths[0], "wb") as out, open(self.paths[1], "wb") as err:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=err, start_new_session=True,
                                            env={**os.environ, **(env or {})})
        self.pid = self.process.pid
        case.addCleanup(self.end)

    def processes(self):
        """Every process of its runs that lives."""
        mark = f"{socket.gethostname()}-{self.pid}-"
        return [int(pid) for pid in os.listdir("/proc") if pid.isdigit() and
                environment_of(pid).get("BITFRONT_RUN", "").startswith(mark)]

    def ranks(self, n):
        """The processes of its n ranks, in order, once they live. Notes Open MPI's job."""
        def find():
            known = {}
            for pid in self.processes():
                variables = environment_of(pid)
                if "OMPI_COMM_WORLD_RANK" in variables:
                    known[int(variables["OMPI_COMM_WORLD_RANK"])] = pid
                    self.families.add(int(variables["PMIX_NAMESPACE"]) >> 16)
            return [known[rank] for rank in range(n)] if len(known) == n else None
        return wait_until(find, what=f"not {n} ranks")

    def shared_memory(self):
        """Files of its jobs that are left."""
        return [name for name in os.listdir(SHARED_MEMORY) for family in self.families
                if f".{family:x}0001." in name]

    def finish(self, limit=60):
        try:
            code = self.process.wait(limit)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {limit} s\n{self.talk()}") from None
        texts = [self.read(path) for path in self.paths]
        return harness.Run(self.command, code, *texts, time.monotonic() - self.start)

    def talk(self):
        return self.read(self.paths[1])

    @staticmethod
    def read(path):
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for name in self.shared_memory():
            os.unlink(os.path.join(SHARED_MEMORY, name))
