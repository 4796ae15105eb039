#!/bin/sh
# Brute force against TPE (question 4 of Lab 3): on the 18 word lengths of jsc-tiny and on the 25 nets
# of Lab 4, with three seeds each; on the latter, TPE tries 15. Makes a data set and everything else in
# build/compare, anew at every run; results are two comparisons on standard output and two charts.
set -eu
cd "$(dirname "$0")/.."

sh jobs/build.sh
bitfront=build/release/src/cli/bitfront
out=build/compare
rm -rf "$out"
mkdir -p "$out"

# What a command says is of interest only when it fails.
quietly() {
  "$@" >"$out/last.log" 2>&1 || {
    cat "$out/last.log" >&2
    exit 1
  }
}

# search FOLDER SAMPLER N_TRIALS JOB OPTION...: three studies, FOLDER-1 to FOLDER-3
search() {
  folder=$1 sampler=$2 n_trials=$3 job=$4
  shift 4
  for seed in 1 2 3; do
    quietly "$bitfront" search "jobs/$job.toml" --sampler "$sampler" --seed "$seed" \
      --n-trials "$n_trials" --data "$out/data" --out "$out/$folder-$seed" --progress none "$@"
  done
}

# compare NAME N_TRIALS_OF_TPE JOB OPTION...
compare() {
  name=$1 n_tpe=$2
  shift 2
  search "$name-all" brute-force 25 "$@"
  search "$name-tpe" tpe "$n_tpe" "$@"
  set -- "$bitfront" compare "$out/$name"-all-? "$out/$name"-tpe-? --svg "$out/$name.svg"
  printf '\n$ %s\n' "$*"
  "$@"
}

quietly "$bitfront" data synth --rows 20000 --label-noise 0.12 --out "$out/data"
quietly "$bitfront" train jobs/jsc_toy_by_type.toml --data "$out/data" --out "$out/base.h5"
compare lab3 18 jsc_toy_by_type --load "$out/base.h5"
compare lab4 15 lab4_front
printf '\ncharts: %s/lab3.svg and %s/lab4.svg\n' "$out" "$out"
