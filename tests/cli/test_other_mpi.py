"""More than one MPI library on a machine: ranks that the wrong mpirun starts are refused, and so is
`bitfront run` by a program of which it could not start ranks that survive."""
import os
import shutil
import unittest

import harness

# Debian's names of them.
LAUNCHERS = {"Open MPI": "mpirun.openmpi", "MPICH": "mpirun.mpich"}
RANKS = 3


class OtherMpi(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        version = cls.require("--version").out
        cls.ours = next(line.split(None, 1)[1] for line in version.splitlines()
                        if line.startswith("MPI "))

    def test_library_is_named_in_a_few_words(self):
        self.assertRegex(self.ours, r"^(Open MPI v|MPICH )\d+\.\d+")

    def test_ranks_of_another_mpirun_are_refused(self):
        others = [name for library, name in LAUNCHERS.items() if not self.ours.startswith(library)]
        found = [name for name in others if shutil.which(name)]
        if not found:
            self.skipTest(f"no {' or '.join(others)} here")
        for name in found:
            done = harness.bitfront("search", "none.toml", "--out", self.path("out"), ranks=RANKS,
                                    env={"BITFRONT_MPIRUN": name}, limit=harness.REFUSAL_S)
            lines = [line for line in done.err.splitlines() if line.startswith("bitfront: ")]
            self.assertNotEqual(done.code, 0, done)
            # Each believes to be alone, so each says so, unless it was ended before.
            self.assertIn(len(lines), range(1, RANKS + 1), done)
            for line in lines:
                self.assertIn(f"{RANKS} processes were started, but each is alone", line)
                self.assertTrue(line.endswith(self.ours), line)
            self.assertFalse(os.path.exists(self.path("out")))

    @unittest.skipIf("Open MPI" in harness.run([harness.BITFRONT, "--version"]).out,
                     "with Open MPI it runs")
    def test_launcher_says_what_to_use_instead(self):
        self.refuse(["run", "-n", 2, "--", "search", "none.toml", "--out", self.path("out")], 2,
                    "'run' needs Open MPI", self.ours, "mpiexec", "--resume")


if __name__ == "__main__":
    harness.main()
