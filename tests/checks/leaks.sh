#!/bin/sh
# Under the leak checker a clean MPI program passes and one with a leak fails: leaks.sh PROGRAM
set -eu
run() { sh "$(dirname "$0")/../mpi_run.sh" 2 "$@"; }

run "$1"
if run "$1" lose >leaks.log 2>&1; then
  echo "77 lost bytes were not reported" >&2
  exit 1
fi
grep -q '77 byte(s)' leaks.log
