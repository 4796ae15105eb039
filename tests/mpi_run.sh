#!/bin/sh
# Runs a program on some ranks of this machine: mpi_run.sh RANKS PROGRAM [ARGUMENT...]
set -eu
. "$(dirname "$0")/../jobs/mpi_env.sh"
n_ranks=$1
shift
exec mpirun -q -n "$n_ranks" "$@"
