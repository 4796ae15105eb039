#!/bin/sh
# The number of registered tests is the one written down: count.sh BUILD_FOLDER EXPECTED
# A test that silently drops out of the build would otherwise look like success.
set -eu
n_tests=$(ctest --test-dir "$1" -N | awk '/^Total Tests:/ { print $3 }')
if [ "$n_tests" -ne "$2" ]; then
  echo "$n_tests tests are registered, $2 expected (BITFRONT_N_TESTS in tests/CMakeLists.txt)" >&2
  exit 1
fi
