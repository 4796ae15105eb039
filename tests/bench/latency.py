"""The metric `latency`: that it depends on the net and its widths, and that two runs agree."""
import csv
import os

from program import Verdict, print_table
from whole_search import Folder

# The start of a job file, and the nodes that are Linears.
NETS = {
    "jsc-tiny": ('model = "jsc-tiny"', [2]),
    "16-256-256-5": ("""[model]
layers = [{type = "batchnorm"}, {type = "relu"}, {type = "linear", out = 256}, {type = "relu"},
          {type = "linear", out = 256}, {type = "relu"}, {type = "linear", out = 5}]""", [2, 4, 6]),
}
# Number formats of a Linear: (width, frac_width) of input and weight.
FORMATS = {"float": None, "16 x 16 bits": (16, 8), "8 x 8 bits": (8, 4), "4 x 4 bits": (4, 2),
           "2 x 2 bits": (2, 1)}
BATCH, N_RUNS, N_TIMES = 512, 2, 5
LEAST_RATIO, MOST_APART = 5, 0.30


def node_text(node, widths, is_first):
    """A node in one format. A job must have a choice: the first node's outputs, once or twice."""
    lines = [f"[search.search_space.seed.seq_blocks_{node}.config]"]
    if widths is None:
        lines.append('name = ["NA"]')
    else:
        lines += ['name = ["integer"]', "bias = [[8, 4]]",
                  *(f"{tensor} = [[{widths[0]}, {widths[1]}]]" for tensor in ("data_in", "weight"))]
    if is_first:
        lines.append("channel_multiplier = [1, 2]")
    return "\n".join(lines)


def job_text(net, widths):
    """Nothing is trained."""
    start, nodes = NETS[net]
    seeds = "\n".join(node_text(node, widths, node == nodes[0]) for node in nodes)
    return f"""dataset = "jsc"
task = "cls"
batch_size = {BATCH}
seed = 1
{start}
[search.search_space]
name = "graph/bitfront/joint"
[search.search_space.setup]
by = "name"
[search.search_space.seed.default.config]
name = ["NA"]
{seeds}
[search.strategy.sw_runner.null]
cost_ms = 0
[search.strategy.hw_runner.latency]
batch_size = {BATCH}
[search.strategy.setup]
sampler = "brute-force"
n_trials = 2
[search.strategy.metrics]
accuracy.scale = 1.0
accuracy.direction = "maximize"
latency.scale = 1.0
latency.direction = "minimize"
"""


def measure(program, options, net, widths):
    """Seconds a batch."""
    job = Folder.path("latency.toml")
    with open(job, "w", encoding="utf-8") as file:
        file.write(job_text(net, FORMATS[widths]))
    out = Folder.fresh("latency")
    program.text("search", job, "--data", Folder.data(program, options), "--out", out)
    with open(os.path.join(out, "trials.csv"), encoding="utf-8", newline="") as file:
        return next(float(row["latency"]) for row in csv.DictReader(file)
                    if row["seq_blocks_2/channel_multiplier"] == "1")


def run_latency(program, options):
    """Each run takes the nets and formats in turn; a figure is the least of a few, which neighbours
    on the machine disturb least."""
    runs = []
    for _ in range(N_RUNS):
        times = {(net, widths): [] for net in NETS for widths in FORMATS}
        for _ in range(N_TIMES):
            for key, values in times.items():
                values.append(measure(program, options, *key))
        runs.append({key: min(values) for key, values in times.items()})
    print(f"\nlatency: microseconds for a batch of {BATCH} rows, in two runs\n")
    print_table(["formats", *NETS, "ratio"],
                [[widths, *(", ".join(f"{1e6 * run[net, widths]:.1f}" for run in runs)
                            for net in NETS),
                  f"{ratio_of(runs[0], widths):.0f}"] for widths in FORMATS])
    least = min(ratio_of(run, widths) for run in runs for widths in FORMATS)
    apart = max(abs(runs[0][key] / runs[1][key] - 1) for key in runs[0])
    return [Verdict("latency of 16-256-256-5 over jsc-tiny", f">= {LEAST_RATIO} x",
                    f"{least:.0f} x", least >= LEAST_RATIO),
            Verdict("latency, two runs apart", f"<= {100 * MOST_APART:.0f} %",
                    f"{100 * apart:.0f} %", apart <= MOST_APART)]


def ratio_of(run, widths):
    return run["16-256-256-5", widths] / run["jsc-tiny", widths]
