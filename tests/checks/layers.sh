#!/bin/sh
# Checks the includes of all sources of a tree: layers.sh [ROOT]
set -eu
checks=$(cd "$(dirname "$0")" && pwd)
cd "${1:-$checks/../..}"
find src include -name '*.[ch]' -o -name '*.[ch]pp' -o -name '*.cc' | sort | xargs awk -f "$checks/layers.awk"
