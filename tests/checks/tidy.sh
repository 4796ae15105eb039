#!/bin/sh
# clang-tidy 14 (.clang-tidy) has nothing to say about any source file: tidy.sh BUILD_FOLDER
# BITFRONT_LONG=1: the analyzer follows three times as many states of a function, its own default.
set -eu
build=$1
cd "$(dirname "$0")/../.."
command -v clang-tidy-14 >/dev/null || exit 77
box=$(mktemp -d)
trap 'rm -rf "$box"' EXIT

# It looks at a file once for every time that the build compiles it: the tests' own builds of sources, with
# AVX-512 in software, cost as much as a quarter of the tree and hold nothing that the others do not.
awk 'BEGIN { RS = "[{}]"; printf "[" }
/"command"/ && $0 !~ /-o tests\// { printf "%s{%s}", n++ ? "," : "", $0 }
END { print "]" }' "$build/compile_commands.json" >"$box/compile_commands.json"

set --
if [ "${BITFRONT_LONG:-}" != 1 ]; then
  set -- --extra-arg=-Xclang --extra-arg=-analyzer-config --extra-arg=-Xclang --extra-arg=max-nodes=75000
fi
# It counts on stderr what it does not show; only stdout holds findings.
find src -name '*.c' -o -name '*.cpp' | sort |
  xargs -n 4 clang-tidy-14 --quiet -p "$box" "$@" 2>/dev/null
