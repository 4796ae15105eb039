"""`bitfront run` against an mpirun that does what the test wants: the command line, every way in
which a search ends or is lost, signals, and what is left behind. test_run_loss.py has the real one.
"""
import json
import mmap
import os
import re
import signal
import socket
import time

import harness
from launch import Launch, wait_until

# Finds its part in the file $PART. `attempt` counts the starts of one launcher from 0.
MPIRUN = """#!/usr/bin/python3
import json, os, signal, sys, time
run = os.environ["BITFRONT_RUN"]
attempt = int(run.rsplit("-", 1)[1])
out = os.environ.get("OUT", "/nonexistent")

def serve(**members):
    what = {"run": run, "host": os.uname().nodename, "pid": os.getpid(), "date_s": time.time(),
            "busy": False, "told": 0, "exit": None, **members}
    with open(out + "/run.json.new", "w") as file:
        json.dump(what, file)
    os.rename(out + "/run.json.new", out + "/run.json")

def journal():
    open(out + "/study.journal", "a").close()

def tell(code):
    with open(os.environ["BITFRONT_RUN_END"], "a") as file:
        file.write(f"{code}\\n")

def die():
    os.kill(os.getpid(), signal.SIGKILL)

with open(os.environ["LOG"], "a") as file:
    print(json.dumps({"argv": sys.argv[1:], "env": dict(os.environ)}), file=file)
with open(os.environ["PART"]) as file:
    exec(file.read())
"""
REFUSED = (1, 2, 3, 4, 5, 70)
SETTINGS = ("OMPI_MCA_pml", "OMPI_MCA_btl", "OMPI_MCA_mpi_yield_when_idle",
            "OMPI_MCA_rmaps_base_oversubscribe", "OMPI_MCA_hwloc_base_binding_policy",
            "PRTE_MCA_rmaps_default_mapping_policy", "PRTE_MCA_hwloc_default_binding_policy",
            "OMPI_MCA_plm_rsh_args", "OMPI_MCA_oob_tcp_keepalive_time", "OMPI_MCA_plm_rsh_agent",
            "OMPI_MCA_orte_rsh_agent", "SGE_ROOT", "SLURM_JOB_ID")


def recovery():
    """What tells the mpirun of the library that ranks survive one that dies."""
    version = harness.run([harness.BITFRONT, "--version"]).out
    found = re.search(r"Open MPI v(\d+)", version)
    return ["--with-ft", "ulfm"] if int(found.group(1)) >= 5 else ["--enable-recovery"]


