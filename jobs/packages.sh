#!/bin/sh
# Installs the Debian packages that the build needs and this machine lacks; with --tests also those
# that only the tests need. A second run finds nothing missing and touches neither apt nor network.
set -eu

list_build() {
  cat <<'END'
gcc                  the C compiler
g++                  the compiler of the one C++ file
cmake                configures the build
ninja-build          runs the build
pkg-config           finds the libraries
libopenmpi-dev       MPI
openmpi-bin          mpirun
libhwloc-dev         the cores of a machine
libhdf5-dev          data sets and checkpoints
libblis-dev          fast matrix products
libtomlplusplus-dev  job files
libjansson-dev       JSON results
libxxhash-dev        hashes of data files
libzip-dev           checkpoints of PyTorch
librandom123-dev     counter-based random numbers
END
}

list_tests() {
  cat <<'END'
libcmocka-dev          unit tests
python3-h5py           tests that look at our HDF5 files from outside
python3-numpy          tests that recompute our numbers
python3-optuna         tests that compare samplers and fronts with it
python3-torch          tests that exchange checkpoints with it
python3-sklearn        tests of its split and of scores of classes; brings scipy, which reads ARFF
clang-format-14        the check of the layout
clang-tidy-14          the check of the code
g++-aarch64-linux-gnu  cross compilers, for the tests on 64-bit Arm
qemu-user              runs the programs they make
iproute2               links between hosts that are namespaces
openssh-client         the way from host to host
openssh-server         the other end of it
libsimde-dev           AVX-512 for CPUs without it, to test kernels with
munge                  who sends what, for the tests under SLURM, which start daemons of their own:
slurmctld              the controller
slurmd                 the nodes
slurm-client           sbatch, srun, squeue
libmpich-dev           another MPI, to build with
mpich                  its mpirun
END
}

die() {
  echo "packages.sh: $1" >&2
  exit 1
}

is_missing() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" != installed ]
}

case "$#,${1-}" in
0,) wanted=$(list_build) ;;
1,--tests) wanted=$(list_build && list_tests) ;;
*)
  echo "usage: packages.sh [--tests]" >&2
  exit 2
  ;;
esac

missing=
for package in $(echo "$wanted" | awk '{ print $1 }'); do
  if is_missing "$package"; then
    missing="$missing $package"
  fi
done
if [ -z "$missing" ]; then
  exit 0
fi

command -v apt-get >/dev/null || die "no apt-get here; these Debian packages are missing:$missing"
as_root=
if [ "$(id -u)" -ne 0 ]; then
  as_root=sudo
  command -v sudo >/dev/null || die "neither root nor sudo; ask for the Debian packages:$missing"
fi

apt() {
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" >/dev/null
}

echo "installing$missing" >&2
# An update that fails, without a network for instance, need not matter: the lists may be good enough.
apt update || echo "packages.sh: cannot update the package lists; trying the old ones" >&2
# shellcheck disable=SC2086 # one word a package
apt install -y --no-install-recommends $missing || die "cannot install$missing"

# Debian starts what it installs; the tests start daemons of their own, with keys of their own.
# Those of SLURM do not start without a configuration.
case "$missing " in
*" munge "*)
  $as_root service munge stop >/dev/null 2>&1 || true
  $as_root update-rc.d munge disable >/dev/null 2>&1 || true
  ;;
esac
