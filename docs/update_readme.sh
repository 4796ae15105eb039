#!/bin/sh
# Runs the quickstart and puts its output into README.md, between the two quickstart marks.
set -eu
cd "$(dirname "$0")/.."

log=build/quickstart.log
mkdir -p build
sh jobs/quickstart.sh >"$log" 2>&1
cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
{
  printf '%s, %s cores:\n\n```\n' "$cpu" "$(nproc)"
  sed '1,/^\$ /{/^\$ /!d}' "$log"
  printf '```\n'
} >build/quickstart.md
awk '
  /<!-- quickstart -->/ { print; while ((getline line < "build/quickstart.md") > 0) print line; skip = 1 }
  /<!-- \/quickstart -->/ { skip = 0 }
  !skip { print }
' README.md | awk '!(/<!-- quickstart -->/ && seen++)' >README.md.tmp
mv README.md.tmp README.md