class Stage(harness.Case):
    """A false mpirun, first in PATH, and the folder of a search."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        os.mkdir(cls.path("bin"))
        os.chmod(cls.write("bin/mpirun", MPIRUN), 0o755)

    def setUp(self):
        self.n_starts = 0

    def play(self, part, *options, arguments=("search", "job.toml"), before=(), has_out=True,
             **env):
        """Starts the launcher on an mpirun that plays a part."""
        self.n_starts += 1
        name = f"{self.id().rsplit('.', 1)[1]}-{self.n_starts}"
        self.out = env.pop("out", self.path(f"{name}.out"))
        self.log = self.path(f"{name}.log")
        if has_out:
            os.makedirs(self.out, exist_ok=True)
        env = {name: value for name, value in env.items() if value is not None}
        return Launch(self, *options, "--", *arguments, "--out", self.out, before=before, env={
            "PATH": self.path("bin") + os.pathsep + os.environ["PATH"], "OUT": self.out,
            "LOG": self.log, "PART": self.write(f"{name}.part", part), **env})

    def starts(self):
        """What each start of mpirun was given."""
        with open(self.log, encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def ends(self, launch, code, *words, starts=1, limit=20):
        """It ends as it should, with one line that holds the words, or without one."""
        done = launch.finish(limit)
        self.assertEqual(done.code, code, done)
        lines = [line for line in done.err.splitlines() if line.startswith("bitfront: ")]
        self.assertEqual(len(lines), 1 if words else 0, done)
        for word in words:
            self.assertIn(word, lines[0], done)
        self.assertEqual(len(self.starts()), starts, done)
        self.assertEqual(launch.processes(), [])
        return done


class CommandLine(Stage):
    def test_everything_reaches_mpirun_in_its_place(self):
        hosts = self.write("hosts", "localhost slots=8\n")
        launch = self.play("tell(0)", "-n", 7, "--hostfile", hosts, "--mpirun", "--tag-output",
                           "--mpirun", "-v", arguments=("search", "a b", "--set", "x=--", "-n"))
        self.ends(launch, 0)
        words = self.starts()[0]["argv"]
        names = [words[i + 1] for i, word in enumerate(words) if word == "-x"]
        self.assertLessEqual({"BITFRONT_RUN", "BITFRONT_RUN_END", "BITFRONT_SOURCE"}, set(names))
        self.assertEqual(words, [
            *recovery(), *(word for name in names for word in ("-x", name)), "-n", "7",
            "--hostfile", hosts, "--tag-output", "-v", os.path.realpath(harness.BITFRONT),
            "search", "--progress", "lines", "a b", "--set", "x=--", "-n", "--out", self.out])

    def test_default_is_a_rank_a_core_or_the_slots(self):
        for options, env, n_ranks in (((), {}, str(os.cpu_count())),
                                      (("--hostfile", self.write("hosts", "localhost\n")), {}, None),
                                      ((), {"SLURM_JOB_ID": "7"}, None)):
            with self.subTest(options=options, env=env):
                self.ends(self.play("tell(0)", *options, **env), 0)
                words = self.starts()[0]["argv"]
                found = words[words.index("-n") + 1] if "-n" in words else None
                self.assertEqual(found, n_ranks)

    def test_progress_of_the_user_stays(self):
        for words in (("--progress", "none"), ("--progress=bar",)):
            self.ends(self.play("tell(0)", arguments=("search", *words)), 0)
            self.assertEqual(self.starts()[0]["argv"].count("lines"), 0)

    def test_progress_is_a_bar_on_a_terminal(self):
        """script(1) makes the terminal."""
        launch = self.play("tell(0)", before=(
            "/usr/bin/python3", "-c", "import pty, sys; pty.spawn(sys.argv[1:])"))
        launch.finish(20)
        words = self.starts()[0]["argv"]
        self.assertEqual(words[words.index("--progress") + 1], "bar")

    def test_environment_is_that_of_one_machine(self):
        empty = {name: None for name in SETTINGS}
        slurm = {"SLURM_JOB_ID": "7", "SLURM_JOB_NUM_NODES": "2"}
        hosts = ("--hostfile", self.write("hosts", "localhost\n"))
        cases = (((), {}, "ob1", False), (hosts, {}, None, True),
                 (("--mpirun", "--host", "--mpirun", "a,b"), {}, None, True),
                 ((), slurm, None, False), ((), {**slurm, "SLURM_JOB_NUM_NODES": "1"}, "ob1", False),
                 (hosts, {"OMPI_MCA_plm_rsh_agent": "rsh"}, None, False),
                 ((), {"OMPI_MCA_pml": "ucx"}, "ucx", False))
        for options, env, pml, over_ssh in cases:
            with self.subTest(options=options, env=env):
                clean = ["/usr/bin/env"] + [f"-u{name}" for name in empty if name not in env]
                self.ends(self.play("tell(0)", *options, before=clean, **env), 0)
                found = self.starts()[0]["env"]
                self.assertEqual(found.get("OMPI_MCA_pml"), pml)
                self.assertEqual(found.get("OMPI_MCA_btl"), "self,vader" if pml else None)
                self.assertEqual("-f " in found.get("OMPI_MCA_plm_rsh_args", ""), over_ssh)
                self.assertEqual("OMPI_MCA_oob_tcp_keepalive_time" in found, over_ssh)
                self.assertEqual(found["OMPI_MCA_mpi_yield_when_idle"], "1")
                self.assertEqual(found["PRTE_MCA_rmaps_default_mapping_policy"], ":oversubscribe")
                self.assertEqual("OMPI_ALLOW_RUN_AS_ROOT" in found, os.geteuid() == 0)

    def test_mistakes_are_refused(self):
        run = ("run", "-n", "2")
        for arguments, words in (
                (run, ("-- search",)), ((*run, "--"), ("-- search",)),
                ((*run, "search", "j"), ("unexpected argument 'search'",)),
                ((*run, "--", "train", "j"), ("'train'",)), (("run", "-n", "0"), ("'-n' is 0",)),
                (("run", "-n", "x", "--", "search"), ("'-n' is 'x'",)),
                (("run", "-n"), ("'-n' wants a value",)),
                (("run", "--hostfile", "/none", "--", "search"), ("cannot read the hosts in '/none'",)),
                (("run", "--stal", "3", "--", "search"), ("did you mean '--stall'",))):
            with self.subTest(arguments=arguments):
                self.refuse(arguments, 2, *words)

    def test_no_mpirun_is_said(self):
        done = harness.bitfront("run", "--", "search", env={"PATH": "/nonexistent"})
        self.assertIn("cannot start mpirun", self.one_line(done, 1))

    def test_help_is_there(self):
        done = self.require("run", "--help")
        for word in ("-n N", "--stall", "SIGUSR1", "--retries"):
            self.assertIn(word, done.out)


class Ends(Stage):
    def test_rank_0_has_the_word(self):
        for code in (0, *REFUSED):
            with self.subTest(code=code):
                self.ends(self.play(f"tell({code}); sys.exit(9)"), code)
                self.ends(self.play(f"serve(); serve(exit={code}); die()"), code)

    def test_what_mpirun_refuses_is_not_tried_again(self):
        for code in REFUSED:
            self.ends(self.play(f"sys.exit({code})"), code, f"ended with code {code} before")

    def test_silent_end_is_a_loss(self):
        for code in (0, 137, 139, 143, 205):
            with self.subTest(code=code):
                launch = self.play(f"sys.exit({code})", "--retries", 1)
                done = self.ends(launch, 1, "after 1 restart", starts=2)
                self.assertIn("starting again, restart 1 of 1", done.err)

    def test_hosts_that_do_not_answer_are_left_out_of_a_restart(self):
        lines = ["# ours\n", "127.0.0.1 slots=1\n", "192.0.2.1 slots=2\n", "root@192.0.2.2 slots=2\n",
                 "^192.0.2.3\n", "\n", "2001:db8::5 slots=2\n", "192.0.2.4"]
        hosts = self.write("hosts", "".join(lines))
        os.chmod(self.write("bin/ssh", """#!/bin/sh
