#!/bin/sh
# From nothing to two Pareto fronts: installs what is missing, builds, makes a synthetic data set,
# trains a base net, searches its number formats, then widths and formats together, and takes a net.
# Everything it makes is in build/quickstart, anew at every run.
set -eu
cd "$(dirname "$0")/.."

sh jobs/build.sh
. jobs/mpi_env.sh
bitfront=build/release/src/cli/bitfront
out=build/quickstart
rm -rf "$out"
mkdir -p "$out"

run() {
  printf '\n$ %s\n' "$*"
  "$@"
}

run "$bitfront" --version
run "$bitfront" data synth --rows 200000 --label-noise 0.12 --out "$out/data"
run "$bitfront" train jobs/jsc_toy_by_type.toml --data "$out/data" --out "$out/base.h5"
run mpirun -n 3 "$bitfront" search jobs/jsc_toy_by_type.toml --load "$out/base.h5" \
  --data "$out/data" --out "$out/ptq"
run mpirun -n 3 "$bitfront" search jobs/joint.toml --data "$out/data" --out "$out/joint"
run "$bitfront" select "$out/joint" --by "max accuracy_micro where weight_bits <= 4000"
printf '\nfronts: %s/ptq/front.csv and %s/joint/front.csv\n' "$out" "$out"
