#!/bin/sh
# clang-tidy 14 (.clang-tidy) has nothing to say about any source file: tidy.sh BUILD_FOLDER
set -eu
build=$1
cd "$(dirname "$0")/../.."
command -v clang-tidy-14 >/dev/null || exit 77
# It counts on stderr what it does not show; only stdout holds findings.
find src -name '*.c' -o -name '*.cpp' | sort |
  xargs -P 2 -n 4 clang-tidy-14 --quiet -p "$build" 2>/dev/null