case $* in *" 192.0.2."[14]" "*) exit 255 ;; *"@192.0.2.2 "* | *" 2001:db8::5 "*) exit 1 ;; esac
touch "$OUT/asked-in-vain"
"""), 0o755)
        part = """
with open(sys.argv[sys.argv.index("--hostfile") + 1]) as given, open(out + "/hosts", "a") as seen:
    seen.write(given.read() + "end\\n")
serve(exit=None if attempt == 0 else 0)
"""
        launch = self.play(part, "--hostfile", hosts)
        done = self.ends(launch, 0, starts=2)
        with open(os.path.join(self.out, "hosts"), encoding="utf-8") as file:
            seen = file.read().split("end\n")
        self.assertEqual(seen, ["".join(lines), "".join(lines[:2] + lines[3:7]), ""])
        for host in ("192.0.2.1", "192.0.2.4"):
            self.assertIn(f"host '{host}' does not answer: it is left out", done.err)
        self.assertFalse(os.path.exists(os.path.join(self.out, "asked-in-vain")))
        for options, env in (((), {"OMPI_MCA_plm_rsh_args": "-p 2222"}),
                             (("--mpirun", "--mca", "--mpirun", "plm_rsh_args", "--mpirun", "-4"),
                              {})):
            done = self.ends(self.play(part, "--hostfile", hosts, *options, **env), 0, starts=2)
            self.assertNotIn("left out", done.err)

    def test_code_of_a_rank_that_served_is_a_loss(self):
        self.ends(self.play("serve(); sys.exit(1)", "--retries", 0), 1, "did not say")

    def test_other_commands_are_started_once(self):
        for arguments in (("refit",), ("search", "--dry-run"), ("search", "--help")):
            launch = self.play("serve(); sys.exit(0)", arguments=arguments)
            self.ends(launch, 1, "did not say how it ended")

    def test_mpirun_that_hangs_is_ended(self):
        launch = self.play("tell(0); serve(exit=3); time.sleep(99)")
        self.assertGreater(self.ends(launch, 3).seconds, 1.9)

    def test_stubborn_mpirun_is_killed(self):
        part = "signal.signal(signal.SIGTERM, signal.SIG_IGN); tell(0); time.sleep(99)"
        done = self.ends(self.play(part), 0, limit=40)
        self.assertTrue(6 < done.seconds < 12, done)

    def test_job_of_another_run_is_not_ours(self):
        part = "serve(run='other', exit=0, pid=1); time.sleep(99)"
        launch = self.play(part, "--start-timeout", 0.5, "--retries", 0)
        self.ends(launch, 1, "did not start within 0.5 s")

    def test_reader_of_the_talk_may_leave(self):
        launch = self.play("journal(); die() if attempt < 2 else tell(0)", before=(
            "/bin/sh", "-c", '"$@" 2>&1 >/dev/null | head -n 1 >&2', "sh"))
        launch.finish(20)
        wait_until(lambda: not launch.processes())
        self.assertEqual(len(self.starts()), 3)


class Losses(Stage):
    def test_lost_search_is_resumed(self):
        part = "serve(); journal(); die() if attempt == 0 else tell(3)"
        done = self.ends(self.play(part), 3, starts=2)
        self.assertIn("mpirun was lost (signal 9); going on from the journal, restart 1 of 3",
                      done.err)
        first, second = (start["argv"] for start in self.starts())
        self.assertNotIn("--resume", first)
        at = second.index("search") + 1
        self.assertEqual(second, first[:at] + ["--resume"] + first[at:])
        self.assertEqual(len({start["env"]["BITFRONT_RUN"] for start in self.starts()}), 2)

    def test_time_limit_is_that_of_all_starts(self):
        part = "serve(); journal(); die() if attempt < 2 else tell(4)"
        now = time.time()
        self.ends(self.play(part, arguments=("search", "--time-limit", "100")), 4, starts=3)
        dates = [start["env"].get("BITFRONT_END_TIME") for start in self.starts()]
        self.assertIsNone(dates[0])
        self.assertEqual(dates[1], dates[2])
        self.assertTrue(now + 99 < float(dates[1]) < now + 110, dates)

    def test_resume_is_not_said_twice(self):
        launch = self.play("journal(); die() if attempt == 0 else tell(0)",
                           arguments=("search", "--resume"))
        self.ends(launch, 0, starts=2)
        self.assertEqual(self.starts()[1]["argv"].count("--resume"), 1)

    def test_study_of_somebody_else_is_not_resumed(self):
        os.mkdir(self.path("old"))
        self.write("old/study.journal", "")
        launch = self.play("sys.exit(0) if attempt == 0 else tell(2)", out=self.path("old"))
        self.ends(launch, 2, starts=2)
        self.assertNotIn("--resume", self.starts()[1]["argv"])

    def test_folder_that_a_lost_start_made_is_used(self):
        """There is no journal yet, but search refuses a folder that it is not to resume."""
        part = "os.mkdir(out) or die() if attempt == 0 else tell(0)"
        launch = self.play(part, has_out=False)
        self.assertIn("starting again", self.ends(launch, 0, starts=2).err)
        self.assertIn("--resume", self.starts()[1]["argv"])

    def test_folder_of_somebody_else_is_not_started_in(self):
        self.ends(self.play("die() if attempt == 0 else tell(2)"), 2, starts=2)
        self.assertNotIn("--resume", self.starts()[1]["argv"])

    def test_losses_in_a_row_are_limited(self):
        launch = self.play("serve(); journal(); die()", "--retries", 2)
        self.ends(launch, 4, "mpirun was lost (signal 9), after 2 restarts", "--resume", starts=3)

    def test_progress_ends_the_row(self):
        part = "serve(told=attempt % 2); journal(); die() if attempt < 6 else tell(0)"
        self.ends(self.play(part, "--retries", 2), 0, starts=7)

    def test_rank_0_that_is_gone_is_noticed(self):
        part = "journal(); serve(pid=2 ** 22 - 1) if attempt == 0 else tell(0); time.sleep(1)"
        self.assertIn("is gone", self.ends(self.play(part), 0, starts=2).err)

    def test_process_of_another_host_is_not_looked_for(self):
        part = "serve(pid=2 ** 22 - 1, host='elsewhere'); time.sleep(1); tell(0)"
        self.ends(self.play(part), 0)

    def test_silent_rank_0_is_lost(self):
        part = "serve(); journal(); time.sleep(99) if attempt == 0 else tell(0)"
        done = self.ends(self.play(part, "--stall", 0.5), 0, starts=2)
        self.assertIn("rank 0 was lost (silent for 0.5 s)", done.err)

    def test_renewed_file_is_no_silence(self):
        part = "for i in range(12):\n    serve()\n    time.sleep(0.1)\ntell(0)"
        self.ends(self.play(part, "--stall", 0.5), 0)

    def test_pause_of_launcher_and_ranks_is_no_silence(self):
        launch = self.play("for i in range(20):\n    serve()\n    time.sleep(0.1)\ntell(0)",
                           "--stall", 2)
        wait_until(lambda: os.path.exists(os.path.join(self.out, "run.json")))
        pids = [launch.pid, *launch.processes()]
        for pid in reversed(pids):
            os.kill(pid, signal.SIGSTOP)
            time.sleep(0.2)
        time.sleep(2)
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
            time.sleep(0.5)
        self.ends(launch, 0)

    def test_single_rank_may_be_silent(self):
        self.ends(self.play("serve(busy=True); time.sleep(1.5); tell(0)", "--stall", 0.5), 0)

    def test_word_of_a_rank_that_was_given_up(self):
        """Woken up and asked to leave, it says 4, which nobody wanted; or that it is done."""
        for code, starts in ((4, 2), (0, 1)):
            part = f"""
