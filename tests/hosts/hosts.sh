#!/bin/sh
# hosts.sh DIR NAME...: hosts of those names in a network of their own, each with an sshd, its own
# processes, /dev/shm and /tmp ($DIR/NAME). They last as long as this process, and nothing of them
# outside DIR does: whatever becomes of the test, the kernel takes namespaces away with the last
# process in them, and processes with the first one of their process namespace. So it is to be
# started as that:
#   setpriv --pdeathsig KILL unshare --fork --kill-child --pid --mount-proc --mount --net --uts
# DIR/ready is there when all of them answer.
set -eu
dir=$1
shift

# What a user has who may go from host to host: names, keys, no questions.
make_keys() {
  ssh-keygen -q -t ed25519 -N '' -f "$dir/key"
  i=0
  echo '127.0.0.1 localhost' >"$dir/hosts"
  for name in "$@"; do
    i=$((i + 1))
    echo "10.77.0.$i $name" >>"$dir/hosts"
  done
  cat >"$dir/ssh_config" <<END
Host *
  IdentityFile $dir/key
  IdentitiesOnly yes
  StrictHostKeyChecking no
  UserKnownHostsFile /dev/null
  LogLevel ERROR
END
  cat >"$dir/sshd_config" <<END
HostKey $dir/key
PidFile none
AuthorizedKeysFile $dir/key.pub
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
PrintMotd no
END
}

# Runs as the first process of a host, in namespaces of its own.
be_host() {
  hostname "$name"
  mkdir "$dir/$name"
  mount -t tmpfs -o mode=1777 none /dev/shm
  mount -t tmpfs none /run
  mkdir /run/sshd
  mount --bind "$dir/hosts" /etc/hosts
  mount --bind "$dir/ssh_config" /etc/ssh/ssh_config
  ip link set lo up
  until ip addr add "$address/24" dev eth0 2>/dev/null; do
    sleep 0.02
  done
  ip link set eth0 up
  /usr/sbin/sshd -f "$dir/sshd_config" -o "ListenAddress=$address" -o "SetEnv=TMPDIR=$dir/$name"
  : >"$dir/$name.up"
  # Orphans are ours, and nobody is to find them as zombies.
  while :; do
    sleep 1000 &
    wait
  done
}

if [ -n "${BE_HOST-}" ]; then
  name=$1
  address=$2
  be_host
fi

make_keys "$@"
ip link add switch type bridge
ip link set switch up
own=$(readlink /proc/self/ns/net)
i=0
for name in "$@"; do
  i=$((i + 1))
  BE_HOST=1 unshare --fork --kill-child --pid --mount-proc --mount --net --uts \
    sh "$0" "$dir" "$name" "10.77.0.$i" &
  while [ "$(readlink /proc/$!/ns/net)" = "$own" ]; do
    sleep 0.02
  done
  ip link add "$name" type veth peer name eth0 netns $!
  ip link set "$name" master switch up
done
for name in "$@"; do
  until [ -e "$dir/$name.up" ]; do
    sleep 0.02
  done
done
: >"$dir/ready"
wait
