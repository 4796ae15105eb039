"""What the job scripts of slurm/ do in cases that are rare under SLURM, with stand-ins for its
programs and for ours."""
import os
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ["BITFRONT_SOURCE"], "tests", "cli"))
import harness
from launch import wait_until

SCRIPTS = os.path.join(harness.SOURCE, "slurm")
TOLD = '{"op_code":6,"worker_id":"w"}'
# Plays `bitfront run -n N -- search ...`: tells $TELLS trials, then ends with $ENDS, or waits.
PROGRAM = f"""#!/bin/sh
echo "$@" >>"$CALLS"
echo "end time $SLURM_JOB_END_TIME" >>"$CALLS"
trap 'echo got USR1 >>"$CALLS"; exit 4' USR1
trap 'echo got TERM >>"$CALLS"; exit 4' TERM
for i in $(seq "$TELLS"); do echo '{TOLD}' >>"$OUT/study.journal"; done
echo ready >>"$CALLS"
[ "$ENDS" = wait ] || exit "$ENDS"
i=0
while [ "$i" -lt 400 ]; do sleep 0.05; i=$((i + 1)); done
"""
SCONTROL = """#!/bin/sh
echo "scontrol $*" >>"$CALLS"
case $1 in
show) echo "   Command=$SCRIPTS/array.sbatch $SUBMITTED" ;;
*) exit "${REFUSES-0}" ;;
esac
"""
SQUEUE = """#!/bin/sh
echo "${ENDS_AT-2040-01-02T03:04:05}"
"""