if attempt > 0:
    tell(0)
    sys.exit()
signal.signal(signal.SIGTERM, lambda *_: (serve(exit={code}), sys.exit()))
journal()
serve()
time.sleep(99)
"""
            self.ends(self.play(part, "--stall", 0.5), 0, starts=starts)

    def test_search_without_workers_gets_new_ones(self):
        part = "journal(); serve(exit=4, wants_restart=True) if attempt == 0 else serve(exit=4)"
        self.assertIn("no worker was left", self.ends(self.play(part), 4, starts=2).err)


LEAVES = """
signal.signal(signal.SIG{signal}, lambda *_: (time.sleep(0.2), serve(exit=4), sys.exit()))
journal()
serve()
time.sleep(99)
"""


class Signals(Stage):
    def send(self, launch, number, what="run.json"):
        wait_until(lambda: os.path.exists(os.path.join(self.out, what)))
        os.kill(launch.pid, number)

    def test_request_to_end_reaches_rank_0_once(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            launch = self.play(LEAVES.format(signal="TERM"))
            self.send(launch, number)
            self.assertLess(self.ends(launch, 4).seconds, 3)

    def test_request_to_finish_reaches_mpirun(self):
        launch = self.play(LEAVES.format(signal="USR1"))
        self.send(launch, signal.SIGUSR1)
        self.ends(launch, 4)

    def test_search_that_has_not_begun_is_ended(self):
        """However mpirun takes it; Open MPI's ends with 1, as if it had refused the command."""
        for number in (signal.SIGTERM, signal.SIGUSR1):
            for part in ("", "signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))\n"):
                launch = self.play(part + "open(out + '/here', 'w'); time.sleep(99)")
                self.send(launch, number, "here")
                self.ends(launch, 1, "stopped by a signal")

    def test_study_whose_resume_has_not_begun_can_go_on(self):
        launch = self.play("journal(); open(out + '/here', 'w'); time.sleep(99)",
                           arguments=("search", "--resume"))
        self.send(launch, signal.SIGTERM, "here")
        self.ends(launch, 4, "stopped by a signal; search --resume goes on")

    def test_nothing_is_started_after_a_request(self):
        launch = self.play("journal(); serve(); time.sleep(99)")
        self.send(launch, signal.SIGTERM)
        self.assertNotIn("restart", self.ends(launch, 4, "search --resume goes on").err)

    def test_lost_terminal_is_ignored_under_nohup(self):
        launch = self.play("serve(); time.sleep(1); tell(0)", before=("/usr/bin/nohup",))
        self.send(launch, signal.SIGHUP)
        self.ends(launch, 0)

    def test_mpirun_ends_with_a_killed_launcher(self):
        part = "signal.signal(signal.SIGTERM, lambda *_: (open(out + '/asked', 'w'), sys.exit()))\n"
        launch = self.play(part + "serve()\ntime.sleep(99)")
        self.send(launch, signal.SIGKILL)
        wait_until(lambda: not launch.processes(), what="mpirun lives")
        self.assertTrue(os.path.exists(os.path.join(self.out, "asked")))


