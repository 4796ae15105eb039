#!/bin/sh
# Runs every test: all of them in the dev build, those labelled asan once more under the sanitizers,
# those that start ranks once more on MPICH. The last line counts all of these runs. --long: the long forms of the tests that have one.
set -u
cd "$(dirname "$0")/.." || exit 1

case "$#,${1-}" in
0,) ;;
1,--long) export BITFRONT_LONG=1 ;;
*)
  echo "usage: run.sh [--long]" >&2
  exit 2
  ;;
esac

n_passed=0
n_failed=0
n_skipped=0

# A preset that cannot be built or run to its end counts as one failure at least.
run_preset() {
  results=$PWD/build/$1.xml
  rm -f "$results"
  if ! sh jobs/build.sh "$1"; then
    n_failed=$((n_failed + 1))
    return
  fi
  ctest --preset "$1" -j 4 --output-junit "$results"
  code=$?
  # shellcheck disable=SC2046 # three words
  set -- $(awk -f tests/count.awk "$results")
  if [ "$code" -ne 0 ] && [ "${2:-0}" -eq 0 ]; then
    set -- "${1:-0}" 1 "${3:-0}"
  fi
  n_passed=$((n_passed + $1))
  n_failed=$((n_failed + $2))
  n_skipped=$((n_skipped + $3))
}

if sh jobs/packages.sh --tests; then
  run_preset dev
  run_preset asan
  run_preset mpich
else
  n_failed=1
fi

echo "$n_passed passed, $n_failed failed, $n_skipped skipped"
[ "$n_failed" -eq 0 ] && [ "$n_passed" -gt 0 ]
