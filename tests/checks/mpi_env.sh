#!/bin/sh
# jobs/mpi_env.sh keeps what is set, gives root its switches and nobody else, and mpirun starts in it.
set -eu
script=$(cd "$(dirname "$0")/../../jobs" && pwd)/mpi_env.sh
box=$(mktemp -d)
trap 'rm -rf "$box"' EXIT

# with UID SETTING: the OMPI variables that the script exports for that user with that setting.
with() {
  printf '#!/bin/sh\necho %s\n' "$1" >"$box/id"
  chmod +x "$box/id"
  env -i PATH="$box:/usr/bin:/bin" ${2:+"$2"} sh -c '. "$1"; env' sh "$script" | grep '^OMPI_' | sort
}

fail() {
  echo "$1" >&2
  exit 1
}

with 0 | grep -qx OMPI_ALLOW_RUN_AS_ROOT=1 || fail "root may not run"
with 0 | grep -qx OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 || fail "root may not run"
! with 1000 | grep -q ROOT || fail "the switches of root are set for another user"
with 1000 | grep -qx OMPI_MCA_btl=self,vader || fail "no transport is chosen"
with 1000 OMPI_MCA_btl=self,tcp | grep -qx OMPI_MCA_btl=self,tcp || fail "a setting was replaced"

n_ranks=$(sh "$(dirname "$0")/../mpi_run.sh" 3 sh -c 'echo rank' | grep -c rank)
[ "$n_ranks" -eq 3 ] || fail "$n_ranks ranks started, expected 3"
code=0
sh "$(dirname "$0")/../mpi_run.sh" 2 sh -c 'exit 77' >/dev/null 2>&1 || code=$?
[ "$code" -eq 77 ] || fail "the exit code of the ranks, 77, arrived as $code"
