"""What the tests of the program share: running it, reading what it leaves behind.

$BITFRONT is the program and $BITFRONT_SOURCE the checkout; CTest sets both. A test is a module of
unittest cases that ends in harness.main().
"""
import atexit
import csv
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

BITFRONT = os.environ.get("BITFRONT", "")
SOURCE = os.environ.get("BITFRONT_SOURCE", "")
SHARED = os.environ.get("BITFRONT_SHARED", os.path.join(SOURCE, "..", "shared"))
JOBS = os.path.join(SOURCE, "jobs")
SKIPPED = 77
# Sanitizers and a busy machine are slow; a program that hangs is slower still.
LIMIT_S = 120
REFUSAL_S = 20

sys.path.insert(0, os.path.join(SOURCE, "tests", "metrics"))


class Run:
    """A finished program."""

    def __init__(self, command, code, out, err, seconds):
        self.command = command
        self.code = code
        self.out = out
        self.err = err
        self.seconds = seconds

    def __str__(self):
        return (f"$ {' '.join(self.command)}\n[exit {self.code} after {self.seconds:.1f} s]\n"
                f"{self.out[-2000:]}{self.err[-2000:]}")


def end(process):
    """Ends a program of ours: mpirun needs a moment to end its ranks."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.communicate(timeout=5)
            return
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            pass


def run(command, limit=LIMIT_S, stdin=None, env=None):
    """Runs a command to its end; fails when that takes longer than `limit` seconds."""
    start = time.monotonic()
    environment = {name: value for name, value in os.environ.items() if name != "BITFRONT_DATA"}
    with subprocess.Popen(command, text=True, start_new_session=True, errors="replace",
                          stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env={**environment, **(env or {})}) as process:
        try:
            out, err = process.communicate(stdin, timeout=limit)
        except subprocess.TimeoutExpired:
            end(process)
            raise AssertionError(f"still running after {limit} s: {' '.join(command)}") from None
        except BaseException:
            end(process)
            raise
    return Run(command, process.returncode, out, err, time.monotonic() - start)


def bitfront(*arguments, ranks=0, **how):
    """Runs bitfront: alone, or on `ranks` ranks of mpirun."""
    command = [BITFRONT, *map(str, arguments)]
    if ranks:
        command = ["sh", os.path.join(SOURCE, "tests", "mpi_run.sh"), str(ranks)] + command
    return run(command, **how)


def job(name):
    return os.path.join(JOBS, name)


def null_space(*widths, seed=None):
    """The head of a job: each of these widths, of an integer format, is one of ten."""
    return f"""
model = "jsc-tiny"
{"" if seed is None else f"seed = {seed}"}
[search.search_space]
name = "graph/quantize/mixed_precision_ptq"
setup.by = "name"
[search.search_space.seed.seq_blocks_2.config]
name = ["integer"]
""" + "".join(f"{width} = {list(range(2, 12))}\n" for width in widths)


def why_no_mounts():
    """Why nothing can be mounted here; None if something can."""
    if os.geteuid() != 0:
        return "mounting takes root"
    probe = subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"],
                           capture_output=True, text=True, check=False, timeout=60)
    return None if probe.returncode == 0 else f"nothing can be mounted: {probe.stderr.strip()}"


def replace(path, old, new):
    """Replaces the first `old` in the file, which must hold it."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if old not in text:
        raise AssertionError(f"no '{old}' in {path}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(old, new, 1))


def read_csv(*path):
    with open(os.path.join(*path), newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def steady(*path):
    """trials.csv or front.csv without its volatile columns: rank and what follows it."""
    with open(os.path.join(*path), newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    end_of_steady = rows[0].index("rank")
    return [row[:end_of_steady] for row in rows]


def wilson(n_correct, n_rows):
    """95 % Wilson score interval: the roots of (p - b)^2 = z^2 b (1 - b) / n."""
    z2 = 1.959963984540054 ** 2
    p = n_correct / n_rows
    middle = (p + z2 / (2 * n_rows)) / (1 + z2 / n_rows)
    half = (z2 * p * (1 - p) / n_rows + (z2 / (2 * n_rows)) ** 2) ** 0.5 / (1 + z2 / n_rows)
    return middle - half, middle + half


class Case(unittest.TestCase):
    """A test case with a folder that is gone afterwards, whatever happens."""

    maxDiff = 4000

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="bitfront-test-")
        atexit.register(shutil.rmtree, cls.folder, ignore_errors=True)

    @classmethod
    def path(cls, *names):
        return os.path.join(cls.folder, *names)

    @classmethod
    def write(cls, name, text):
        with open(cls.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return cls.path(name)

    @classmethod
    def require(cls, *arguments, code=0, **how):
        """Runs bitfront and insists on its exit code."""
        done = bitfront(*arguments, **how)
        if done.code != code:
            raise AssertionError(f"expected exit {code}\n{done}")
        return done

    @classmethod
    def synth(cls, name, rows, *options):
        cls.require("data", "synth", "--rows", rows, "--out", cls.path(name), *options)
        return cls.path(name)

    def one_line(self, done, code):
        """The program's one line about a failure. mpirun may say more behind it."""
        lines = done.err.splitlines()
        self.assertEqual(done.code, code, done)
        self.assertTrue(lines and lines[0].startswith("bitfront: "), done)
        self.assertEqual(sum(line.startswith("bitfront: ") for line in lines), 1, done)
        self.assertEqual(done.out, "", done)
        return lines[0][len("bitfront: "):]

    def refuse(self, arguments, code, *words, **how):
        """The command fails as documented, soon, with one line that holds `words`, and changes no
        file. "out" is where it may have wanted to write."""
        before = self.everything()
        done = bitfront(*arguments, limit=REFUSAL_S, **how)
        after = self.everything()
        shutil.rmtree(self.path("out"), ignore_errors=True)
        line = self.one_line(done, code)
        for word in words:
            self.assertIn(word, line, done)
        self.assertEqual(before, after, done)

    def everything(self):
        return {path: os.stat(path).st_mtime_ns for where, folders, files in os.walk(self.folder)
                for path in (os.path.join(where, name) for name in folders + files)}


def shared_file(name):
    """A file beside the checkout; a test without it is skipped."""
    path = os.path.join(SHARED, "data", name)
    if not os.path.exists(path):
        raise unittest.SkipTest(f"no file {path}")
    return path


def give_up(number, _frame):
    raise KeyboardInterrupt(f"ended by signal {number}")


def main(limit=280):
    """Runs the module's cases within `limit` seconds: a little less than CTest gives them, so that
    they can clean up. The exit code is 77 when all were skipped."""
    if not (os.path.exists(BITFRONT) and os.path.isdir(SOURCE)):
        sys.exit("BITFRONT and BITFRONT_SOURCE must name the program and its sources")
    signal.signal(signal.SIGALRM, give_up)
    signal.signal(signal.SIGTERM, give_up)
    signal.alarm(limit)
    result = unittest.main(module="__main__", argv=sys.argv[:1], verbosity=2, exit=False).result
    if not result.wasSuccessful() or result.testsRun + len(result.skipped) == 0:
        sys.exit(1)
    sys.exit(SKIPPED if len(result.skipped) >= result.testsRun else 0)
