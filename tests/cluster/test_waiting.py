"""Ranks that wait take next to nothing of a core: their processor time, not the clock, is measured.

    test_waiting.py PROGRAM     tests/cluster/losing.c, compiled
"""
import os
import signal
import sys
import time
import unittest

import test_lost_workers

TASK_S = 4
# Three times what is asked for: 3 % of a core, of which a busy machine makes more.
MOST = 0.09


def processor_s(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Waiting(unittest.TestCase):
    def test_waiting_ranks_take_little_of_a_core(self):
        """Two tasks for seven workers: rank 0 and the others have nothing to do meanwhile."""
        with test_lost_workers.Job(8, 2, TASK_S, 30) as job:
            job.at(1)
            start_s = time.monotonic()
            before = [processor_s(pid) for pid in job.pids]
            job.at(TASK_S - 0.5)
            seconds = time.monotonic() - start_s
            shares = [(processor_s(pid) - used) / seconds for pid, used in zip(job.pids, before)]
            self.assertEqual(job.report()["told"], 2)
            # The first two workers have the tasks.
            self.assertLess(shares[0], MOST, shares)
            self.assertLess(max(shares[3:]), MOST, shares)
            job.end_mpirun(10)


if __name__ == "__main__":
    # Out of time: what was started must be ended all the same.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    unittest.main()
