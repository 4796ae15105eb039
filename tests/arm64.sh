#!/bin/sh
# Builds the rooms up to nn for 64-bit Arm and runs the unit tests of quant and nn under qemu-user.
# The last line counts them. 77: this machine lacks what it takes, and one line says what.
# build/arm64-sysroot keeps the libraries for later runs; remove it to fetch them anew.
set -eu
cd "$(dirname "$0")/.."
sysroot=build/arm64-sysroot
box=$PWD/build/arm64-fetch
log=$PWD/build/arm64.log
results=$PWD/build/arm64.xml

# The libraries of jobs/packages.sh, without MPI, and with the BLIS that has no threads.
packages="libblis-serial-dev libcmocka-dev libhdf5-dev libjansson-dev librandom123-dev libtomlplusplus-dev
libxxhash-dev libzip-dev"

skip() {
  echo "arm64.sh: $1" >&2
  exit 77
}

fail() {
  tail -n 60 "$log" >&2
  echo "arm64.sh: $1; the whole log is $log" >&2
  exit 1
}

# An apt-get for arm64 that sees nothing installed and keeps all it knows in $box: it needs no rights and
# leaves the machine's own packages alone. Installed as a foreign architecture, libhdf5-dev would throw
# out the one that the build needs.
apt_arm64() {
  apt-get -qq -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Sandbox::User=root \
    -o Dir::State="$box/state" -o Dir::State::status="$box/status" -o Dir::Cache="$box/cache" \
    -o Dir::Log="$box" -o Acquire::Languages=none -o Acquire::Retries=1 -o Acquire::http::Timeout=20 "$@"
}

fetch() {
  rm -rf "$box" "$sysroot"
  mkdir -p "$box/state/lists/partial" "$box/cache/archives/partial" "$box/tree"
  : >"$box/status"
  # One source of many that has no arm64 need not matter.
  apt_arm64 update || true
  # shellcheck disable=SC2086 # one word a package
  apt_arm64 install -y --download-only --no-install-recommends $packages
}

unpack() {
  for package in "$box"/cache/archives/*.deb; do
    dpkg -x "$package" "$box/tree"
  done
  echo "$packages" >"$box/tree/packages"
  mv "$box/tree" "$sysroot"
  rm -rf "$box"
}

build() {
  cmake -S . -B build/arm64 -G Ninja --toolchain cmake/aarch64-linux-gnu.cmake \
    -DBITFRONT_ROOMS='base;data;quant;nn' -DBITFRONT_WERROR=ON -DBITFRONT_ASSERTIONS=ON \
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS_RELEASE=-O2 -DCMAKE_CXX_FLAGS_RELEASE=-O2 &&
    cmake --build build/arm64 --target tests/quant/all tests/nn/all
}

# What is set for this machine does not suit the other one, and the long tests are too long there.
unset CFLAGS CXXFLAGS LDFLAGS BITFRONT_ISA BLIS_ARCH_TYPE BITFRONT_LONG

for tool in aarch64-linux-gnu-gcc aarch64-linux-gnu-g++ qemu-aarch64 apt-get dpkg; do
  command -v $tool >/dev/null || skip "no $tool here (sh jobs/packages.sh --tests)"
done

mkdir -p build
if [ "$(cat $sysroot/packages 2>/dev/null)" != "$packages" ]; then
  fetch >"$log" 2>&1 || skip "cannot fetch Debian's arm64 packages: $(grep -m 1 '^[EW]:' "$log")"
  unpack
fi

build >"$log" 2>&1 || fail "the build failed"
rm -f "$results"
ctest --test-dir build/arm64 -R '^(quant|nn)\.' -j 2 --no-tests=error --output-on-failure \
  --output-junit "$results" >"$log" 2>&1 || fail "a test failed"
# shellcheck disable=SC2046 # three words
set -- $(awk -f tests/count.awk "$results")
echo "arm64: $1 passed, $2 failed, $3 skipped"
[ "$2" -eq 0 ] && [ "$1" -gt 0 ]
