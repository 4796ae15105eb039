#!/bin/sh
# Installs what is missing and builds one preset, by default what users run: build/release/src/cli/bitfront.
#   sh jobs/build.sh [release|dev|asan|mpich|clang]
set -eu
cd "$(dirname "$0")/.."
preset=${1:-release}

sh jobs/packages.sh
mkdir -p build
log=build/$preset.log
echo "building $preset (log: $log)" >&2
if ! { cmake --preset "$preset" && cmake --build --preset "$preset"; } >"$log" 2>&1; then
  tail -n 40 "$log" >&2
  echo "build.sh: the build failed; the whole log is $PWD/$log" >&2
  exit 1
fi
