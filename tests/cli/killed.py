"""Searches that are killed at a chosen moment and go on: what the tests of --resume share."""
import json
import os
import re
import shutil
import signal
import subprocess
import time

import harness

# A search under sanitizers on a busy machine.
LIMIT_S = 60


def environment():
    return {name: value for name, value in os.environ.items() if name != "BITFRONT_DATA"}


def lines(out):
    """The whole lines of a study's journal."""
    try:
        with open(os.path.join(out, "study.journal"), "rb") as file:
            return file.read().split(b"\n")[:-1]
    except FileNotFoundError:
        return []


def records(out):
    return [json.loads(line) for line in lines(out)]


def n_told(out):
    return sum(line.startswith(b'{"op_code":6,') for line in lines(out))


def sessions(out):
    """What stands in the journal of each session."""
    found = (record["user_attr"] for record in records(out) if record["op_code"] == 2)
    return [value for attribute in found for key, value in attribute.items()
            if key.startswith("session:")]


def shared_files(pid):
    """The shared-memory files of a rank's job, by the part of their names that all of it has."""
    try:
        with open(f"/proc/{pid}/maps", encoding="utf-8") as file:
            names = set(re.findall(r"/dev/shm/(\w+_segment\.[^\s]*)\.\w+", file.read()))
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return []
    return [name + "." for name in names]


class Search:
    """A search on its way; whatever happens, nothing of it stays behind."""

    def __init__(self, arguments, out, ranks):
        self.out = out
        self.ranks = ranks
        self.shared = []
        self.n_sessions = len(sessions(out))
        command = [harness.BITFRONT, *map(str, arguments)]
        if ranks > 1:
            command = ["sh", os.path.join(harness.SOURCE, "tests", "mpi_run.sh"), str(ranks),
                       *command]
        self.process = subprocess.Popen(command, text=True, env=environment(),
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, start_new_session=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            harness.end(self.process)
        for stream in (self.process.stdout, self.process.stderr):
            stream.close()
        for mark in self.shared:
            for name in os.listdir("/dev/shm"):
                if name.startswith(mark):
                    os.unlink(os.path.join("/dev/shm", name))

    def runs(self):
        return self.process.poll() is None

    def wait(self, what):
        """Whether it came to that before the search ended."""
        end = time.monotonic() + LIMIT_S
        while self.runs():
            if what():
                return True
            if time.monotonic() > end:
                raise AssertionError(f"not within {LIMIT_S} s: {self.process.args}")
            time.sleep(0.001)
        return False

    def coordinator(self):
        """The pid of rank 0, once it has written that it has begun."""
        if not self.wait(lambda: len(sessions(self.out)) > self.n_sessions):
            return None
        pid = sessions(self.out)[-1]["pid"]
        self.shared = shared_files(pid)
        return pid

    def kill_after(self, n_trials, delay_s):
        """Kills rank 0 when so many more trials are told and a while has passed. Whether it was
        alive then."""
        pid = self.coordinator()
        before = n_told(self.out)
        if pid is None or not self.wait(lambda: n_told(self.out) >= before + n_trials):
            return False
        time.sleep(delay_s)
        return self.kill(pid)

    def kill(self, pid):
        if not self.runs():
            return False
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        self.process.communicate(timeout=LIMIT_S)
        return self.process.returncode != 0

    def finish(self):
        self.coordinator()
        out, err = self.process.communicate(timeout=LIMIT_S)
        return harness.Run(self.process.args, self.process.returncode, out, err, 0)


def contents(folder):
    """Every file of a folder, byte for byte."""
    found = {}
    for where, _, files in os.walk(folder):
        for name in files:
            with open(os.path.join(where, name), "rb") as file:
                found[os.path.relpath(os.path.join(where, name), folder)] = file.read()
    return found


def copy(folder, to):
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(folder, to)
    return to
