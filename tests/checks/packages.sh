#!/bin/sh
# jobs/packages.sh, with stand-ins for dpkg-query, apt-get, id and sudo that write down their calls.
set -eu
script=$(cd "$(dirname "$0")/../../jobs" && pwd)/packages.sh
box=$(mktemp -d)
trap 'rm -rf "$box"' EXIT

# stand_in NAME BODY: a program that writes its call to $box/calls, then does BODY.
stand_in() {
  printf '#!/bin/sh\necho "%s $*" >>"%s/calls"\n%s\n' "$1" "$box" "$2" >"$box/bin/$1"
  chmod +x "$box/bin/$1"
}

# A fresh box: nothing but these programs, every package installed but those in $box/absent.
reset() {
  rm -rf "$box/bin" && mkdir "$box/bin" && : >"$box/calls" && : >"$box/absent"
  for tool in sh awk cat env grep; do
    ln -s "$(command -v $tool)" "$box/bin/$tool"
  done
  stand_in dpkg-query "for last; do :; done
if grep -qx \"\$last\" '$box/absent'; then exit 1; fi
printf installed"
  stand_in apt-get 'exit 0'
  stand_in id 'echo 0'
}

# run EXPECTED_CODE [ARGUMENT...]
run() {
  expected=$1
  shift
  code=0
  env PATH="$box/bin" sh "$script" "$@" >"$box/out" 2>"$box/err" || code=$?
  if [ "$code" -ne "$expected" ]; then
    echo "packages.sh $* ended with $code, expected $expected:" >&2
    cat "$box/err" >&2
    exit 1
  fi
}

fail() {
  echo "$1" >&2
  cat "$box/calls" "$box/err" >&2
  exit 1
}

called() { grep -q "^$1" "$box/calls"; }

# Nothing missing: neither apt-get nor a question of rights, nor a word.
reset
run 0
! called apt-get || fail "apt-get was called although nothing is missing"
! called id || fail "rights were looked at although nothing is missing"
[ ! -s "$box/out" ] && [ ! -s "$box/err" ] || fail "a run without work was not silent"
called 'dpkg-query .* libhdf5-dev$' || fail "libhdf5-dev was not looked for"
! called 'dpkg-query .* libcmocka-dev$' || fail "libcmocka-dev was looked for without --tests"

# Two missing, as root: lists updated, only those two installed.
reset
printf 'libjansson-dev\ng++\n' >"$box/absent"
run 0
called 'apt-get .* update$' || fail "no update"
called 'apt-get .* install -y --no-install-recommends g++ libjansson-dev$' || fail "wrong install"

# What only tests need counts with --tests alone.
reset
echo libcmocka-dev >"$box/absent"
run 0
! called apt-get || fail "a package of the tests was installed without --tests"
run 0 --tests
called 'apt-get .* install .* libcmocka-dev$' || fail "libcmocka-dev was not installed"

# A service that comes along is stopped; one that was there before is not touched.
reset
stand_in service 'exit 0'
stand_in update-rc.d 'exit 0'
printf 'munge\nslurmd\n' >"$box/absent"
run 0 --tests
called 'service munge stop$' && called 'update-rc.d munge disable$' || fail "munge was left running"
echo slurmd >"$box/absent"
: >"$box/calls"
run 0 --tests
! called service || fail "a service that was there before was stopped"

# Not root: through sudo; without sudo one clear line.
reset
echo cmake >"$box/absent"
stand_in id 'echo 1000'
run 1
[ "$(awk 'END { print NR }' "$box/err")" -eq 1 ] || fail "the error is not one line"
grep -q 'neither root nor sudo.* cmake$' "$box/err" || fail "the error does not say what to do"
! called apt-get || fail "apt-get was called without rights"
# shellcheck disable=SC2016 # for the stand-in to expand
stand_in sudo 'exec "$@"'
run 0
called 'sudo env .* install .* cmake$' || fail "not through sudo"

# An update that fails is no reason to give up; an install that fails is.
reset
echo cmake >"$box/absent"
stand_in apt-get 'case "$*" in *update*) exit 100 ;; esac'
run 0
stand_in apt-get 'exit 100'
run 1
grep -q 'cannot install cmake$' "$box/err" || fail "a failed install was not reported"

reset
rm "$box/bin/apt-get"
echo cmake >"$box/absent"
run 1
grep -q 'no apt-get' "$box/err" || fail "a machine without apt-get was not named as such"
run 2 --nonsense
run 2 --tests more
