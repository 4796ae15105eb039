"""`bitfront status`: a study that runs, has ended, was interrupted; what it shows against the files
and against journals in which times, hosts and processes are written down by the test.

The rest of such a journal is that of a real search: its head, its trials and their metrics.
"""
import datetime
import json
import os
import pty
import select
import shutil
import signal
import socket
import subprocess
import time

import fronts
import harness

HOST = socket.gethostname()
CLEAR = "\x1b[H\x1b[2J"
JOB = """
model = "jsc-lab4"
seed = 11
[search.search_space]
name = "graph/bitfront/joint"
setup.by = "name"
""" + "".join(f"""
[search.search_space.seed.seq_blocks_{i}.config]
name = ["integer"]
channel_multiplier = [1, 2, 3, 4]
data_in = [[8, 4], [6, 3], [4, 2]]
weight = [[8, 6], [6, 4], [4, 2]]
""" for i in (2, 4)) + """
[search.strategy]
sw_runner.null = {cost_ms = 0, fail_trials = [8, 21]}
setup = {n_trials = 60, sampler = "random"}
[search.strategy.metrics]
accuracy = {scale = 1.0, direction = "maximize"}
bitops = {scale = 1e-6, direction = "minimize"}
"""
KEYS = ["dir", "sampler", "seed", "space_size", "state", "host", "pid", "ranks", "sessions",
        "date_s", "silent_s", "wall_s", "end", "exit", "n_trials", "done", "failed", "rate",
        "eta_s", "running", "waiting", "last_failed", "front", "hypervolume", "ideal", "worst",
        "best"]


class Journal:
    """The journal of a real study, taken apart, to be written down anew."""

    def __init__(self, folder):
        self.source = folder
        with open(os.path.join(folder, "study.journal"), encoding="utf-8") as file:
            records = [json.loads(line) for line in file]
        self.head = [r for r in records if r["op_code"] in (0, 3) or
                     r.get("user_attr", {}).keys() & {"bitfront", "job"}]
        self.session = next(r for r in records if "session:0" in r.get("user_attr", {}))
        self.asked = [r for r in records if r["op_code"] == 4]
        self.told = {}
        for record in records:
            if "trial_id" in record:
                self.told.setdefault(record["trial_id"], []).append(record)
        self.lines = list(self.head)

    def start(self, pid, start_s, ranks=4, host=HOST):
        k = sum("pid" in str(line) and line["op_code"] == 2 for line in self.lines
                if any(key.startswith("session:") for key in line.get("user_attr", {})))
        session = dict(self.session["user_attr"]["session:0"], pid=pid, start_s=start_s,
                       ranks=ranks, host=host)
        self.lines.append(dict(self.session, user_attr={f"session:{k}": session}))

    def ask(self, number, date_s, rank):
        local = datetime.datetime.fromtimestamp(date_s).isoformat(timespec="microseconds")
        attributes = dict(self.asked[number]["user_attrs"], rank=rank)
        self.lines.append(dict(self.asked[number], datetime_start=local, user_attrs=attributes))

    def tell(self, number, started_s, duration_s, rank, host):
        for line in self.told[number]:
            if "result" in line.get("user_attr", {}):
                result = dict(line["user_attr"]["result"], started_s=started_s,
                              duration_s=duration_s, rank=rank, host=host)
                line = dict(line, user_attr={"result": result})
            self.lines.append(line)

    def end(self, reason, code, wall_s, k=0):
        self.lines.append(dict(self.session, user_attr={
            f"end:{k}": {"reason": reason, "exit": code, "wall_s": wall_s}}))

    def text(self):
        return "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in self.lines)


def vanished():
    """The number of a process that is no more."""
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


