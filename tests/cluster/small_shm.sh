#!/bin/sh
# A node whose folder for shared memory is full: every rank keeps its own copy, nobody hangs.
#   small_shm.sh RANKS PROGRAM
# Needs to mount a file system of 64 KiB for itself alone; skipped where that is not allowed.
set -eu
if [ "${SMALL_SHM:-}" = "" ]; then
  unshare --mount true 2>/dev/null || exit 77
  SMALL_SHM=$(mktemp -d)
  export SMALL_SHM
  trap 'rmdir "$SMALL_SHM"' EXIT
  unshare --mount sh "$0" "$@"
  exit
fi
mount -t tmpfs -o size=64k tmpfs "$SMALL_SHM"
OMPI_MCA_osc_sm_backing_directory=$SMALL_SHM
export OMPI_MCA_osc_sm_backing_directory
sh "$(dirname "$0")/../mpi_run.sh" "$@"
