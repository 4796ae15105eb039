"""Hosts that are namespaces of this machine, for tests: started, cut off, healed, killed."""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))

import processes  # noqa: E402

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "hosts.sh")
NEW = ["setpriv", "--pdeathsig", "KILL", "unshare", "--fork", "--kill-child", "--pid",
       "--mount-proc", "--mount", "--net", "--uts"]
PROGRAMS = ["ip", "nsenter", "setpriv", "unshare", "mpirun", "ssh", "ssh-keygen", "/usr/sbin/sshd"]


def why_not():
    """Why there can be no such hosts here; None if there can."""
    if os.geteuid() != 0:
        return "hosts of namespaces need root"
    for name in PROGRAMS:
        if shutil.which(name) is None:
            return f"hosts of namespaces need the program '{name}'"
    probe = ["ip", "link", "add", "probe", "type", "veth", "peer", "name", "other"]
    done = subprocess.run(NEW + ["sh", "-c", f"mount -t tmpfs none /run && {' '.join(probe)}"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return f"no namespaces, or no links between them: {done.stderr.strip()}"
    return None


class Fleet:
    """Hosts that can reach each other by name; they end with the test case, or with its process."""

    def __init__(self, case, names):
        self.names = names
        self.folder = tempfile.mkdtemp(dir=case.folder, prefix="hosts-")
        log_path = os.path.join(self.folder, "log")
        with open(log_path, "wb") as log:
            self.process = subprocess.Popen(NEW + ["sh", SCRIPT, self.folder, *names],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        case.addCleanup(self.end)
        try:
            processes.wait_until(self.is_ready, "hosts do not come up", 20)
        except AssertionError as error:
            with open(log_path, encoding="utf-8") as log:
                raise AssertionError(f"{error}\n{log.read()}") from None
        self.first = {name: self.find(name) for name in names}
        self.spaces = {os.readlink(f"/proc/{pid}/ns/uts"): name
                       for name, pid in self.first.items()}

    def is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"hosts.sh ended with {self.process.returncode}")
        return os.path.exists(os.path.join(self.folder, "ready"))

    def find(self, name):
        """The first process of a host, whose end is that of all others there."""
        for pid in processes.descendants(self.process.pid):
            words = processes.read(pid, "cmdline").split(b"\0")
            if words[:2] == [b"sh", SCRIPT.encode()] and words[3:4] == [name.encode()] and \
                    processes.has_variable(pid, "BE_HOST=1"):
                return pid
        raise AssertionError(f"host '{name}' is not there")

    def at(self, name, *command):
        """The command line that runs a command on a host."""
        return ["nsenter", "--all", "-t", str(self.first[name]), "--wdns=/", "env",
                f"TMPDIR={os.path.join(self.folder, name)}", *command]

    def link(self, name, state):
        switch = processes.descendants(self.process.pid)[0]
        subprocess.run(["nsenter", "--net", "-t", str(switch), "ip", "link", "set", name, state],
                       check=True, stdin=subprocess.DEVNULL)

    def cut(self, name):
        self.link(name, "down")

    def heal(self, name):
        self.link(name, "up")

    def kill(self, name):
        """All its processes end; connections are reset unless its link is cut."""
        os.kill(self.first[name], signal.SIGKILL)

    def host_of(self, pid):
        """Which host a process is on; None: on none."""
        try:
            space = os.readlink(f"/proc/{pid}/ns/uts")
        except OSError:
            return None
        return self.spaces.get(space)

    def programs(self, *words):
        """What runs on the hosts and has one of these words in its command line: [(pid, host)]."""
        found = []
        for pid in processes.everybody():
            host = self.host_of(pid)
            line = processes.read(pid, "cmdline").replace(b"\0", b" ").decode()
            if host is not None and any(word in line for word in words):
                found.append((pid, host))
        return found

    def shared_memory(self, name):
        return os.listdir(os.path.join("/proc", str(self.first[name]), "root", "dev", "shm"))

    def end(self):
        self.process.kill()
        self.process.wait()
