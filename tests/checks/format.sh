#!/bin/sh
# The layout of every source file is that of clang-format 14 (.clang-format).
set -eu
cd "$(dirname "$0")/../.."
command -v clang-format-14 >/dev/null || exit 77
find src include tests -name '*.[ch]' -o -name '*.cpp' | xargs clang-format-14 --dry-run -Werror
