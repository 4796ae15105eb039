"""Data staged to a disk of the host, files that others have locked, file systems without locks.

    test_file_systems.py NO_FLOCK     a library that makes flock fail
"""
import fcntl
import glob
import os
import shutil
import subprocess
import sys

import harness
import spoil

NO_FLOCK = sys.argv[1]
JOB = """
model = "jsc-lab4"
batch_size = 64
seed = 5
[search.search_space]
name = "graph/bitfront/joint"
setup.by = "name"
[search.search_space.seed.seq_blocks_2.config]
name = ["integer"]
data_in = [[8, 4], [6, 3]]
weight = [[8, 6], [6, 4], [4, 2]]
[search.strategy.sw_runner]
basic_train = {max_epochs = 1, max_steps = 4, learning_rate = 1e-2, optimizer = "adam"}
[search.strategy.setup]
sampler = "random"
n_trials = 4
[search.strategy.metrics]
accuracy = {scale = 1.0, direction = "maximize"}
weight_bits = {scale = 1.0, direction = "minimize"}
"""


class FileSystems(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.synth("data", 3000)
        cls.job = cls.write("job.toml", JOB)
        cls.require("search", *cls.how(cls.path("plain")))

    def setUp(self):
        self.out = self.path("out")
        self.disk = self.path("disk")
        os.makedirs(self.disk)
        self.addCleanup(shutil.rmtree, self.disk)
        self.addCleanup(shutil.rmtree, self.out, ignore_errors=True)

    @classmethod
    def how(cls, out):
        return [cls.job, "--data", cls.data, "--out", out, "--progress", "none"]

    def same(self, out=None):
        """The result is that of a search that met with no trouble."""
        self.assertEqual(harness.steady(out or self.out, "trials.csv"),
                         harness.steady(self.path("plain"), "trials.csv"))

    def hold(self, path, how=fcntl.LOCK_EX):
        """As HDF5 1.10 does that has the file open for writing."""
        file = open(path, "rb")
        self.addCleanup(file.close)
        fcntl.flock(file, how | fcntl.LOCK_NB)


class Staging(FileSystems):
    def stage(self, out=None, ranks=0):
        done = self.require("search", *self.how(out or self.out), "--stage", self.disk, ranks=ranks)
        shutil.rmtree(out or self.out)
        return done

    def shards(self):
        """The staged files: name, bytes, and what a new copy would change."""
        found = glob.glob(os.path.join(self.disk, f"bitfront-{os.getuid()}", "*", "*"))
        return {os.path.basename(path): (os.stat(path).st_ino, os.path.getsize(path))
                for path in found}

    def check_shards(self):
        names = set(os.listdir(self.data)) - {"manifest.h5"}
        self.assertEqual(set(self.shards()), names)

    def test_data_are_copied_once_and_read_there(self):
        done = self.require("search", *self.how(self.out), "--stage", self.disk)
        self.assertIn(f"; staged in {self.disk}/bitfront-{os.getuid()}/", done.err)
        self.same()
        self.check_shards()
        first = self.shards()
        # Nobody needs the originals any more.
        away = self.path("away")
        os.makedirs(away)
        for name in first:
            os.rename(os.path.join(self.data, name), os.path.join(away, name))
        try:
            self.stage(self.path("out3"), ranks=3)
            self.require("refit", self.out, "--by", "knee", "--epochs", 1, "--seeds", 1,
                         "--progress", "none", "--stage", self.disk)
        finally:
            for name in first:
                os.rename(os.path.join(away, name), os.path.join(self.data, name))
        self.assertEqual(self.shards(), first)

    def test_damaged_copy_is_mended(self):
        self.stage(ranks=3)
        before = self.shards()
        name = sorted(before)[0]
        path = glob.glob(os.path.join(self.disk, "*", "*", name))[0]
        for change in (spoil.flip, spoil.cut, os.unlink):
            with self.subTest(change.__name__):
                change(path)
                self.assertNotIn("warning: data are not staged", self.stage().err)
                self.check_shards()
                self.assertEqual(os.path.getsize(path), before[name][1])

    def warned(self, done, *words):
        lines = [line for line in done.err.splitlines() if "data are not staged" in line]
        self.assertEqual(len(lines), 1, done)
        for word in (*words, f"they are read from '{self.data}' there"):
            self.assertIn(word, lines[0])

    def stage_on(self, options, ranks):
        """On a file system of its own, which is gone with the processes that see it."""
        reason = harness.why_no_mounts()
        if reason:
            self.skipTest(reason)
        script = (f"mount -t tmpfs -o {options} tmpfs {self.disk} || exit 1\n"
                  f'"$@" || exit 1\necho $(find {self.disk} -type f | wc -l) staged')
        command = ["sh", os.path.join(harness.SOURCE, "tests", "mpi_run.sh"), str(ranks),
                   harness.BITFRONT, "search", *self.how(self.out), "--stage", self.disk]
        done = harness.run(["unshare", "--mount", "sh", "-c", script, "sh", *command])
        self.assertEqual(done.code, 0, done)
        self.same()
        self.assertIn("\n0 staged\n", done.out)
        return done

    def test_disk_without_room(self):
        self.warned(self.stage_on("size=64k", 3), "MB free and the data take")

    def test_disk_that_cannot_be_written(self):
        self.warned(self.stage_on("ro", 1), "Read-only file system")

    def test_no_such_folder_and_no_name(self):
        self.disk = os.path.join(self.disk, "none")
        self.warned(self.stage(), "No such file or directory")
        self.disk = os.path.dirname(self.disk)
        self.refuse(["search", *self.how(self.path("out")), "--stage", ""], 2, "--stage", "empty")

    def test_searches_at_once(self):
        commands = [[harness.BITFRONT, "search", *self.how(self.path(f"twin{i}")), "--stage",
                     self.disk] for i in range(3)]
        running = [subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                    stderr=subprocess.STDOUT, text=True) for command in commands]
        try:
            for i, process in enumerate(running):
                said = process.communicate(timeout=60)[0]
                self.assertEqual(process.returncode, 0, said)
                self.assertIn("; staged in", said)
                self.same(self.path(f"twin{i}"))
        finally:
            for process in running:
                process.kill()
        self.check_shards()

    def test_damaged_original(self):
        bad = spoil.copy(self.data, self.path("bad"),
                         lambda d: spoil.flip(os.path.join(d, "train-00000.h5")))
        for ranks in (0, 3):
            done = harness.bitfront("search", self.job, "--data", bad, "--out", self.out, "--stage",
                                    self.disk, ranks=ranks)
            self.assertIn("cannot read shard 'train-00000.h5'", self.one_line(done, 5))

    def test_dry_run_stages_nothing(self):
        self.require("search", *self.how(self.out), "--dry-run", "--stage", self.disk)
        self.assertEqual(os.listdir(self.disk), [])


