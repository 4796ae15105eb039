#!/bin/sh
# The results of two reports made again: Lab 3 (word lengths of a trained jsc-tiny), Lab 4 (widths of a net,
# each candidate trained), and the search of both at once. docs/reproduce.md has the output and what it says.
#   sh jobs/reproduce.sh [--data FILE] [--load CHECKPOINT] [--rows N] [--out DIR]
# --data: the CERNBox file or another source of real rows; without it, nets are trained on N synthetic rows
# (986,806: as many as there are real ones), and Lab 3 is scored on the 501 real rows beside the checkout,
# where they are. --load: the checkpoint of Lab 3; without it that beside the checkout, else one is trained.
# Everything is made in DIR (build/reproduce), anew at every run: one that is not empty must be of an earlier run.
# BITFRONT names a program, which is not built then.
set -eu
cd "$(dirname "$0")/.."

source='' base='' rows=986806 out=build/reproduce
while [ $# -gt 0 ]; do
  [ $# -ge 2 ] || set -- usage usage
  case "$1" in
  --data) source=$2 ;;
  --load) base=$2 ;;
  --rows) rows=$2 ;;
  --out) out=$2 ;;
  *)
    echo "usage: reproduce.sh [--data FILE] [--load CHECKPOINT] [--rows N] [--out DIR]" >&2
    exit 2
    ;;
  esac
  shift 2
done

if [ -n "$(ls -A "$out" 2>/dev/null)" ] && [ ! -e "$out/last.err" ]; then
  echo "reproduce.sh: '$out' was not made by this script: choose another --out" >&2
  exit 2
fi

[ -n "${BITFRONT-}" ] || sh jobs/build.sh
bitfront=${BITFRONT:-build/release/src/cli/bitfront}
. jobs/mpi_env.sh
rm -rf "$out"
mkdir -p "$out"

# The marks by which docs/update_reproduce.sh finds what a command printed.
section() {
  printf '\n== %s\n' "$1"
}

# What is shown is what a user types.
run() {
  printf '\n$ %s\n' "$*" | sed "s|$bitfront|bitfront|; s|$out/||g"
  code=0
  "$@" >"$out/last.out" 2>"$out/last.err" || code=$?
  # What a command says comes before what it finds, whole.
  cat "$out/last.err" "$out/last.out" | sed "s|$out/||g"
  [ "$code" -eq 0 ] || exit "$code"
}

# search NAME JOB OPTION...: a study on all cores but the coordinator's, which sleeps most of the time.
search() {
  name=$1 job=$2
  shift 2
  run mpirun -n "$(($(nproc) + 1))" "$bitfront" search "jobs/$job.toml" "$@" --out "$out/$name" --progress none
}

# time_row STUDY [SECONDS TRIALS]: how long it took, and in the reports, if they say.
time_row() {
  awk -v study="$1" -v report_s="${2-}" -v report_n="${3-}" '
    /"(wall_s|done)":/ && !(($1) in seen) { seen[$1] = $2 + 0 }
    END {
      s = seen["\"wall_s\":"]
      n = seen["\"done\":"]
      printf "| %-17s | %6d | %7.3g | %8.3g |", study, n, s, s / n
      if (report_s)
        printf " %6s | %8.3g | %5.0f x |\n", report_s, report_s / report_n, report_s / report_n / (s / n)
      else
        print "        |          |         |"
    }
  ' "$out/$1/study.json"
}

section data
if [ -n "$source" ]; then
  run "$bitfront" data import "$source" --split sklearn:42 --out "$out/data"
  lab3=$out/data
else
  run "$bitfront" data synth --rows "$rows" --label-noise 0.12 --out "$out/data"
  lab3=$out/data
  real=../shared/data/jsc_real_rows.csv
  if [ -e "$real" ]; then
    lab3=$out/rows
    run "$bitfront" data import "$real" --split 0,100,0 --scaler data/jsc_statistics.json --out "$lab3"
  fi
fi
if [ -z "$base" ]; then
  base=../shared/data/jsc-tiny-best.ckpt
  if [ ! -e "$base" ]; then
    base=$out/base.h5
    run "$bitfront" train jobs/jsc_toy_by_type.toml --data "$out/data" --out "$base"
  fi
fi

section lab3-checkpoint
run "$bitfront" eval "$base" --model jsc-tiny --data "$lab3"

section lab3-table
search lab3-table lab3_table --load "$base" --data "$lab3"

section lab3-table-compat
search lab3-table-compat lab3_table --load "$base" --data "$lab3" --set compat=true \
  --set search.strategy.eval_mode=false

section lab3-brute-force
search lab3-brute-force jsc_toy_by_type --load "$base" --data "$lab3" --sampler brute-force

section lab3-tpe
search lab3-tpe jsc_toy_by_type --load "$base" --data "$lab3" --sampler tpe --n-trials 12

section lab3-compare
run "$bitfront" compare "$out/lab3-brute-force" "$out/lab3-tpe"

section lab4-nets
search lab4-nets lab4_nets --data "$out/data"

section lab4-brute-force
search lab4-brute-force jsc_lab4_train --data "$out/data" --sampler brute-force --n-trials 25

for sampler in random tpe nsgaii; do
  section "lab4-$sampler"
  search "lab4-$sampler" jsc_lab4_train --data "$out/data" --sampler "$sampler"
done

section lab4-compare
run "$bitfront" compare "$out/lab4-brute-force" "$out/lab4-random" "$out/lab4-tpe" "$out/lab4-nsgaii"

section lab4-front
search lab4-front lab4_front --data "$out/data"

section joint
search joint joint_labs --data "$out/data"
run "$bitfront" select "$out/joint"

section times
printf '%s, %s cores, %s workers\n\n' "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(nproc)"
cat <<'END'
| study             | trials |       s |  s/trial | report |  s/trial |  faster |
|-------------------+--------+---------+----------+--------+----------+---------|
END
time_row lab3-table
time_row lab3-table-compat
time_row lab3-brute-force 26.2 18
time_row lab3-tpe 26.9 20
time_row lab4-nets
time_row lab4-brute-force
time_row lab4-random
time_row lab4-tpe 890 20
time_row lab4-nsgaii
time_row lab4-front
time_row joint
