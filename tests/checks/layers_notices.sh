#!/bin/sh
# The check of the layers must notice each kind of violation, and nothing else.
set -eu
checks=$(cd "$(dirname "$0")" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

# expect RESULT FILE LINE: the check of a small tree with LINE in FILE ends with RESULT.
expect() {
  rm -rf "$tree/src" "$tree/include"
  mkdir -p "$tree/src/search" "$tree/src/nn" "$tree/src/cluster" "$tree/src/base"
  mkdir -p "$tree/include/bitfront/search" "$tree/include/bitfront/nn"
  echo '#include "base/status.h"' >"$tree/include/bitfront/nn/net.h"
  mkdir -p "$tree/include/bitfront/base" && : >"$tree/include/bitfront/base/status.h"
  : >"$tree/src/nn/private.h"
  echo "$3" >"$tree/$2"
  result=accepted
  sh "$checks/layers.sh" "$tree" >/dev/null || result=refused
  if [ "$result" != "$1" ]; then
    echo "'$3' in $2 was $result" >&2
    exit 1
  fi
}

expect accepted src/nn/net.c '#include "nn/net.h"'
expect accepted src/nn/net.c '#include "nn/private.h"'
expect accepted src/search/space.c '#include "base/status.h"'
expect accepted src/cluster/session.c '#include <mpi.h>'
expect accepted src/cluster/cores.c '#include <hwloc.h>'
expect accepted src/nn/kernels_blis.c '#include <blis/blis.h>'
expect refused src/search/space.c '#include "nn/net.h"'
expect refused src/search/space.c '  #  include "nn/net.h"'
expect refused src/base/text.c '#include "search/space.h"'
expect refused src/cluster/session.c '#include "nn/net.h"'
expect refused src/cluster/session.c '#include "nn/private.h"'
expect refused include/bitfront/nn/net.h '#include "nn/private.h"'
expect refused src/nn/net.c '#include "private.h"'
expect refused src/search/space.c '#include <mpi.h>'
expect refused src/cluster/session.c '#include <hwloc.h>'
expect refused include/bitfront/nn/net.h '#include <mpi.h>'
expect refused src/nn/net.c '#include <hdf5.h>'
expect refused src/nn/net.c '#include <blis/blis.h>'
expect refused src/nn/net.c '#include <jansson.h>'
expect refused src/nn/net.c '#include <toml++/toml.h>'
expect refused src/nn/net.c '#include <xxhash.h>'
expect refused src/nn/net.c '#include <zip.h>'
expect refused src/nn/net.c '#include <Random123/philox.h>'
expect refused src/nn/net.cpp 'int x;'
mkdir "$tree/empty" && mkdir "$tree/empty/src" "$tree/empty/include"
if sh "$checks/layers.sh" "$tree/empty" >/dev/null; then
  echo "an empty tree was accepted" >&2
  exit 1
fi