class Locks(FileSystems):
    def test_locked_data_are_read(self):
        for name in os.listdir(self.data):
            self.hold(os.path.join(self.data, name))
        self.require("search", *self.how(self.out), ranks=3)
        self.same()

    def test_locks_that_the_user_wants_are_tried(self):
        self.hold(os.path.join(self.data, "train-00000.h5"))
        self.refuse(["search", *self.how(self.path("out"))], 5, "train-00000.h5",
                    "unable to lock file", env={"HDF5_USE_FILE_LOCKING": "TRUE"})

    def test_source_that_is_being_written_is_not_imported(self):
        source = self.path("source.h5")
        with spoil.h5py.File(source, "w") as file:
            file["x"] = [1.0]
        self.hold(source)
        self.refuse(["data", "import", source, "--out", self.path("out")], 5,
                    "source.h5' is locked: another program has it open for writing",
                    "HDF5_USE_FILE_LOCKING=FALSE")
        self.refuse(["data", "import", source, "--out", self.path("out")], 5,
                    "source.h5", "t_allpar_new", env={"HDF5_USE_FILE_LOCKING": "FALSE"})

    def test_file_system_without_locks(self):
        for error, words in (("ENOSYS", "Function not implemented"),
                             ("ENOLCK", "No locks available")):
            with self.subTest(error):
                env = {"LD_PRELOAD": NO_FLOCK, "NO_FLOCK": error}
                done = self.require("search", *self.how(self.out), env=env)
                self.assertIn(f"cannot be locked ({words}): nothing keeps another process from "
                              "running this study, too", done.err)
                self.same()
                done = self.require("search", "--resume", "--out", self.out, "--n-trials", 5,
                                    "--progress", "none", env=env)
                self.assertIn("cannot be locked", done.err)
                shutil.rmtree(self.out)

    def test_import_without_locks(self):
        """Nobody can be known to write it."""
        source = self.path("plain.h5")
        with spoil.h5py.File(source, "w") as file:
            file["x"] = [1.0]
        self.refuse(["data", "import", source, "--out", self.path("out")], 5, "t_allpar_new",
                    env={"LD_PRELOAD": NO_FLOCK})


if __name__ == "__main__":
    harness.main()
