"""Processes that a test has started: found by walking down from them, never by their names."""
import os
import re
import time


def read(pid, name):
    """A file of /proc/<pid>; empty when the process is gone."""
    try:
        with open(f"/proc/{pid}/{name}", "rb") as file:
            return file.read()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return b""


def lives(pid):
    return read(pid, "stat").rpartition(b")")[2].split()[:1] not in ([], [b"Z"], [b"X"])


def descendants(pid):
    """Its children, theirs, and so on."""
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
    except (FileNotFoundError, ProcessLookupError):
        return []
    children = [int(word) for task in tasks
                for word in read(pid, f"task/{task}/children").split()]
    return children + [deeper for child in children for deeper in descendants(child)]


def has_variable(pid, variable):
    """Whether "NAME=VALUE" is in the environment it was started with."""
    return variable.encode() in read(pid, "environ").split(b"\0")


def rank_of(pid):
    """Of a process of mpirun; -1: it is none."""
    mark = b"OMPI_COMM_WORLD_RANK="
    entries = read(pid, "environ").split(b"\0")
    return next((int(entry[len(mark):]) for entry in entries if entry.startswith(mark)), -1)


def ranks_of(pid):
    """The living ranks under a launcher or an mpirun: {rank: pid}."""
    found = {rank_of(child): child for child in descendants(pid) if lives(child)}
    return {rank: child for rank, child in found.items() if rank >= 0}


def everybody():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def catches(pid, number):
    """Whether it has a handler of a signal."""
    masks = re.findall(rb"^SigCgt:\s*(\w+)", read(pid, "status"), re.MULTILINE)
    return bool(masks) and int(masks[0], 16) >> (number - 1) & 1 == 1


def shared_files(pid):
    """Files of /dev/shm that it maps."""
    return {line.decode() for line in re.findall(rb"(/dev/shm/[^\s]+)", read(pid, "maps"))}


def wait_until(condition, words, limit_s):
    end_s = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > end_s:
            raise AssertionError(f"{words}: not within {limit_s} s")
        time.sleep(0.005)
