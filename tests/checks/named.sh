#!/bin/sh
# Every row of the documents' tables of behaviour names tests, and all of them exist: named.sh BUILD_FOLDER
# A test of several numbers of ranks (name.np3) is named without them.
set -eu
cd "$(dirname "$0")/../.."
ctest --test-dir "$1" -N | sed -n 's/^ *Test *#[0-9]*: //p' | sed 's/\.np[0-9]*$//' | sort -u |
  awk -F ' *\\| *' '
    FNR == NR { exists[$0] = 1; next }
    FNR == 1 { column = 0 }
    !/^\|/ { column = 0; next }
    # The column is found by its title, and ends with its table.
    !column { for (i = 2; i < NF; i++) if ($i == "seen by") column = i; if (column) next }
    !column || /^\|-/ { next }
    {
      n_rows++
      n = split($column, names, /, */)
      for (i = 1; i <= n; i++)
        if (!(names[i] in exists)) {
          print FILENAME ":" FNR ": no test is called \"" names[i] "\""
          failed = 1
        }
    }
    END {
      if (n_rows < 30) {
        print "only " n_rows " rows name tests"
        failed = 1
      }
      exit failed
    }
  ' - docs/architecture.md docs/python_tool.md