FAMILY = 0x3f7
LITTER = """
import mmap, subprocess
session = os.environ["TMPDIR"] + "/ompi." + os.uname().nodename.split(".")[0]
session += f".{os.geteuid()}/pid.{os.getpid()}"
os.makedirs(session + "/1/0")
with open(session + "/contact.txt", "w") as file:
    file.write(f"{0x3f7 << 16}.0;tcp://127.0.0.1:1")
for name in os.environ["NAMES"].split():
    with open("/dev/shm/" + name, "w") as file:
        file.write("x" * 4096)
os.utime("/dev/shm/" + os.environ["NAMES"].split()[0], (1, 1))
subprocess.Popen(["sleep", "99"], start_new_session=True)
serve()
open(out + "/ready", "w").close()
time.sleep(0.5)
die()
"""


class Leftovers(Stage):
    def test_what_is_ours_goes_and_nothing_else(self):
        host = socket.gethostname()
        old, mapped = (f"vader_segment.{host}.0.{FAMILY:x}0001.{i}" for i in (8, 9))
        other = f"vader_segment.{host}.0.{FAMILY + 1:x}0001.0"
        alien = f"something.{host}.0.{FAMILY:x}0001.0"
        ours = [f"vader_segment.{host}.0.{FAMILY:x}0001.0", f"osc_sm.{host}.{FAMILY:x}0001.0.4"]
        names = [old, mapped, other, alien, *ours]
        for name in names:
            self.addCleanup(lambda path: os.path.exists(path) and os.unlink(path),
                            os.path.join("/dev/shm", name))
        os.mkdir(self.path("tmp"))
        launch = self.play(LITTER, "--retries", 0, NAMES=" ".join(names), TMPDIR=self.path("tmp"))
        wait_until(lambda: os.path.exists(os.path.join(self.out, "ready")))
        self.assertEqual(len(launch.processes()), 2)
        with open(os.path.join("/dev/shm", mapped), "r+b") as file, \
                mmap.mmap(file.fileno(), 4096):
            self.ends(launch, 1, "signal 9")
        left = {name for name in names if os.path.exists(os.path.join("/dev/shm", name))}
        self.assertEqual(left, {old, mapped, other, alien})
        self.assertEqual(os.listdir(self.path("tmp")), [])


if __name__ == "__main__":
    harness.main()
