"""A disk that is full or becomes read-only: a search says so in one line, and goes on when there is
room.

    test_disk.py RANKS     0: without mpirun

On a small tmpfs, and a small ext4 file system in a file for what a tmpfs cannot do; both are mounted
by the test, which takes root.
"""
import errno
import os
import shutil
import subprocess
import sys
import unittest

import harness
import killed

RANKS = int(sys.argv[1]) if len(sys.argv) > 1 else 0
PAGE = 4096
# Nets of some 20 KiB, trials of some 2 KiB, so that each may be what no longer fits. Two workers are done
# soon, and on a busy machine before something happens to their disk, if trials are short.
JOB = """
model = "jsc-lab4"
batch_size = 64
seed = 5
[search.search_space]
name = "graph/bitfront/joint"
setup.by = "name"
[search.search_space.seed.seq_blocks_2.config]
name = ["integer"]
data_in = [[8, 4], [6, 3], [4, 2]]
weight = [[8, 6], [6, 4], [4, 2]]
channel_multiplier = [1, 2, 3]
[search.strategy.sw_runner]
null = {cost_ms = COST}
basic_train = {max_epochs = 1, max_steps = 4, learning_rate = 1e-2, optimizer = "adam"}
[search.strategy.setup]
sampler = "random"
n_trials = 20
[search.strategy.metrics]
accuracy = {scale = 1.0, direction = "maximize"}
weight_bits = {scale = 1.0, direction = "minimize"}
""".replace("COST", "40" if RANKS else "10")
FULL = "No space left on device"
READ_ONLY = "Read-only file system"
NOT_SYNCED = "Input/output error; go on with --resume"


def call(*command):
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)


class Disk(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        reason = harness.why_no_mounts()
        if reason:
            raise unittest.SkipTest(reason)
        cls.data = cls.synth("data", 600)
        cls.job = cls.write("job.toml", JOB)
        cls.calm = cls.path("calm")
        cls.require("search", *cls.how(cls.calm))

    def setUp(self):
        self.disk = self.path("disk")
        self.out = os.path.join(self.disk, "study")
        os.makedirs(self.disk)
        self.addCleanup(shutil.rmtree, self.disk)

    @classmethod
    def how(cls, out):
        return [cls.job, "--data", cls.data, "--out", out, "--progress", "none"]

    def mount(self, *what):
        call("mount", *what, self.disk)
        self.addCleanup(self.unmount)

    def unmount(self):
        """Nothing stays mounted: not even what a process that hangs has open."""
        if os.path.ismount(self.disk):
            call("umount", "-l", self.disk)

    def fill(self, n_free):
        """Leaves that many bytes, if nobody else writes meanwhile."""
        info = os.statvfs(self.disk)
        with open(os.path.join(self.disk, "filler"), "ab", buffering=0) as file:
            try:
                for _ in range((info.f_bavail * info.f_frsize - n_free) // PAGE):
                    file.write(bytes(PAGE))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise

    def make_room(self):
        os.unlink(os.path.join(self.disk, "filler"))

    def talk(self, done):
        """What it says after its banner."""
        said = done.err.splitlines()
        ends = [i for i, line in enumerate(said) if line.startswith(("results  ", "resumed  "))]
        return said[ends[-1] + 1:] if ends else said

    def fails(self, done, *words):
        """One line, whatever the number of ranks, with one of these words."""
        said = [line for line in self.talk(done) if line.startswith("bitfront: ")]
        self.assertEqual(done.code, 1, done)
        self.assertEqual(len(said), 1, done)
        self.assertTrue(any(word in said[0] for word in words), done)
        if not RANKS:
            self.assertEqual(self.talk(done), said, done)
        return said[0]

    def resume(self):
        """The study is whole, and one process ends it as if there had always been room."""
        self.require("search", *self.how(self.out), "--resume")
        for file in ("trials.csv", "front.csv"):
            self.assertEqual(harness.steady(self.out, file), harness.steady(self.calm, file))
        for folder in ("", "checkpoints"):
            self.assertEqual(sorted(os.listdir(os.path.join(self.out, folder))),
                             sorted(os.listdir(os.path.join(self.calm, folder))))

    def search(self, *options):
        return harness.bitfront("search", *self.how(self.out), *options, ranks=RANKS)

    def try_with(self, n_free):
        """A search that has that much room; what did not fit."""
        self.fill(n_free)
        line = self.fails(self.search(), FULL)
        if os.path.exists(os.path.join(self.out, "study.journal")):
            self.assertIn("exit code 1", self.require("status", self.out).out)
        self.make_room()
        self.resume()
        shutil.rmtree(self.out)
        return line

    def size(self, *names):
        path = os.path.join(self.calm, *names)
        return -(-os.path.getsize(path) // PAGE) * PAGE

    def test_full_disk(self):
        """Whatever it is that no longer fits."""
        self.mount("-t", "tmpfs", "-o", "size=4m", "tmpfs")
        nets = sum(self.size("checkpoints", name)
                   for name in os.listdir(os.path.join(self.calm, "checkpoints")))
        enough = self.size("study.journal") + nets
        rooms = [0, 6 * PAGE, enough + 2 * PAGE]
        if not RANKS:
            rooms = range(0, enough + 8 * PAGE, 4 * PAGE)
        failures = "\n".join(self.try_with(n) for n in rooms)
        self.assertIn("cannot save checkpoint", failures)
        if not RANKS:
            for words in ("study.journal': No", "journal': No space left on device; make room and "
                          "go on with --resume", "trials.csv", "best.json"):
                self.assertIn(words, failures)

    def disturb(self, disturbance, *words):
        """A search on whose disk something happens while it runs."""
        arguments = ["search", *self.how(self.out)]
        with killed.Search(arguments, self.out, max(RANKS, 1)) as running:
            self.assertIsNotNone(running.coordinator())
            self.assertTrue(running.wait(lambda: killed.n_told(self.out) >= 5))
            disturbance()
            done = running.finish()
        self.fails(done, *words)
        self.assertGreaterEqual(killed.n_told(self.out), 5)

    def test_disk_that_others_fill(self):
        self.mount("-t", "tmpfs", "-o", "size=4m", "tmpfs")
        self.disturb(lambda: self.fill(0), FULL)
        self.make_room()
        self.resume()

    def test_disk_that_becomes_read_only(self):
        """As ext4 makes itself after an error, which is what "abort" pretends."""
        image = self.path("image")
        with open(image, "wb") as file:
            file.truncate(8 << 20)
        self.addCleanup(os.unlink, image)
        call("mkfs.ext4", "-q", image)
        self.mount("-o", "loop", image)
        self.disturb(lambda: call("mount", "-o", "remount,abort", self.disk), READ_ONLY,
                     NOT_SYNCED)
        call("umount", self.disk)
        call("mount", "-o", "loop", image, self.disk)
        self.resume()

    def test_read_only_disk(self):
        self.mount("-t", "tmpfs", "-o", "size=4m", "tmpfs")
        with killed.Search(["search", *self.how(self.out)], self.out, 1) as running:
            self.assertTrue(running.kill_after(3, 0))
        before = killed.contents(self.out)
        call("mount", "-o", "remount,ro", self.disk)
        self.fails(self.search("--resume"), READ_ONLY)
        self.assertEqual(killed.contents(self.out), before)
        self.out += "-2"
        self.fails(self.search(), READ_ONLY)
        self.out = self.out[:-2]
        call("mount", "-o", "remount,rw", self.disk)
        self.resume()


if __name__ == "__main__":
    sys.argv[1:] = []
    harness.main()