class Scripts(harness.Case):
    def setUp(self):
        os.makedirs(self.path("bin"), exist_ok=True)
        for name, text in (("bitfront", PROGRAM), ("scontrol", SCONTROL), ("squeue", SQUEUE)):
            os.chmod(self.write(os.path.join("bin", name), text), 0o755)
        self.out = self.path(self.id())
        os.mkdir(self.out)
        self.calls = self.path(self.id() + ".calls")
        self.environment = {
            "PATH": self.path("bin") + ":" + os.environ["PATH"], "CALLS": self.calls,
            "OUT": self.out, "SCRIPTS": SCRIPTS, "TELLS": "3", "ENDS": "4", "SLURM_JOB_ID": "7",
            "SLURM_NTASKS": "5", "BITFRONT": self.path("bin", "bitfront"), "TZ": "UTC"}

    def command(self, script, *arguments):
        return ["bash", os.path.join(SCRIPTS, script),
                *(arguments or ("job.toml", "data", self.out, "--seed", "1"))]

    def run_script(self, *arguments, script="search.sbatch", code=0, **variables):
        """What it said, and what it called."""
        if os.path.exists(self.calls):
            os.unlink(self.calls)
        done = harness.run(self.command(script, *arguments),
                           env={**self.environment, "SUBMITTED": " ".join(arguments), **variables})
        self.assertEqual(done.code, code, done)
        return done.err, self.called()

    def called(self):
        if not os.path.exists(self.calls):
            return []
        with open(self.calls, encoding="utf-8") as file:
            return file.read().splitlines()

    def refuse(self, *arguments, says, code=2, **how):
        said, called = self.run_script(*arguments, code=code, **how)
        self.assertEqual(len(said.splitlines()), 1, said)
        self.assertIn(says, said)
        self.assertNotIn("scontrol requeue", " ".join(called))

    def test_search_has_a_worker_a_task_and_knows_its_end(self):
        _, called = self.run_script(ENDS="0")
        self.assertEqual(called, [
            f"run -n 6 -- search job.toml --data data --out {self.out} --resume --progress lines "
            "--seed 1", "end time 2209086245", "ready"])

    def test_job_without_a_limit_has_no_end(self):
        for end in ("N/A", ""):
            self.assertIn("end time ", self.run_script(ENDS="0", ENDS_AT=end)[1])
        self.assertIn("end time 99", self.run_script(ENDS="0", SLURM_JOB_END_TIME="99")[1])

    def test_stopped_search_is_requeued(self):
        said, called = self.run_script(code=4)
        self.assertIn("3 trials ended, 3 of them in this run; requeueing", said)
        self.assertEqual(called[-1], "scontrol requeue 7")
        said, called = self.run_script(code=4, SLURM_ARRAY_JOB_ID="5", SLURM_ARRAY_TASK_ID="2")
        self.assertIn("6 trials ended, 3 of them", said)
        self.assertEqual(called[-1], "scontrol requeue 5_2")

    def test_search_that_ended_is_not_requeued(self):
        for code in (0, 1, 3, 137):
            called = self.run_script(code=code, ENDS=str(code))[1]
            self.assertNotIn("scontrol", " ".join(called))

    def test_requeues_have_an_end(self):
        self.refuse(code=4, says="no trial ended in this run", TELLS="0")
        self.refuse(code=4, says="it was 50 times", SLURM_RESTART_COUNT="50")
        self.refuse(code=4, says="it was 2 times", SLURM_RESTART_COUNT="2", BITFRONT_REQUEUES="2")

    def test_refused_requeue_is_told(self):
        said, _ = self.run_script(code=4, REFUSES="1")
        self.assertIn("cannot be requeued", said.splitlines()[-1])

    def signalled(self, number):
        """What was called by a job that got a signal while its search ran."""
        with open(self.path("log"), "wb") as log, subprocess.Popen(
                self.command("search.sbatch"), env={**self.environment, "ENDS": "wait"}, stderr=log,
                start_new_session=True) as process:
            try:
                wait_until(lambda: "ready" in self.called())
                process.send_signal(number)
                self.assertEqual(process.wait(harness.REFUSAL_S), 4)
            finally:
                harness.end(process)
        return self.called()

    def test_warning_of_the_limit_is_passed_and_requeues(self):
        self.assertEqual(self.signalled(signal.SIGUSR1)[-2:], ["got USR1", "scontrol requeue 7"])

    def test_scancel_is_passed_and_does_not_requeue(self):
        self.assertEqual(self.signalled(signal.SIGTERM)[-1], "got TERM")

    def test_task_of_an_array_has_its_value_and_folder(self):
        _, called = self.run_script(
            "job.toml", "data", self.out, "seed", "11", "22", "33", script="array.sbatch", ENDS="0",
            SLURM_ARRAY_JOB_ID="5", SLURM_ARRAY_TASK_ID="1")
        self.assertEqual(called[0], "scontrol show job 5_1")
        self.assertEqual(called[1], f"run -n 6 -- search job.toml --data data --out {self.out}/22 "
                         "--resume --progress lines --set seed=22")

    def test_scripts_may_lie_in_a_folder_with_blanks(self):
        os.mkdir(self.path("a b"))
        shutil.copy(os.path.join(SCRIPTS, "search.sbatch"), self.path("a b"))
        _, called = self.run_script(
            "job.toml", "the data", self.out, "seed", "1 2", script="array.sbatch", ENDS="0",
            SLURM_ARRAY_JOB_ID="5", SLURM_ARRAY_TASK_ID="0", SCRIPTS=self.path("a b"))
        self.assertIn(f"--data the data --out {self.out}/1 2", called[1])

    def test_wrong_call_is_one_line(self):
        self.refuse("job.toml", "data", says="usage: sbatch slurm/search.sbatch")
        self.refuse(says="submit it with sbatch", SLURM_JOB_ID="")
        self.refuse(says="no program 'nowhere'", BITFRONT="nowhere")
        study = ("job.toml", "data", self.out, "seed", "1")
        self.refuse(*study[:4], script="array.sbatch", says="usage: sbatch --array")
        self.refuse(*study, script="array.sbatch", says="not in a SLURM array")
        self.refuse(*study, script="array.sbatch", says="task 1 has no value: 1 are given",
                    SLURM_ARRAY_JOB_ID="5", SLURM_ARRAY_TASK_ID="1")
        self.refuse(*study, script="array.sbatch", says="cannot find search.sbatch",
                    SLURM_ARRAY_JOB_ID="5", SLURM_ARRAY_TASK_ID="0", SCRIPTS="/nowhere")


if __name__ == "__main__":
    harness.main(50)
