#!/bin/sh
# Runs a program on some ranks of this machine: mpi_run.sh RANKS PROGRAM [ARGUMENT...]
# $BITFRONT_MPIRUN is the mpirun of the library that it was built with; CTest says which.
set -eu
. "$(dirname "$0")/../jobs/mpi_env.sh"
n_ranks=$1
shift
# mpirun -q, which Open MPI 5 has no more.
export OMPI_MCA_orte_execute_quiet=1
exec "${BITFRONT_MPIRUN:-mpirun}" -n "$n_ranks" "$@"