class Status(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.synth("data", 300)
        cls.job = cls.write("job.toml", JOB)
        cls.ended = cls.search("ended")

    @classmethod
    def search(cls, name, *options, code=3, **how):
        cls.require(*cls.arguments(name, *options), code=code, **how)
        return cls.path(name)

    @classmethod
    def arguments(cls, name, *options):
        return ["search", cls.job, "--data", cls.data, "--out", cls.path(name), *options]

    def begin(self, *arguments, **how):
        """Starts bitfront as a process that is gone at the end of the test."""
        process = subprocess.Popen([harness.BITFRONT, *arguments], stdin=subprocess.DEVNULL,
                                   text=True, **how)

        def finish():
            process.kill()
            process.communicate()
        self.addCleanup(finish)
        return process

    def status(self, folder, *options, **how):
        look = json.loads(self.require("status", folder, "--json", *options, **how).out)
        self.assertEqual(list(look), KEYS)
        return look

    def text(self, folder, *options):
        """Lines by label; those without one belong to the label above."""
        lines = {}
        for line in self.require("status", folder, *options).out.splitlines():
            label = line[:10].strip() or label
            lines.setdefault(label, []).append(line[11:])
        return lines

    def folder_of(self, name, journal, run=None, tail=""):
        """A result folder with this journal. run.json is made of what `run` has."""
        out = self.path(name)
        shutil.rmtree(out, ignore_errors=True)
        os.makedirs(os.path.join(out, "checkpoints"))
        with open(os.path.join(out, "study.journal"), "w", encoding="utf-8") as file:
            file.write(journal.text() + tail)
        if run is not None:
            self.write_run(out, **run)
        return out

    def write_run(self, out, **run):
        with open(os.path.join(out, "run.json"), "w", encoding="utf-8") as file:
            json.dump({"run": "", "host": HOST, "pid": os.getpid(), "date_s": time.time(),
                       "exit": None, "wants_restart": False, **run}, file)

    def assert_found(self, look, rows, objectives=(("accuracy", -1), ("bitops", 1e-6))):
        """Front and volume are those of these rows."""
        points = {int(row["number"]): tuple(sign * float(row[name]) for name, sign in objectives)
                  for row in rows if row["state"] == "COMPLETE"}
        front = [n for n, a in points.items()
                 if not any(b != a and all(x <= y for x, y in zip(b, a)) for b in points.values())]
        self.assertEqual(look["front"], front)
        scaled = fronts.scale(points)
        volume = fronts.volume([scaled[n] for n in front], reference=1.0)
        self.assertAlmostEqual(look["hypervolume"], volume, places=8)
        columns = list(zip(*points.values()))
        for j, (name, sign) in enumerate(objectives):
            for key, pick in (("ideal", min), ("worst", max)):
                self.assertAlmostEqual(look[key][name] / abs(sign),
                                       pick(columns[j]) / sign, delta=1e-6)

    def test_ended_study(self):
        look, document = self.status(self.ended), fronts.Study(self.ended).document
        self.assertEqual((look["state"], look["end"], look["exit"]), ("ended", "n_trials", 3))
        for name in ("sampler", "seed", "n_trials", "done", "failed", "front", "best", "ranks"):
            self.assertEqual(look[name], document[name], name)
        self.assertEqual(look["space_size"], document["space"]["size"])
        self.assertAlmostEqual(look["wall_s"], document["wall_s"])
        self.assertEqual((look["dir"], look["sessions"]), (self.ended, 1))
        self.assertEqual((look["rate"], look["eta_s"]), (None, None))
        self.assertEqual((look["running"], look["waiting"]), ([], 0))
        self.assertEqual(look["last_failed"]["number"], 21)
        self.assertIn("told to fail", look["last_failed"]["reason"])
        self.assert_found(look, harness.read_csv(self.ended, "trials.csv"))
        lines = self.text(self.ended)
        self.assertEqual(lines["trials"], ["done 58 failed 2 of 60 (100.0 %)"])
        self.assertIn("ended (n_trials), exit code 3, after ", lines["state"][0])
        self.assertNotIn("--resume", lines["state"][0])
        self.assertTrue(lines["front"][0].startswith(f"{len(look['front'])} trial"), lines)
        self.assertTrue(lines["volume"][0].startswith(f"{look['hypervolume']:.4f} of"), lines)
        self.assertIn("trial 21", lines["failed"][0])

    def test_one_objective_has_a_best_trial(self):
        for name, options in (("one", ("sum_scaled_metrics=true", "direction='maximize'")),
                              ("low", ("sum_scaled_metrics=true", "direction='minimize'"))):
            words = [w for o in options for w in ("--set", f"search.strategy.setup.{o}")]
            out = self.search(name, *words)
            look, document = self.status(out), fronts.Study(out).document
            self.assertEqual(look["best"], document["best"])
            self.assertIsNone(look["hypervolume"])
            with open(os.path.join(out, "best.json"), encoding="utf-8") as file:
                value = json.load(file)["0"]["value"]
            self.assertAlmostEqual(look["ideal"]["sum_scaled_metrics"], value, places=8)
            lines = self.text(out)
            self.assertTrue(lines["best"][0].startswith(
                f"trial {document['best']}: sum_scaled_metrics "), lines)
            self.assertNotIn("front", lines)

    def running(self, now, ranks=4, pid=None, n_told=40, step_s=2.0):
        """A study that told a trial every `step_s` seconds, the last one a step ago, and whose
        workers run one trial each and have one in advance."""
        journal = Journal(self.ended)
        journal.start(pid or os.getpid(), now - 1000, ranks=ranks)
        workers = ranks - 1
        for i in range(n_told):
            end_s = now - step_s * (n_told - i)
            journal.ask(i, end_s - 5, 1 + i % workers)
            journal.tell(i, end_s - 0.5, 0.5, 1 + i % workers, f"node{1 + i % workers}")
        for i in range(n_told, min(n_told + 2 * workers, 60)):
            journal.ask(i, now - 4, 1 + i % workers)
        return journal

    def test_running_study(self):
        now = time.time()
        out = self.folder_of("running", self.running(now), run={})
        look = self.status(out)
        late = look["date_s"] - now
        self.assertEqual((look["state"], look["end"], look["exit"]), ("running", None, None))
        self.assertEqual((look["host"], look["pid"], look["ranks"]), (HOST, os.getpid(), 4))
        self.assertEqual((look["done"], look["failed"], look["n_trials"]), (38, 2, 60))
        # In the last minute a trial every two seconds; the first at its very beginning is in or out.
        self.assertAlmostEqual(look["rate"], 30 / (60 + late), delta=0.04)
        self.assertAlmostEqual(look["eta_s"], 20 / look["rate"], delta=1e-3)
        self.assertAlmostEqual(look["wall_s"], 1000 + late, delta=0.1)
        self.assertEqual([(r["number"], r["rank"], r["host"]) for r in look["running"]],
                         [(n, 1 + n % 3, f"node{1 + n % 3}") for n in (40, 41, 42)])
        # Since its worker ended another: two, four and six seconds ago; the last was asked later.
        self.assertEqual(look["waiting"], 3)
        for running in look["running"]:
            ended = {1 + i % 3: 2.0 * (40 - i) for i in range(40)}[running["rank"]]
            self.assertAlmostEqual(running["for_s"], min(ended, 4) + late, delta=0.05)
        self.assert_found(look, harness.read_csv(self.ended, "trials.csv")[:40])
        lines = self.text(out)
        self.assertEqual(lines["trials"], ["done 38 failed 2 of 60 (66.7 %)"])
        self.assertIn(f"running on {HOST} (process {os.getpid()}, 4 ranks) for 17 min",
                      lines["state"])
        self.assertRegex(lines["rate"][0], r"^0\.[45]\d* trials/s, ETA \d+ s$")
        self.assertEqual(len(lines["running"]), 3)
        self.assertRegex(lines["running"][0], r"^#40 on rank 2 \(node2\), for ")
        self.assertEqual(lines["next"], ["3 trials handed out in advance"])
        self.assertFalse(any("--resume" in line for line in lines["state"]))

    def test_trial_of_a_lost_worker_waits_behind_what_the_next_one_has(self):
        """Rank 2 had #40 and #43; the first went to rank 3, which has #41 and #44, the other to 1."""
        journal = self.running(time.time())
        for number, rank in ((40, 3), (43, 1)):
            journal.lines.append({"op_code": 8, "worker_id": "bitfront", "trial_id": number,
                                  "user_attr": {"rank": rank}})
        look = self.status(self.folder_of("lost", journal, run={}))
        self.assertEqual({(r["number"], r["rank"]) for r in look["running"]}, {(42, 1), (41, 3)})
        self.assertEqual(look["waiting"], 4)

    def test_slow_trials_have_a_rate(self):
        """Of the last 16, when a minute has fewer."""
        now = time.time()
        look = self.status(self.folder_of("slow", self.running(now, step_s=20.0), run={}))
        self.assertAlmostEqual(look["rate"], 16 / (17 * 20), delta=0.001)

    def test_rate_is_that_of_the_last_minute(self):
        now = time.time()
        journal = Journal(self.ended)
        journal.start(os.getpid(), now - 1000)
        for i in range(40):
            journal.ask(i, now - 120, 1)
            journal.tell(i, now - (90 if i < 20 else 55 - i), 0.5, 1, "node")
        out = self.folder_of("burst", journal, run={})
        self.assertAlmostEqual(self.status(out)["rate"], 20 / 60, places=3)

    def test_earlier_sessions_do_not_count(self):
        now = time.time()
        journal = self.running(now - 5000)
        journal.start(os.getpid(), now - 10, ranks=3)
        journal.ask(46, now - 9, 1)
        out = self.folder_of("resumed", journal, run={})
        look = self.status(out)
        self.assertEqual((look["state"], look["sessions"], look["done"]), ("running", 2, 38))
        self.assertIsNone(look["rate"])
        self.assertTrue(all(r["host"] is None for r in look["running"]), look["running"])
        self.assertTrue(all(r["for_s"] < 15 for r in look["running"]), look["running"])
        journal.tell(46, now - 8, 4, 1, "new")
        look = self.status(self.folder_of("resumed", journal, run={}))
        self.assertAlmostEqual(look["rate"], 1 / (10 + look["date_s"] - now), places=3)

    def test_of_many_workers_ten_are_shown(self):
        now = time.time()
        out = self.folder_of("many", self.running(now, ranks=31, n_told=30), run={})
        self.assertEqual(len(self.status(out)["running"]), 30)
        lines = self.text(out)["running"]
        self.assertEqual((len(lines), lines[-1]), (11, "and 20 more"))

    def test_study_without_results_has_none(self):
        now = time.time()
        for n_asked in (0, 6):
            journal = self.running(now, n_told=0)
            journal.lines = journal.lines[:len(journal.head) + 1 + n_asked]
            look = self.status(self.folder_of("young", journal, run={}))
            self.assertEqual((look["done"], look["failed"], look["front"]), (0, 0, []))
            self.assertEqual(len(look["running"]) + look["waiting"], n_asked)
            for key in ("rate", "eta_s", "last_failed", "hypervolume", "ideal", "worst", "best"):
                self.assertIsNone(look[key], key)
            self.assertEqual(self.text(self.path("young"))["trials"],
                             ["done 0 failed 0 of 60 (0.0 %)"])

    def test_line_that_is_being_written_is_no_matter(self):
        out = self.folder_of("partial", self.running(time.time()), run={}, tail='{"op_code":8,"wor')
        self.assertEqual(self.status(out)["done"], 38)
        self.assertFalse(any("torn" in line or "cut" in line for lines in self.text(out).values()
                             for line in lines))

    def test_interrupted_study_says_how_to_go_on(self):
        now = time.time()
        child = self.begin("--version", stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + harness.REFUSAL_S
        while os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is None:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)
        for name, pid in (("gone", vanished()), ("zombie", child.pid)):
            for run in ({"pid": pid}, None):
                with self.subTest(name, run=run):
                    out = self.folder_of("cut", self.running(now, pid=pid), run=run)
                    look = self.status(out)
                    self.assertEqual((look["state"], look["end"], look["exit"]),
                                     ("interrupted", None, None))
                    self.assertEqual((look["rate"], look["running"]), (None, []))
                    self.assertEqual(look["waiting"], 6)
                    lines = self.text(out)
                    self.assertTrue(lines["state"][0].startswith("interrupted"), lines)
                    self.assertTrue(lines["state"][0].endswith(
                        f"go on with: bitfront search --resume --out {out}"), lines)
                    self.assertEqual(lines["unfinished"], ["6 trials to be run first"])

    def test_failure_of_the_search_is_told(self):
        pid = vanished()
        out = self.folder_of("full", self.running(time.time(), pid=pid),
                             run={"pid": pid, "exit": 1})
        self.assertEqual((self.status(out)["state"], self.status(out)["exit"]),
                         ("interrupted", 1))
        self.assertIn("interrupted, exit code 1", self.text(out)["state"][0])

    def test_stopped_study_can_go_on(self):
        pid = vanished()
        journal = self.running(time.time(), pid=pid)
        journal.end("signal", 4, 900.0)
        out = self.folder_of("stopped", journal, run={"pid": pid, "exit": 4})
        look = self.status(out)
        self.assertEqual((look["state"], look["end"], look["exit"]), ("ended", "signal", 4))
        self.assertEqual(look["wall_s"], 900)
        self.assertIn("ended (signal), exit code 4, after 15 min; go on with: ",
                      self.text(out)["state"][0])

    def test_other_host_is_judged_by_its_signs_of_life(self):
        now = time.time()
        for age, state in ((2, "running"), (20, "running"), (100, "interrupted")):
            with self.subTest(age):
                journal = self.running(now)
                journal.lines[len(journal.head)]["user_attr"]["session:0"]["host"] = "elsewhere"
                out = self.folder_of("far", journal, run={"host": "elsewhere", "pid": 1,
                                                          "date_s": now - age})
                look = self.status(out)
                self.assertEqual((look["state"], look["host"]), (state, "elsewhere"))
                self.assertAlmostEqual(look["silent_s"], look["date_s"] - now + age, delta=0.01)
                self.assertEqual("no sign of life for 2" in self.text(out)["state"][0], age == 20)

    def test_process_that_began_later_is_another_one(self):
        now = time.time()
        for age, state in ((0, "running"), (1000, "interrupted")):
            with self.subTest(age):
                out = self.folder_of("reused", self.running(now), run={"date_s": now - age})
                self.assertEqual(self.status(out)["state"], state)

    def test_old_run_file_does_not_count(self):
        """It is of the session before; the new one has not written its own yet."""
        now = time.time()
        out = self.folder_of("old", self.running(now),
                             run={"pid": vanished(), "date_s": now - 2000, "exit": 4})
        self.assertEqual((self.status(out)["state"], self.status(out)["exit"]), ("running", None))

    def test_folder_without_a_study_is_refused(self):
        os.makedirs(self.path("empty"), exist_ok=True)
        for options in ((), ("--json",), ("--watch",)):
            for name in ("empty", "nowhere"):
                self.refuse(["status", self.path(name), *options], 5, "no study in", name,
                            "study.journal")
        self.refuse(["status"], 2, "DIR")
        self.refuse(["status", self.ended, self.ended], 2)
        self.refuse(["status", self.ended, "--wach"], 2, "did you mean '--watch'?")

    def test_damage_is_named_with_its_line(self):
        journal = self.running(time.time())
        journal.lines.insert(20, {"op_code": 17})
        out = self.folder_of("damaged", journal, run={})
        self.refuse(["status", out], 5, out, "study.journal:21:")

    def test_looking_changes_nothing(self):
        out = self.folder_of("read", self.running(time.time()), run={}, tail='{"op')
        before = self.everything()
        self.status(out)
        self.assertEqual(before, self.everything())

    def test_rank_0_alone_looks(self):
        plain = self.status(self.ended)
        many = self.status(self.ended, ranks=3)
        self.assertEqual({**plain, "date_s": 0, "silent_s": 0},
                         {**many, "date_s": 0, "silent_s": 0})

    def read_until(self, process, words, limit=harness.REFUSAL_S):
        """What comes from the process, until it has these words."""
        text, end = "", time.monotonic() + limit
        while words not in text:
            ready, _, _ = select.select([process.stdout], [], [], max(end - time.monotonic(), 0))
            self.assertTrue(ready, f"no '{words}' in {text}")
            more = os.read(process.stdout.fileno(), 65536).decode()
            self.assertNotEqual(more, "", f"no '{words}' in {text}")
            text += more
        return text

    def test_watch_shows_what_changes(self):
        """One look, nothing while nothing happens, another when a trial is told, the last at the
        end."""
        now = time.time()
        journal = self.running(now)
        out = self.folder_of("watched", journal, run={})
        process = self.begin("status", out, "--watch", stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
        self.assertIn("done 38 failed 2", self.read_until(process, "volume"))
        self.assertEqual(select.select([process.stdout], [], [], 4.5)[0], [])
        journal.tell(40, now - 4, 3.9, 2, "node2")
        journal.tell(41, now - 4, 3.9, 3, "node3")
        with open(os.path.join(out, "study.journal"), "w", encoding="utf-8") as file:
            file.write(journal.text())
        self.assertIn("done 40 failed 2", self.read_until(process, "volume"))
        journal.end("timeout", 3, 1005.0)
        with open(os.path.join(out, "study.journal"), "w", encoding="utf-8") as file:
            file.write(journal.text())
        # It writes its files before it says that it is done.
        self.assertIn("running on", self.read_until(process, "volume"))
        self.write_run(out, exit=3)
        last, errors = process.communicate(timeout=harness.REFUSAL_S)
        self.assertIn("ended (timeout), exit code 3", last)
        self.assertNotIn(CLEAR, last)
        self.assertEqual((process.returncode, errors), (0, ""))

    def test_watch_ends_when_nobody_goes_on(self):
        now = time.time()
        pid = vanished()
        out = self.folder_of("left", self.running(now, pid=pid),
                             run={"pid": pid, "date_s": now - 90})
        done = self.require("status", out, "--watch", limit=harness.REFUSAL_S)
        self.assertIn("interrupted", done.out)

    def test_watch_redraws_a_terminal(self):
        out = self.folder_of("drawn", self.running(time.time()), run={})
        master, slave = pty.openpty()
        process = self.begin("status", out, "--watch", stdout=slave, stderr=slave)
        os.close(slave)
        self.addCleanup(os.close, master)
        text, end = "", time.monotonic() + harness.REFUSAL_S
        while text.count(CLEAR) < 3:
            self.assertLess(time.monotonic(), end, text)
            if select.select([master], [], [], 1)[0]:
                text += os.read(master, 65536).decode()
        # The clock goes on though no trial was told. The last frame may still be coming.
        frames = text.split(CLEAR)[1:-1]
        self.assertTrue(all("done 38 failed 2 of 60" in frame for frame in frames), frames)
        process.send_signal(signal.SIGINT)
        self.assertIn(process.wait(timeout=harness.REFUSAL_S), (0, 130, -signal.SIGINT))

    def test_watch_of_a_real_search(self):
        out = self.path("real")
        search = self.begin(*self.arguments("real", "--set",
                                            "search.strategy.sw_runner.null.cost_ms=100"),
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + harness.REFUSAL_S
        while not os.path.exists(os.path.join(out, "study.journal")):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)
        time.sleep(1)
        look = self.status(out)
        self.assertEqual((look["state"], look["pid"], look["host"]), ("running", search.pid, HOST))
        self.assertEqual(len(look["running"]), 1)
        self.assertTrue(3 < look["rate"] <= 10.5, look["rate"])
        self.assertLess(look["running"][0]["for_s"], 1)
        self.assertLess(abs(look["silent_s"]), 3)
        done = self.require("status", out, "--watch")
        self.assertGreater(done.out.count("\nsampler"), 1)
        # All files are there when the watch ends.
        self.assertEqual(len(harness.read_csv(out, "trials.csv")), 60)
        self.assertIn("ended (n_trials), exit code 3", done.out)
        self.assertEqual(search.wait(), 3)

    def test_killed_search_is_noticed(self):
        out = self.path("killed")
        search = self.begin(*self.arguments("killed", "--set",
                                            "search.strategy.sw_runner.null.cost_ms=100"),
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + harness.REFUSAL_S
        while not (os.path.exists(os.path.join(out, "study.journal")) and
                   self.status(out)["done"] > 3):
            self.assertLess(time.monotonic(), deadline)
        search.kill()
        search.wait()
        look = self.status(out)
        self.assertEqual((look["state"], look["waiting"]), ("interrupted", 1))
        self.require(*self.text(out)["state"][0].split("go on with: bitfront ")[1].split(), code=3)
        look = self.status(out)
        self.assertEqual((look["state"], look["sessions"]), ("ended", 2))
        self.assertEqual(look["done"] + look["failed"], 60)


if __name__ == "__main__":
    harness.main()
