#!/bin/sh
# tests/count.awk against a run with one test of each outcome.
set -eu
counter=$(cd "$(dirname "$0")/.." && pwd)/count.awk
box=$(mktemp -d)
trap 'rm -rf "$box"' EXIT

cat >"$box/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.25)
project(outcomes NONE)
enable_testing()
add_test(NAME passes COMMAND true)
add_test(NAME passes_too COMMAND echo "<testcase status=\"run\">")
add_test(NAME fails COMMAND false)
add_test(NAME skips COMMAND sh -c "exit 77")
set_tests_properties(skips PROPERTIES SKIP_RETURN_CODE 77)
add_test(NAME runs_too_long COMMAND sleep 20)
set_tests_properties(runs_too_long PROPERTIES TIMEOUT 1)
add_test(NAME is_not_there COMMAND ./nowhere)
add_test(NAME crashes COMMAND sh -c "kill -SEGV $$$$")
END
cmake -G Ninja -S "$box" -B "$box/build" >/dev/null
ctest --test-dir "$box/build" --output-junit "$box/results.xml" >/dev/null 2>&1 || true
counted=$(awk -f "$counter" "$box/results.xml")
if [ "$counted" != "2 4 1" ]; then
  cat "$box/results.xml" >&2
  echo "counted '$counted', expected '2 4 1' (passed, failed, skipped)" >&2
  exit 1
fi
