"""The lines of the engine's bar that want a whole search: share of the peak, memory, start."""
import atexit
import csv
import glob
import json
import os
import re
import shutil
import statistics
import sys
import tempfile
import time

from program import SOURCE, Verdict, on_ranks, print_table, run, running

HERE = os.path.dirname(os.path.abspath(__file__))
JOB = os.path.join(SOURCE, "jobs", "lab4_front.toml")
EPOCHS_KEY = "search.strategy.sw_runner.basic_train.max_epochs"
N_EPOCHS = 5
TRAIN_ROWS, TRAIN_SHARE = 630_000, 0.64
FLOPS_A_MAC = 6
START_RANKS, START_ROUNDS = 4, 5
MIB = 2 ** 20


class Folder:
    """A folder that is gone afterwards, with the data set and the C programs in it."""

    _path = None

    @classmethod
    def path(cls, *names):
        if cls._path is None:
            cls._path = tempfile.mkdtemp(prefix="bitfront-bench-")
            atexit.register(shutil.rmtree, cls._path, ignore_errors=True)
        return os.path.join(cls._path, *names)

    @classmethod
    def fresh(cls, name):
        """A name that is free, whatever was there before."""
        shutil.rmtree(cls.path(name), ignore_errors=True)
        return cls.path(name)

    @classmethod
    def data(cls, program, options):
        """A synthetic set with the bar's training rows, or a tenth of them."""
        folder = cls.path("data")
        if not os.path.exists(folder):
            n_rows = round(TRAIN_ROWS / TRAIN_SHARE / (10 if options.quick else 1))
            program.text("data", "synth", "--rows", str(n_rows), "--out", folder)
        return folder

    @classmethod
    def compiled(cls, name, *flags):
        """A C program of this folder."""
        source = os.path.join(HERE, f"{name}.c")
        run(["mpicc", "-O2", *flags, source, "-o", cls.path(name)])
        return cls.path(name)


def set_bytes(program, folder):
    """Bytes of a set in memory: float32 features and a byte for the label."""
    info = program.json("data", "info", folder, "--json")
    return sum(info["rows"].values()) * (4 * len(info["features"]) + 1)


# --- the share of the peak over a whole search

def time_peak(program, core):
    """GFLOP/s of the core's multiply-add loop."""
    text, _ = run(["taskset", "-c", core, program.path, "bench", "engine", "--json", "--net", "x1",
                   "--batch", 256, "--mode", "float", "--phase", "eval", "--seconds", 0.2])
    return json.loads(text)[0]["peak_gflops"]


def training_flops(out, n_rows):
    """Operations of the products in training, all trials together. `macs` is of one row, because
    the job says bitops.batch_size = 1."""
    with open(os.path.join(out, "trials.csv"), newline="", encoding="utf-8") as file:
        return sum(FLOPS_A_MAC * float(trial["macs"]) * n_rows * N_EPOCHS
                   for trial in csv.DictReader(file) if trial["state"] == "COMPLETE")


def run_search(program, options):
    """The Lab 4 space, brute-force, by one process on one core."""
    data, out = Folder.data(program, options), Folder.fresh("search")
    core = str(max(os.sched_getaffinity(0)))
    n_rows = program.json("data", "info", data, "--json")["rows"]["train"]
    before, start_s = time_peak(program, core), time.monotonic()
    run(["taskset", "-c", core, program.path, "search", JOB, "--data", data, "--out", out,
         "--set", f"{EPOCHS_KEY}={N_EPOCHS}"])
    process_s = time.monotonic() - start_s
    peak = 1e9 * (before + time_peak(program, core)) / 2
    with open(os.path.join(out, "study.json"), encoding="utf-8") as file:
        study = json.load(file)
    flops = training_flops(out, n_rows)
    share = flops / study["wall_s"] / peak
    print(f"\nwhole search: {study['done']} trials of {N_EPOCHS} epochs of {n_rows} rows, "
          f"{flops / 1e9:.0f} GFLOP in {study['wall_s']:.2f} s of search ({process_s:.2f} s with "
          f"start, data and results), peak {peak / 1e9:.1f} GFLOP/s")
    return [Verdict("whole Lab 4 search, share of the peak", ">= 40 %", f"{100 * share:.1f} %",
                    share >= 0.4)]


