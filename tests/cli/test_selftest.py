"""bitfront selftest: passes on this machine, and finds each thing that is broken on purpose. And a search
says when its ranks are in each other's way."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest

import harness

CHECKS = ["launcher", "MPI", "messages", "shared window", "cores", "threads", "kernels", "BLIS", "HDF5",
          "HDF5 files", "HDF5 in TMPDIR", "file locks", "disk sync", "sync in TMPDIR", "clock",
          "dates of hosts"]
ALONE = [name for name in CHECKS if name not in ("MPI", "messages", "shared window", "dates of hosts")]
# Ten seconds are promised; a busy machine gets more, a hang does not.
PROMISED_S = 10
BUSY = max(1, os.getloadavg()[0] / os.cpu_count())


CANNOT_MOUNT = harness.why_no_mounts()


class Selftest(unittest.TestCase):
    def setUp(self):
        self.box = tempfile.mkdtemp(prefix="bitfront-selftest.")
        self.addCleanup(shutil.rmtree, self.box, ignore_errors=True)
        self.temporary = os.path.join(self.box, "tmp")
        os.mkdir(self.temporary)
        self.out = os.path.join(self.box, "out")
        os.mkdir(self.out)

    def tearDown(self):
        # A lone process with MPI in it leaves Open MPI's session folder.
        left = [name for name in os.listdir(self.temporary) if not name.startswith("ompi.")]
        self.assertEqual((left, os.listdir(self.out)), ([], []))

    def selftest(self, *arguments, code=0, ranks=0, command=(), env=None, **how):
        """The checks by name, of one that ended with `code`."""
        arguments = ["selftest", "--json", "--dir", self.out, *arguments]
        env = {"TMPDIR": self.temporary, **(env or {})}
        if command:
            run = harness.run([*command, harness.BITFRONT, *arguments], env=env, **how)
        else:
            run = harness.bitfront(*arguments, ranks=ranks, env=env, **how)
        self.assertEqual(run.code, code, run)
        self.assertLess(run.seconds, max(3, BUSY) * PROMISED_S, run)
        report = json.loads(run.out)
        self.assertEqual(list(report), ["version", "ranks", "hosts", "worst", "checks"])
        self.assertEqual(report["worst"] == "failed", code == 1)
        for check in report["checks"]:
            self.assertEqual(list(check), ["check", "health", "figure", "advice", "rank", "host", "alike"])
            # Whatever is wrong comes with what to do.
            self.assertEqual(check["health"] != "ok", check["advice"] != "", check)
        return {check["check"]: check for check in report["checks"]}

    def only(self, checks, health, **expected):
        """Whether these checks, given with words of their figures, and no others have this health."""
        bad = {name.lower().replace(" ", "_") for name, check in checks.items() if check["health"] == health}
        self.assertEqual(bad, {name.lower() for name in expected}, checks)
        for name, words in expected.items():
            check = next(c for n, c in checks.items() if n.lower().replace(" ", "_") == name.lower())
            self.assertIn(words, check["figure"])

    def fake_mpirun(self, script):
        path = os.path.join(self.box, "bin")
        os.mkdir(path)
        with open(os.path.join(path, "mpirun"), "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\n{script}\n")
        os.chmod(os.path.join(path, "mpirun"), 0o755)
        return {"PATH": f"{path}:{os.environ['PATH']}"}

    def test_alone_starts_ranks_and_passes(self):
        checks = self.selftest()
        self.assertEqual(list(checks), CHECKS)
        self.only(checks, "failed")
        self.assertIn("ranks started", checks["launcher"]["figure"])

    def test_of_people_is_a_line_a_check(self):
        run = harness.bitfront("selftest", "--dir", self.out, env={"TMPDIR": self.temporary})
        self.assertEqual(run.code, 0, run)
        lines = [line for line in run.out.splitlines() if "-> " not in line]
        self.assertEqual(len(lines), len(CHECKS) + 1)
        self.assertEqual([line[9:24].strip() for line in lines[:-1]], CHECKS)
        self.assertIn(f"{len(CHECKS)} checks: ", lines[-1])

    def test_on_ranks_checks_these(self):
        checks = self.selftest(ranks=2)
        self.assertEqual(list(checks), CHECKS[1:])
        self.assertIn("2 ranks on 1 host", checks["MPI"]["figure"])
        self.only(checks, "failed")

    def test_by_run_is_the_same(self):
        run = harness.bitfront("run", "-n", "2", "--", "selftest", "--dir", self.out,
                               env={"TMPDIR": self.temporary})
        self.assertEqual(run.code, 0, run)
        self.assertIn("2 ranks on 1 host", run.out)

    def test_without_mpirun_fails_and_looks_alone(self):
        empty = os.path.join(self.box, "empty")
        os.mkdir(empty)
        checks = self.selftest(code=1, env={"PATH": empty})
        self.assertEqual(list(checks), ALONE)
        self.only(checks, "failed", launcher="cannot start mpirun: No such file")

    def test_mpirun_that_fails_is_quoted(self):
        checks = self.selftest(code=1, env=self.fake_mpirun("echo ---- >&2; echo no slots >&2; exit 1"))
        self.only(checks, "failed", launcher="no rank that worked: no slots")

    def test_mpirun_that_hangs_is_ended(self):
        checks = self.selftest(code=1, env=self.fake_mpirun("exec sleep 77.7"))
        self.only(checks, "failed", launcher="did not end within")
        left = subprocess.run(["pgrep", "-f", "sleep 77.7"], check=False, capture_output=True)
        self.assertEqual(left.stdout, b"")

    def test_mpirun_of_another_mpi_is_found(self):
        """It starts processes that believe to be alone."""
        script = ('while [ "${1%bitfront}" = "$1" ]; do shift; done; '
                  'PMIX_RANK= ; unset PMIX_RANK; exec env OMPI_COMM_WORLD_SIZE=1 "$@"')
        checks = self.selftest(code=1, env=self.fake_mpirun(script))
        self.only(checks, "failed", launcher="do not find each other")

    def test_wrong_isa_fails(self):
        checks = self.selftest(code=1, env={"BITFRONT_ISA": "avx9"})
        self.only(checks, "failed", kernels="BITFRONT_ISA is 'avx9'")

    def test_generic_blis_and_its_threads_are_warned_of(self):
        checks = self.selftest(env={"BITFRONT_ISA": "base", "BLIS_JC_NT": "2"})
        self.assertEqual(checks["BLIS"]["health"], "warning")
        self.assertIn("generic", checks["BLIS"]["figure"])
        self.assertEqual(checks["threads"]["health"], "warning")
        self.assertIn("2 BLIS threads", checks["threads"]["figure"])

    def test_folder_that_is_absent_fails(self):
        checks = self.selftest("--dir", os.path.join(self.box, "no"), code=1)
        self.only(checks, "failed", hdf5_files="No such file", disk_sync="No such file")
        self.assertEqual(checks["file locks"]["health"], "warning")

    def test_temporary_folder_that_is_absent_fails(self):
        # mpirun's own session is elsewhere, or it would not start at all.
        checks = self.selftest(code=1, env={"TMPDIR": os.path.join(self.box, "no"),
                                            "OMPI_MCA_orte_tmpdir_base": "/tmp"})
        self.assertEqual(checks["HDF5 in TMPDIR"]["health"], "failed")
        self.assertEqual(checks["sync in TMPDIR"]["health"], "failed")

    @unittest.skipIf(CANNOT_MOUNT, CANNOT_MOUNT)
    def test_folder_that_cannot_be_written_fails(self):
        script = f'mount -t tmpfs -o ro tmpfs {self.out} && exec "$@"'
        checks = self.selftest(code=1, command=["unshare", "--mount", "sh", "-c", script, "sh"])
        self.only(checks, "failed", hdf5_files="Read-only", disk_sync="Read-only")

    @unittest.skipIf(CANNOT_MOUNT, CANNOT_MOUNT)
    def test_results_in_memory_are_warned_of(self):
        script = f'mount -t tmpfs tmpfs {self.out} && exec "$@"'
        checks = self.selftest(command=["unshare", "--mount", "sh", "-c", script, "sh"])
        self.assertEqual(checks["disk sync"]["health"], "warning")
        self.assertIn("tmpfs (memory)", checks["disk sync"]["figure"])

    @unittest.skipIf(CANNOT_MOUNT, CANNOT_MOUNT)
    def test_small_shared_memory_is_warned_of(self):
        shm = os.path.join(self.box, "shm")
        os.mkdir(shm)
        script = f'mount -t tmpfs -o size=64k tmpfs {shm} && exec "$@"'
        checks = self.selftest(command=["unshare", "--mount", "sh", "-c", script, "sh"],
                               env={"OMPI_MCA_osc_sm_backing_directory": shm})
        self.assertEqual(checks["shared window"]["health"], "warning")
        self.assertIn("0.07 MB free", checks["shared window"]["figure"])
        self.assertIn("--shm-size", checks["shared window"]["advice"])

    def test_wrong_arguments_are_named(self):
        run = harness.bitfront("selftest", "--dirr", "x")
        self.assertEqual(run.code, 2)
        self.assertIn("did you mean '--dir'", run.err)


@unittest.skipUnless(os.sched_getaffinity(0) == {0, 1}, "wants two cores")
class Crowding(unittest.TestCase):
    """A search on two cores."""

    @classmethod
    def setUpClass(cls):
        cls.box = tempfile.mkdtemp(prefix="bitfront-crowd.")
        cls.addClassCleanup(shutil.rmtree, cls.box, ignore_errors=True)
        cls.data = os.path.join(cls.box, "data")
        run = harness.bitfront("data", "synth", "--rows", 600, "--out", cls.data)
        assert run.code == 0, run

    def search(self, ranks, before=(), env=None):
        """What a search says on standard error."""
        out = tempfile.mkdtemp(dir=self.box)
        command = [*before, "sh", os.path.join(harness.SOURCE, "tests", "mpi_run.sh"), str(ranks),
                   harness.BITFRONT, "search", harness.job("joint.toml"), "--data", self.data,
                   "--n-trials", "4", "--sampler", "random", "--out", os.path.join(out, "r")]
        run = harness.run(command, env=env)
        self.assertIn(run.code, (0, 3), run)
        last = run.out.splitlines()[-2:]
        self.assertRegex(last[0], r"^cost: \S+ core-hours, \d+ trials/core-hour, workers \d+ % busy$")
        self.assertRegex(last[1], r"^done ")
        return run.err

    def warnings(self, text):
        return [line for line in text.splitlines() if "warning" in line and "worker" in line]

    def test_workers_of_their_own_cores_are_quiet(self):
        text = self.search(3)
        self.assertIn("cores    2 workers on 2 cores, not bound\n", text)
        self.assertEqual(self.warnings(text), [])

    def test_more_workers_than_cores_are_warned_of(self):
        lines = self.warnings(self.search(4))
        self.assertEqual(len(lines), 1)
        self.assertIn("3 workers on host", lines[0])
        self.assertIn("at most 3 ranks", lines[0])

    def test_workers_on_the_same_core_are_warned_of(self):
        text = self.search(3, before=["taskset", "-c", "0"])
        self.assertIn("cores    2 workers on 1 of 2 cores, bound\n", text)
        lines = self.warnings(text)
        self.assertEqual(len(lines), 1)
        self.assertIn("bound to the same 1 of 2 cores", lines[0])

    def test_threads_are_warned_of(self):
        lines = self.warnings(self.search(3, env={"BLIS_JC_NT": "2"}))
        self.assertEqual(len(lines), 1)
        self.assertIn("2 workers x 2 BLIS threads", lines[0])

    def test_limit_of_a_control_group_is_warned_of(self):
        group = f"/sys/fs/cgroup/cpu/bitfront-test-{os.getpid()}"
        try:
            os.mkdir(group)
        except OSError as error:
            self.skipTest(f"no control group of our own: {error}")
        self.addCleanup(os.rmdir, group)
        with open(os.path.join(group, "cpu.cfs_quota_us"), "w", encoding="utf-8") as file:
            file.write("100000")
        join = f'echo $$ >{group}/cgroup.procs && exec "$@"'
        lines = self.warnings(self.search(3, before=["sh", "-c", join, "sh"]))
        self.assertEqual(len(lines), 1)
        self.assertIn("share the CPU time of 1 core", lines[0])


if __name__ == "__main__":
    harness.main()
