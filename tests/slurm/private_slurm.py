"""A SLURM of one's own on one machine: munged, slurmctld and a slurmd for each node.

    python3 -B private_slurm.py FOLDER [NODES [CPUS]]

Prints "ready" when all nodes are idle, and lives until its standard input ends, so it also ends
when the program that holds the other end was killed. Then jobs and daemons are ended and FOLDER, in
which all of it lives, is removed. Clients need SLURM_CONF=FOLDER/slurm.conf. Each node is a UTS
namespace with a host name of its own, which makes Open MPI take it for a machine of its own. Needs
root, and Debian's munge, slurmctld, slurmd and slurm-client; nothing of theirs in /etc is used.
"""
import ctypes
import glob
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

PROGRAMS = ("munged", "munge", "slurmctld", "slurmd", "sbatch", "srun", "unshare", "hostname")
START_S = 15
END_S = 8
PR_SET_PDEATHSIG = 1
# A requeued job waits as long as its credential lives (cred_expire): by default 120 s, at least 5.
CONF = """
ClusterName=private
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket,cred_expire=5
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool/%n
TmpFS={folder}/tmp/%n
SlurmctldPidFile={folder}/run/slurmctld.pid
SlurmdPidFile={folder}/run/slurmd.%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1,sched_min_interval=0
ReturnToService=2
InactiveLimit=0
KillWait=10
MinJobAge=300
OverTimeLimit=0
SlurmdParameters=config_overrides
MailProg=/bin/true
PropagateResourceLimits=NONE
{nodes}
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def why_not():
    """Why there can be no SLURM of one's own here; None if there can."""
    if os.geteuid() != 0:
        return "not root"
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    missing = [name for name in PROGRAMS if shutil.which(name, path=path) is None]
    if missing:
        return "no " + ", ".join(missing)
    if subprocess.run(["unshare", "--uts", "true"], capture_output=True, check=False).returncode:
        return "no UTS namespaces"
    return None


def free_ports(n):
    sockets = [socket.socket() for _ in range(n)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def end_with_parent():
    """A daemon does not outlive this script, whatever ends it."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Slurm:
    def __init__(self, folder, n_nodes=3, n_cpus=8):
        self.folder = os.path.abspath(folder)
        self.names = [f"bf{os.getpid()}n{i}" for i in range(1, n_nodes + 1)]
        self.n_cpus = n_cpus
        self.daemons = []
        self.environment = {**os.environ, "SLURM_CONF": self.path("slurm.conf")}
        self.environment["PATH"] += ":/usr/sbin:/sbin"

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write_conf(self):
        controller, *ports = free_ports(len(self.names) + 1)
        nodes = "\n".join(f"NodeName={name} NodeAddr=127.0.0.1 Port={port} CPUs={self.n_cpus} "
                          "RealMemory=2000 State=UNKNOWN" for name, port in zip(self.names, ports))
        with open(self.path("slurm.conf"), "w", encoding="ascii") as file:
            file.write(CONF.format(host=socket.gethostname().split(".")[0], controller=controller,
                                   folder=self.folder, nodes=nodes))

    def make_folders(self):
        for name in ("munge", "state", "run", "log"):
            os.makedirs(self.path(name), mode=0o755, exist_ok=True)
        for name in self.names:
            os.makedirs(self.path("spool", name))
            os.makedirs(self.path("tmp", name))
        with open(self.path("munge", "key"), "wb", opener=lambda path, flags:
                  os.open(path, flags, 0o600)) as file:
            file.write(os.urandom(128))

    def daemon(self, name, *command):
        """Stays in the foreground, as our child."""
        with open(self.path("log", name), "wb") as log:
            self.daemons.append(subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment,
                start_new_session=True, preexec_fn=end_with_parent))

    def ask(self, *command):
        done = subprocess.run(command, env=self.environment, text=True, capture_output=True,
                              check=False, stdin=subprocess.DEVNULL)
        return done.stdout if done.returncode == 0 else ""

    def wait_for(self, condition, limit):
        end = time.monotonic() + limit
        while time.monotonic() < end:
            if condition():
                return True
            time.sleep(0.05)
        return False

    def start(self):
        """Whether all nodes are idle in time. It may be that somebody took a port meanwhile."""
        self.make_folders()
        self.write_conf()
        files = [f"--{key}={self.path('munge', name)}" for key, name in
                 (("key-file", "key"), ("socket", "socket"), ("pid-file", "pid"),
                  ("log-file", "log"), ("seed-file", "seed"))]
        self.daemon("munged", "munged", "--foreground", "--force", *files)
        self.wait_for(lambda: self.ask("munge", "-n", "-S", self.path("munge", "socket")), 5)
        self.daemon("slurmctld", "slurmctld", "-D", "-c")
        node = 'hostname "$1" && exec slurmd -D -N "$1"'
        for name in self.names:
            self.daemon(name, "unshare", "--uts", "sh", "-c", node, "sh", name)
        return self.wait_for(self.is_idle, START_S)

    def is_idle(self):
        idle = self.ask("sinfo", "-h", "-N", "-t", "idle", "-o", "%n").split()
        return sorted(idle) == sorted(self.names)

    def stop(self):
        self.ask("scancel", "--user", "root")
        self.wait_for(lambda: not self.ask("squeue", "-h"), END_S)
        for number in (signal.SIGTERM, signal.SIGKILL):
            for each in self.daemons:
                if each.poll() is None:
                    each.send_signal(number)
            self.wait_for(lambda: all(each.poll() is not None for each in self.daemons), END_S)
        self.daemons = []
        self.kill_rest()
        for path in [path for name in self.names for path in glob.glob(f"/dev/shm/*.{name}.*")]:
            os.unlink(path)
        shutil.rmtree(self.folder, ignore_errors=True)

    def kill_rest(self):
        """What a job left behind: nothing else has our configuration in its environment."""
        mark = f"SLURM_CONF={self.path('slurm.conf')}".encode()
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/environ", "rb") as file:
                    is_ours = mark in file.read().split(b"\0")
                if is_ours and int(pid) not in (os.getpid(), os.getppid()):
                    os.kill(int(pid), signal.SIGKILL)
            except OSError:
                pass

    def logs(self):
        for path in sorted(glob.glob(self.path("log", "*"))):
            with open(path, encoding="utf-8", errors="replace") as file:
                print(f"--- {path}\n{file.read()[-2000:]}", file=sys.stderr)


def give_up(number, _frame):
    sys.exit(f"ended by signal {number}")


def main(folder, n_nodes="3", n_cpus="8"):
    reason = why_not()
    if reason:
        sys.exit(reason)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, give_up)
    for _ in range(3):
        slurm = Slurm(folder, int(n_nodes), int(n_cpus))
        try:
            if slurm.start():
                print("ready", *slurm.names, flush=True)
                sys.stdin.read()
                return
            slurm.logs()
        finally:
            slurm.stop()
    sys.exit("the daemons do not start")


if __name__ == "__main__":
    main(*sys.argv[1:])