# --- memory

def children():
    """{process: [its children]} of the whole machine."""
    tree = {}
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path, encoding="utf-8") as file:
                parent = int(file.read().rpartition(")")[2].split()[1])
        except OSError:
            continue
        tree.setdefault(parent, []).append(int(path.split("/")[2]))
    return tree


def ranks_of(launcher, path):
    """The processes below mpirun that run the program `path`."""
    tree, found, todo = children(), [], [launcher]
    while todo:
        process = todo.pop()
        todo += tree.get(process, [])
        try:
            if os.readlink(f"/proc/{process}/exe") == path:
                found.append(process)
        except OSError:
            pass
    return found


def pss(process):
    with open(f"/proc/{process}/smaps_rollup", encoding="utf-8") as file:
        return sum(1024 * int(line.split()[1]) for line in file if line.startswith("Pss:"))


def sample(command, path, n_ranks, sign):
    """Starts the command on ranks, waits until `sign` exists, and looks for three seconds.
    @return bytes of all ranks together, the largest sample."""
    with running(on_ranks(n_ranks, *command)) as launcher:
        end_s = time.monotonic() + 60
        while not os.path.exists(sign):
            if time.monotonic() > end_s or launcher.poll() is not None:
                sys.exit(f"{' '.join(map(str, command))} did not start on {n_ranks} ranks")
            time.sleep(0.02)
        samples = []
        for _ in range(12):
            time.sleep(0.25)
            ranks = ranks_of(launcher.pid, path)
            if len(ranks) != n_ranks:
                sys.exit(f"{len(ranks)} of {n_ranks} ranks are running")
            samples.append(sum(map(pss, ranks)))
        return max(samples)


def run_memory(program, options):
    """Ranks that train, against ranks that do nothing but MPI."""
    data, empty = Folder.data(program, options), Folder.compiled("empty_mpi")
    n_bytes, verdicts, rows = set_bytes(program, data), [], []
    for n_ranks in (1, 4) if options.quick else (1, 4, 16):
        out, sign = Folder.fresh("memory"), Folder.path(f"up-{n_ranks}")
        # So long that no rank runs out of work while it is looked at.
        search = [program.path, "search", JOB, "--data", data, "--out", out, "--progress", "none",
                  "--set", f"{EPOCHS_KEY}=1000"]
        ours = sample(search, program.path, n_ranks, out)
        theirs = sample([empty, sign], empty, n_ranks, sign)
        limit = 1.05 * n_bytes + 8 * MIB * n_ranks
        rows.append([str(n_ranks), *(f"{x / MIB:.1f}" for x in (ours, theirs, ours - theirs,
                                                               n_bytes, limit))])
        verdicts.append(Verdict(f"memory of {n_ranks} rank{'s' if n_ranks > 1 else ''}",
                                f"<= {limit / MIB:.1f} MiB", f"{(ours - theirs) / MIB:.1f} MiB",
                                ours - theirs <= limit))
    print("\nmemory: sum of PSS in MiB while the ranks train\n")
    print_table(["ranks", "search", "empty MPI", "difference", "data set", "limit"], rows)
    return verdicts


# --- the start

def run_start(program, options):
    """From MPI_Init_thread's return on rank 0 to the first task, with the shards in the page cache: the
    first round, which may have read them from disk, does not count."""
    data = Folder.data(program, options)
    library = Folder.compiled("first_dispatch", "-shared", "-fPIC")
    seconds = []
    for _ in range(1 + START_ROUNDS):
        command = ["env", f"LD_PRELOAD={library}", program.path, "search", JOB, "--data", data,
                   "--out", Folder.fresh("start"), "--n-trials", "1", "--progress", "none",
                   "--set", f"{EPOCHS_KEY}=1"]
        _, talk = run(on_ranks(START_RANKS, *command))
        seconds.append(float(re.search(r"first dispatch after ([0-9.]+) s", talk).group(1)))
    median = statistics.median(seconds[1:])
    print(f"\nstart: {', '.join(f'{s:.3f}' for s in seconds[1:])} s")
    return [Verdict(f"start of {START_RANKS} ranks", "<= 0.5 s", f"{median:.3f} s", median <= 0.5)]
