#!/bin/sh
# No name is defined in two libraries: symbols.sh BUILD_FOLDER
# The linker takes the first of two functions of one name from static libraries, and says nothing.
set -eu
for library in "$1"/src/*/lib*.a; do
  nm -g --defined-only "$library"
done | awk '
  # Address, kind, name; a weak symbol (W) may be there more than once.
  NF == 3 && $2 ~ /^[A-V]$/ { n_seen++; if (seen[$3]++ == 1) { print "defined twice: " $3; failed = 1 } }
  END {
    if (n_seen < 100) {
      print "only " n_seen + 0 " symbols found"
      failed = 1
    }
    exit failed
  }
'
