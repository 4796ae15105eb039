#!/bin/sh
# Runs jobs/reproduce.sh and puts what each of its sections prints into docs/reproduce.md, between the marks of
# that name. Arguments are passed on.
set -eu
cd "$(dirname "$0")/.."

log=build/reproduce.log
mkdir -p build
sh jobs/reproduce.sh "$@" >"$log" 2>&1
awk -v log_file="$log" '
  function put(name,   line, inside, started) {
    print "```"
    while ((getline line < log_file) > 0) {
      if (line ~ /^== /)
        inside = line == "== " name
      else if (inside && (started || line != "")) {
        # One blank line between commands, none at the end.
        if (line == "") { gap = 1; continue }
        if (gap) print ""
        gap = 0
        started = 1
        print line
      }
    }
    gap = 0
    close(log_file)
    print "```"
  }
  /^<!-- \// { skip = 0 }
  !skip { print }
  /^<!-- [^\/]/ { put($2); skip = 1 }
' docs/reproduce.md >docs/reproduce.md.tmp
mv docs/reproduce.md.tmp docs/reproduce.md
