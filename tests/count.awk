# "<passed> <failed> <skipped>" of a JUnit file by ctest. A test that was not run for any other
# reason than its own wish (exit code 77) has failed.
/<testcase / {
  n_tests++
  if (/ status="run"/)
    n_passed++
}
/<skipped message="SKIP_RETURN_CODE=77"/ { n_skipped++ }
END { print n_passed + 0, n_tests - n_passed - n_skipped, n_skipped + 0 }
