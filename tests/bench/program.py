"""What the benchmarks share: running bitfront, alone and on ranks, and printing tables."""
import collections
import contextlib
import json
import os
import signal
import subprocess
import sys

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# A line of the bar: what is measured, what is wanted, what came out (texts), and whether it does.
Verdict = collections.namedtuple("Verdict", "line wanted measured is_reached")


def own_environment():
    """Ours without the BLAS that was put in front of the libraries for PyTorch."""
    environment = dict(os.environ)
    paths = environment.pop("LD_LIBRARY_PATH", "").split(":")[1:]
    if paths:
        environment["LD_LIBRARY_PATH"] = ":".join(paths)
    return environment


def run(command):
    """A command that must succeed. @return what it printed, standard output and error."""
    done = subprocess.run([str(word) for word in command], env=own_environment(), text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          check=False)
    if done.returncode != 0:
        sys.exit(f"$ {' '.join(map(str, command))}\n{done.stderr}exit code {done.returncode}")
    return done.stdout, done.stderr


def on_ranks(n_ranks, *command):
    """The command that runs a command on ranks of this machine."""
    return ["sh", os.path.join(SOURCE, "tests", "mpi_run.sh"), str(n_ranks), *map(str, command)]


@contextlib.contextmanager
def running(command):
    """A command in the background, ended with the block."""
    with subprocess.Popen(command, env=own_environment(), start_new_session=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            for number in (signal.SIGTERM, signal.SIGKILL):
                with contextlib.suppress(ProcessLookupError, subprocess.TimeoutExpired):
                    os.killpg(process.pid, number)
                    # mpirun takes a moment to end its ranks.
                    process.wait(timeout=10)


class Program:
    """bitfront."""

    def __init__(self, path):
        if not os.path.exists(path):
            sys.exit(f"no program {path}: run sh jobs/build.sh, or give --program FILE")
        self.path = os.path.realpath(path)

    def text(self, *arguments):
        return run([self.path, *arguments])[0]

    def json(self, *arguments):
        return json.loads(self.text(*arguments))


def print_table(columns, rows):
    """Markdown, aligned: the first column to the left, the others to the right."""
    widths = [max(len(row[i]) for row in [columns, *rows]) for i in range(len(columns))]

    def line(cells):
        aligned = [cell.ljust(width) if i == 0 else cell.rjust(width)
                   for i, (cell, width) in enumerate(zip(cells, widths))]
        return f"| {' | '.join(aligned)} |"

    rules = ["-" * (width + 1) + ("-" if i == 0 else ":") for i, width in enumerate(widths)]
    print("\n".join([line(columns), f"|{'|'.join(rules)}|", *map(line, rows)]))
