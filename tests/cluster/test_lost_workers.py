"""Workers that are killed, stopped or crash: every task is done all the same, nobody stays behind.

    test_lost_workers.py PROGRAM     tests/cluster/losing.c, compiled
"""
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = sys.argv.pop(1)
SOURCE = os.environ["BITFRONT_SOURCE"]
# A sanitized program starts slowly on a busy machine.
START_S = 60
END_S = 60


def lives(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_for(what, limit_s, words):
    end = time.monotonic() + limit_s
    while not what():
        if time.monotonic() > end:
            raise AssertionError(f"{words} not within {limit_s} s")
        time.sleep(0.01)


class Job:
    """One mpirun that survives lost ranks, and all that is left of it at the end."""

    def __init__(self, ranks, tasks, task_s, lease_s, n_bytes=0, leave_after_s=0, killer=-1,
                 env=None):
        self.folder = tempfile.mkdtemp(prefix="bitfront-test-lost-")
        self.file = os.path.join(self.folder, "job")
        environment = {**os.environ, "OMPI_MCA_orte_enable_recovery": "1",
                       "OMPI_MCA_odls_base_sigkill_timeout": "1", **(env or {})}
        self.mpirun = subprocess.Popen(
            ["sh", os.path.join(SOURCE, "tests", "mpi_run.sh"), str(ranks), PROGRAM, self.file,
             *map(str, (tasks, task_s, lease_s, n_bytes, leave_after_s, killer))],
            env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True)
        self.pids = []
        self.start_s = time.monotonic()
        self.name = 0

    def __enter__(self):
        wait_for(lambda: os.path.exists(self.file + ".pids") or self.mpirun.poll() is not None,
                 START_S, "the job started")
        if self.mpirun.poll() is not None:
            raise AssertionError("mpirun ended: " + self.mpirun.communicate()[0])
        with open(self.file + ".pids", encoding="utf-8") as file:
            *self.pids, self.name = map(int, file.read().split())
        self.start_s = time.monotonic()
        return self

    def __exit__(self, *_):
        for pid in self.pids:
            if lives(pid):
                os.kill(pid, signal.SIGKILL)
        self.end_mpirun()
        for path in self.shared():
            os.unlink(path)
        shutil.rmtree(self.folder)

    def send(self, rank, number):
        os.kill(self.pids[rank], number)

    def kill(self, *ranks):
        for rank in ranks:
            self.send(rank, signal.SIGKILL)

    def at(self, seconds):
        time.sleep(max(0, self.start_s + seconds - time.monotonic()))

    def report(self, limit_s=END_S):
        wait_for(lambda: os.path.exists(self.file + ".report"), limit_s, "the agenda ended")
        with open(self.file + ".report", encoding="utf-8") as file:
            return json.load(file)

    def shared(self):
        mark = f".{self.name:x}."
        return [os.path.join("/dev/shm", name) for name in os.listdir("/dev/shm")
                if "_segment." in name and mark in name]

    def end_mpirun(self, grace_s=2):
        """As a launcher does: it gets 2 s to see that all is over."""
        for number, limit_s in ((None, grace_s), (signal.SIGTERM, 10), (signal.SIGKILL, 10)):
            try:
                if number is not None:
                    os.killpg(self.mpirun.pid, number)
                self.mpirun.communicate(timeout=limit_s)
                return
            except ProcessLookupError:
                return
            except subprocess.TimeoutExpired:
                pass

    def end_alone(self):
        """The ranks end by themselves, before mpirun is told to end them."""
        wait_for(lambda: not any(map(lives, self.pids)), 1.5, "all ranks ended by themselves")
        return self.end()

    def end(self, limit_s=30):
        """The rest of the job ends by itself after rank 0's report, but for stopped ranks."""
        wait_for(lambda: not lives(self.pids[0]), limit_s, "rank 0 ended")
        self.end_mpirun()
        wait_for(lambda: not any(map(lives, self.pids)), limit_s, "all ranks ended")
        return self.shared()


class LostWorkers(unittest.TestCase):
    def check(self, job, tasks, losses=None, limit_s=END_S):
        """Every task was told once; who was lost, suspect or not; nothing is left."""
        report = job.report(limit_s)
        self.assertEqual(report["status"], "BF_OK", report)
        self.assertEqual(report["told"], tasks, report)
        if losses is not None:
            self.assertEqual([(loss["rank"], loss["suspect"]) for loss in report["losses"]], losses,
                             report)
        self.assertEqual(job.end(), [], "left in /dev/shm")
        return report

    def test_undisturbed_job_loses_nobody(self):
        with Job(4, 60, 0.02, 1) as job:
            report = job.report()
            job.end_mpirun(END_S)
            self.assertEqual(job.mpirun.returncode, 0)
            self.check(job, 60, [])
            self.assertEqual((report["late"], report["again"]), (0, 0))

    def test_tasks_longer_than_the_lease_lose_nobody(self):
        with Job(3, 4, 2.5, 0.6) as job:
            self.check(job, 4, [])

    def test_killed_worker_is_given_up_at_once(self):
        for number in (signal.SIGKILL, signal.SIGSEGV):
            with self.subTest(signal=number), Job(4, 60, 0.05, 30) as job:
                job.at(0.4)
                killed_s = time.monotonic() - job.start_s
                job.send(2, number)
                report = self.check(job, 60, [(2, True)])
                self.assertEqual(report["losses"][0]["tasks"], 2)
                self.assertEqual(report["again"], 2)
                self.assertLess(report["losses"][0]["s"] - killed_s, 1)

    def test_kills_of_all_but_one_leave_it_to_the_last(self):
        with Job(5, 100, 0.02, 30) as job:
            for rank in (1, 3, 4):
                job.at(0.2 + 0.1 * rank)
                job.kill(rank)
            report = self.check(job, 100, [(1, True), (3, True), (4, True)])
            self.assertGreater(report["by_rank"][2], 20)

    def test_kill_while_large_results_travel(self):
        """Rank 0 is held still, so that both have begun to send and wait for it."""
        for task_s, n_tasks in ((0, 3000), (0.01, 300)):
            with self.subTest(task_s=task_s), Job(4, n_tasks, task_s, 30, n_bytes=1 << 20) as job:
                job.at(0.2)
                job.send(0, signal.SIGSTOP)
                time.sleep(0.3)
                job.kill(1, 2)
                time.sleep(0.1)
                job.send(0, signal.SIGCONT)
                report = self.check(job, n_tasks)
                self.assertEqual([loss["rank"] for loss in report["losses"]], [1, 2], report)

    def test_tasks_of_no_length_are_handed_out_ahead(self):
        with Job(3, 4000, 0, 30) as job:
            report = self.check(job, 4000, [])
            self.assertTrue(10 <= report["most_held"] <= 64, report)
            self.assertEqual((report["late"], report["again"]), (0, 0))

    def test_tasks_of_5_ms_are_handed_out_one_ahead(self):
        with Job(3, 60, 0.005, 30) as job:
            self.assertEqual(self.check(job, 60, [])["most_held"], 2)

    def test_task_that_kills_among_gathered_ones_is_found_and_no_other(self):
        """The first death may be anybody's; then results come alone, and two more tell."""
        with Job(6, 3000, 0, 30, killer=2000) as job:
            report = self.check(job, 3000)
            self.assertEqual(report["poisonous"], [2000], report)
            self.assertEqual([loss["suspect"] for loss in report["losses"]], [False, True, True],
                             report)

    def test_task_that_kills_among_long_ones_is_found_after_two_deaths(self):
        with Job(5, 60, 0.005, 30, killer=20) as job:
            report = self.check(job, 60)
            self.assertEqual(report["poisonous"], [20], report)
            self.assertEqual([loss["suspect"] for loss in report["losses"]], [True, True], report)

    def test_stopped_worker_is_given_up_after_the_lease(self):
        with Job(4, 60, 0.05, 1) as job:
            job.at(0.3)
            job.send(3, signal.SIGSTOP)
            report = self.check(job, 60, [(3, False)])
            self.assertTrue(1 <= report["losses"][0]["s"] - 0.3 < 3, report)

    def test_stopped_worker_that_goes_on_works_again(self):
        with Job(3, 160, 0.05, 0.6) as job:
            job.at(0.5)
            job.send(2, signal.SIGSTOP)
            job.at(2)
            job.send(2, signal.SIGCONT)
            report = self.check(job, 160, [(2, False)])
            self.assertLessEqual(report["late"], 2)
            self.assertGreater(report["by_rank"][2], 20)

    def test_worker_that_stops_again_and_again_is_taken_back_each_time(self):
        with Job(3, 200, 0.03, 0.4) as job:
            for i in range(4):
                job.at(0.2 + i)
                job.send(1, signal.SIGSTOP)
                job.at(0.9 + i)
                job.send(1, signal.SIGCONT)
            report = self.check(job, 200)
            self.assertEqual({(loss["rank"], loss["suspect"]) for loss in report["losses"]},
                             {(1, False)})

    def test_stopped_coordinator_loses_nobody(self):
        with Job(4, 80, 0.05, 0.5) as job:
            job.at(0.3)
            job.send(0, signal.SIGSTOP)
            job.at(2)
            job.send(0, signal.SIGCONT)
            self.check(job, 80, [])

    def test_job_that_is_stopped_as_a_whole_loses_nobody(self):
        """As when its machine sleeps: nobody could give a sign of life."""
        with Job(4, 80, 0.05, 1) as job:
            job.at(0.3)
            for rank in (0, 1, 2, 3):
                job.send(rank, signal.SIGSTOP)
            job.at(2.5)
            job.send(0, signal.SIGCONT)
            job.at(2.8)
            for rank in (1, 2, 3):
                job.send(rank, signal.SIGCONT)
            self.check(job, 80, [])

    def test_death_of_all_ends_the_agenda_at_once(self):
        with Job(3, 200, 0.05, 30) as job:
            job.at(0.3)
            job.kill(1, 2)
            report = job.report(5)
            self.assertEqual((report["status"], report["trail"]),
                             ("BF_ERR_STOPPED", "no worker is left: 2 died, 0 fell silent"))
            self.assertEqual(job.end(), [])

    def test_silence_of_all_ends_the_agenda_after_three_leases(self):
        with Job(3, 200, 0.05, 0.5) as job:
            job.at(0.3)
            job.kill(1)
            job.send(2, signal.SIGSTOP)
            report = job.report(10)
            self.assertEqual((report["status"], report["trail"]),
                             ("BF_ERR_STOPPED", "no worker is left: 1 died, 1 fell silent"))
            self.assertGreater(report["s"], 1.5)
            self.assertEqual(job.end(), [])

    def test_leaving_ends_workers_in_their_tasks(self):
        with Job(3, 10, 100, 30, leave_after_s=0.5) as job:
            report = job.report(5)
            self.assertEqual((report["status"], report["told"]), ("BF_OK", 0))
            self.assertEqual(job.end_alone(), [])

    def test_leaving_under_plain_mpirun_reports_all_the_same(self):
        """It ends every job of which a rank ends before MPI does: rank 0 must be the first."""
        for task_s in (0.05, 100):
            with self.subTest(task_s=task_s), \
                    Job(3, 1000, task_s, 30, leave_after_s=0.5,
                        env={"OMPI_MCA_orte_enable_recovery": "0"}) as job:
                self.assertEqual(job.report(5)["status"], "BF_OK")
                job.end_mpirun(END_S)
                self.assertEqual(job.end(), [])
                self.assertEqual(job.mpirun.returncode, 4)

    def test_mpirun_that_is_stopped_is_not_needed(self):
        """It reaps no dead worker and cleans nothing up."""
        with Job(4, 60, 0.03, 30) as job:
            os.kill(job.mpirun.pid, signal.SIGSTOP)
            try:
                job.at(0.4)
                job.kill(2)
                report = job.report(20)
                wait_for(lambda: not any(map(lives, job.pids)), 1.5, "all ranks ended")
                left = job.shared()
            finally:
                os.kill(job.mpirun.pid, signal.SIGCONT)
            self.assertEqual((report["status"], report["told"]), ("BF_OK", 60))
            self.assertEqual(left, [])
            self.assertEqual(job.end(), [])

    def test_killed_coordinator_takes_its_workers_along(self):
        with Job(4, 10, 100, 30) as job:
            job.at(0.3)
            job.kill(0)
            self.assertEqual(job.end_alone(), [])

    def test_random_kills_and_stops_lose_no_task(self):
        rounds = 12 if os.environ.get("BITFRONT_LONG") else 2
        for seed in range(rounds):
            draw = random.Random(seed)
            n_bytes = draw.choice((0, 3000, 100000))
            with self.subTest(seed=seed), Job(6, 400, 0.01, 0.5, n_bytes=n_bytes) as job:
                victims = draw.sample(range(1, 6), 3)
                for i, rank in enumerate(victims):
                    job.at(0.15 * (i + 1) + 0.1 * draw.random())
                    job.send(rank, draw.choice((signal.SIGKILL, signal.SIGSEGV, signal.SIGSTOP)))
                report = self.check(job, 400)
                self.assertEqual({loss["rank"] for loss in report["losses"]}, set(victims))


if __name__ == "__main__":
    # Out of time: what was started must be ended all the same.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    unittest.main()
