"""`bitfront search --resume`: searches whose coordinator is killed end as others do; what cannot go
on is explained, and nothing of it overwritten.

20 kills, over searches of one process and of 2 to 5 ranks; 200 with BITFRONT_LONG=1.
"""
import collections
import json
import os
import random
import shutil
import time

import harness
import killed

ROUNDS = 10 if os.environ.get("BITFRONT_LONG") == "1" else 1
PAIRS = [[8, 6], [8, 4], [6, 4], [6, 3], [4, 2], [2, 1]]
SPACE = f"""
model = "jsc-lab4"
seed = 5
[search.search_space]
name = "graph/bitfront/joint"
setup.by = "name"
[search.search_space.seed.seq_blocks_2.config]
name = ["integer", "NA"]
channel_multiplier = [1, 2, 3]
data_in = {PAIRS}
weight = {PAIRS}
[search.search_space.seed.seq_blocks_6.config]
name = ["integer"]
data_in = [[8, 4]]
weight = {PAIRS[:3]}
"""
GOALS = """
[search.strategy.metrics]
accuracy = {scale = 1.0, direction = "maximize"}
weight_bits = {scale = 1.0, direction = "minimize"}
"""
NULL = SPACE + """
[search.strategy]
sw_runner.null = {cost_ms = 3, fail_trials = [3, 40]}
setup = {population_size = 10}
""" + GOALS
TRAINED = """
model = "jsc-tiny"
batch_size = 64
seed = 5
[search.search_space]
name = "graph/bitfront/joint"
setup.by = "name"
[search.search_space.seed.seq_blocks_2.config]
name = ["integer"]
data_in = [[8, 4], [6, 3], [4, 2]]
weight = [[8, 6], [6, 4], [4, 2]]
channel_multiplier = [1, 2]
[search.strategy.sw_runner]
null = {cost_ms = 10}
basic_train = {max_epochs = 4, optimizer = "adam", learning_rate = 1e-2}
[search.strategy.setup]
""" + GOALS
# Name, job, sampler, further options, the ranks that are killed and those that end it.
SEARCHES = [
    ("random", "null", "random", [], [1, 1, 1], 1),
    ("brute-force", "null", "brute-force", [], [3, 2], 1),
    ("qmc", "null", "qmc", ["search.strategy.setup.repeats=3"], [1, 1], 1),
    ("tpe", "null", "tpe", [], [1, 1], 1),
    ("nsgaii", "null", "nsgaii", [], [3, 1], 3),
    ("nsgaii-in-flight", "null", "nsgaii", ["search.strategy.setup.in_flight=4"], [5, 2], 3),
    ("nsgaiii", "null", "nsgaiii", [], [1, 1], 1),
    ("gp-in-flight", "null", "gp", ["search.strategy.setup.in_flight=3"], [1, 1], 1),
    ("trained", "trained", "random", [], [3, 1, 5], 2),
]
FIXED = {"random", "brute-force", "qmc"}
counts = collections.Counter()


class Kills(harness.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = {"null": cls.synth("few", 200), "trained": cls.synth("some", 1500)}
        cls.jobs = {"null": cls.write("null.toml", NULL), "trained": cls.write("t.toml", TRAINED)}
        cls.alone = {}

    @classmethod
    def tearDownClass(cls):
        print(f"\n{counts['kills']} kills survived ({counts['of mpirun']} of mpirun), "
              f"{counts['trials']} trials: {counts['lost']} lost, {counts['told twice']} told "
              f"twice, {counts['again']} run again after a kill", flush=True)

    def arguments(self, search, out, gives_job=True):
        _, job, sampler, options, _, _ = search
        settings = [word for option in options for word in ("--set", option)]
        return ["search", *([self.jobs[job]] if gives_job else []), "--data", self.data[job],
                "--out", out, "--sampler", sampler, "--n-trials", 18 if job == "trained" else 120,
                *settings, "--progress", "none"]

    def undisturbed(self, search):
        name = search[0]
        if name not in self.alone:
            out = self.path(f"calm-{name}")
            done = harness.bitfront(*self.arguments(search, out))
            self.assertIn(done.code, (0, 3), done)
            self.alone[name] = out
        return self.alone[name]

    def killed(self, search, out, ranks, dice):
        """One session that ends by a kill, unless it is too fast for us."""
        share = 4 if search[1] == "trained" else 22
        gives_job = not os.path.exists(os.path.join(out, "study.journal")) or dice.random() < 0.5
        arguments = [*self.arguments(search, out, gives_job), "--resume"]
        with killed.Search(arguments, out, ranks) as running:
            return running.kill_after(dice.randrange(share), dice.random() * 0.01)

    def killed_often(self, search, out, dice):
        """A study that was killed as often as it shall be."""
        for _ in range(10):
            shutil.rmtree(out, ignore_errors=True)
            if all(self.killed(search, out, ranks, dice) for ranks in search[4]):
                counts["kills"] += len(search[4])
                counts["of mpirun"] += sum(ranks > 1 for ranks in search[4])
                return
        self.fail(f"{search[0]} always ended before it was killed")

    def ended(self, search, out, ranks):
        with killed.Search([*self.arguments(search, out), "--resume"], out, ranks) as running:
            done = running.finish()
        self.assertIn(done.code, (0, 3), done)

    def check_journal(self, out, calm):
        """Every trial was asked and told once."""
        found = killed.records(out)
        asked = sum(record["op_code"] == 4 for record in found)
        told = collections.Counter(r["trial_id"] for r in found if r["op_code"] == 6)
        expected = len(harness.read_csv(calm, "trials.csv"))
        counts["trials"] += asked
        counts["lost"] += expected - len(told)
        counts["told twice"] += sum(told.values()) - len(told)
        counts["again"] += sum(r["op_code"] == 8 and "rank" in r["user_attr"] for r in found)
        self.assertEqual(asked, expected)
        self.assertEqual(sorted(told), list(range(expected)))
        self.assertEqual(set(told.values()), {1})

    def check_alone(self, out):
        """What the null runner measures is a function of the configuration, which no other trial
        has."""
        seen = set()
        for row in harness.read_csv(out, "trials.csv"):
            choices = [row[name] for name in row if "/" in name]
            key = tuple(choices)
            self.assertNotIn(key, seen)
            seen.add(key)
            if row["state"] == "FAIL":
                self.assertIn(row["number"], ("3", "40"))
                continue
            self.assertEqual((row["accuracy"], row["weight_bits"]), self.oracle[key])

    @property
    def oracle(self):
        """Every configuration of the space, tried once."""
        if "oracle" not in self.alone:
            out = self.path("oracle")
            self.require("search", self.jobs["null"], "--data", self.data["null"], "--out", out,
                         "--sampler", "brute-force", "--progress", "none", "--set",
                         "search.strategy.sw_runner.null={}")
            self.alone["oracle"] = {
                tuple(row[name] for name in row if "/" in name):
                    (row["accuracy"], row["weight_bits"])
                for row in harness.read_csv(out, "trials.csv")}
        return self.alone["oracle"]

    def check(self, search, out):
        calm = self.undisturbed(search)
        self.check_journal(out, calm)
        if search[2] in FIXED or "in-flight" in search[0]:
            for file in ("trials.csv", "front.csv"):
                self.assertEqual(harness.steady(out, file), harness.steady(calm, file))
            self.assertEqual(sorted(os.listdir(os.path.join(out, "checkpoints"))),
                             sorted(os.listdir(os.path.join(calm, "checkpoints"))))
        elif search[1] == "null":
            self.check_alone(out)

    def test_killed_searches_end_as_others(self):
        for k in range(ROUNDS):
            for search in SEARCHES:
                name = search[0]
                dice = random.Random(f"{name} {k}")
                out = self.path(f"killed-{name}")
                with self.subTest(search=name, round=k):
                    self.killed_often(search, out, dice)
                    self.ended(search, out, search[5])
                    self.check(search, out)
                shutil.rmtree(out, ignore_errors=True)
        self.assertGreaterEqual(counts["kills"], 20 * ROUNDS)

    def test_search_killed_while_it_starts(self):
        """Before there is a journal, too."""
        dice = random.Random(1)
        search = SEARCHES[0]
        out = self.path("starting")
        for _ in range(8):
            with killed.Search([*self.arguments(search, out), "--resume"], out, 1) as running:
                time.sleep(dice.random() * 0.06)
                running.process.kill()
                running.process.communicate(timeout=killed.LIMIT_S)
        self.ended(search, out, 1)
        self.check(search, out)


class Refusals(harness.Case):
    """A study of 40 trials, 20 of them told when it was killed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.data = cls.synth("data", 200)
        cls.other = cls.synth("other", 200, "--seed", 9)
        cls.job = cls.write("job.toml", NULL)
        cls.study = cls.path("study")
        cls.calm = cls.path("calm")
        cls.require("search", *cls.how(cls.calm), code=3)
        with killed.Search(["search", *cls.how(cls.study)], cls.study, 1) as running:
            if not running.kill_after(20, 0):
                raise AssertionError("it ended before it was killed")

    @classmethod
    def how(cls, out, job=None, data=None):
        return [job or cls.job, "--data", data or cls.data, "--out", out, "--sampler", "random",
                "--n-trials", 45, "--progress", "none"]

    def setUp(self):
        self.out = killed.copy(self.study, self.path("out"))

    def refused(self, arguments, code, *words, ranks=(0, 3)):
        """One line, whatever the number of ranks, and every file as it was."""
        before = killed.contents(self.out)
        for n in ranks:
            with self.subTest(ranks=n):
                done = harness.bitfront("search", *arguments, ranks=n)
                line = self.one_line(done, code)
                for word in words:
                    self.assertIn(word, line, done)
                self.assertEqual(killed.contents(self.out), before)

    def resumed(self, *options, code=3, ranks=0, env=None, **how):
        done = self.require("search", *self.how(self.out, **how), "--resume", *options, code=code,
                            ranks=ranks, env=env)
        for file in ("trials.csv", "front.csv"):
            self.assertEqual(harness.steady(self.out, file), harness.steady(self.calm, file))
        return done

    def edit(self, change):
        path = os.path.join(self.out, "study.journal")
        with open(path, "rb") as file:
            text = file.read()
        with open(path, "wb") as file:
            file.write(change(text))

    def test_folder_that_holds_a_study_is_named(self):
        self.refused(self.how(self.out), 2, self.out, "holds a study", "--resume", ranks=(0, 3, 5))

    def test_other_job_is_named_by_its_key(self):
        self.refused([*self.how(self.out), "--resume", "--seed", 8], 2, "seed (was 5, is 8)")
        self.refused([*self.how(self.out), "--resume", "--set",
                      "search.strategy.sw_runner.null.cost_ms=4"], 2,
                     "search.strategy.sw_runner.null.cost_ms (was 3, is 4)", ranks=(0,))
        self.refused(["--out", self.out, "--resume", "--sampler", "tpe"], 2,
                     "sampler (was random, is tpe)", ranks=(0,))
        self.refused([*self.how(self.out), "--resume", "--set",
                      "search.strategy.sw_runner={basic_evaluation={}}"], 2, "of another job",
                     ranks=(0,))

    def test_other_data_are_named(self):
        self.refused([*self.how(self.out, data=self.other), "--resume"], 5, "other rows", "hash",
                     self.other)

    def test_data_elsewhere_are_the_same(self):
        self.resumed(data=killed.copy(self.data, self.path("moved")))

    def test_job_need_not_be_given(self):
        self.require("search", "--out", self.out, "--resume", "--progress", "none", code=3)
        self.assertEqual(harness.steady(self.out, "trials.csv"),
                         harness.steady(self.calm, "trials.csv"))

    def test_keys_that_passed_at_the_start_pass_again(self):
        """The study began with --lenient."""
        self.edit(lambda text: text.replace(b"cost_ms = 3", b"cost_ms = 3\\nnone = 1"))
        done = self.require("search", "--out", self.out, "--resume", "--progress", "none", code=3)
        self.assertIn("'search.strategy.sw_runner.null.none'", done.err)

    def test_other_version_is_warned_of(self):
        self.edit(lambda text: text.replace(b'"session:0":{"version":"',
                                            b'"session:0":{"version":"9'))
        self.assertIn("was run by version 9", self.resumed().err)

    def test_isa_stays_that_of_the_study(self):
        self.say_isa("base")
        done = self.resumed()
        self.assertNotIn("with ISA", done.err)
        self.assertEqual(killed.sessions(self.out)[-1]["isa"], "base")

    def say_isa(self, name):
        isa = killed.sessions(self.out)[0]["isa"]
        self.edit(lambda text: text.replace(f'"isa":"{isa}"'.encode(), f'"isa":"{name}"'.encode()))

    def test_isa_that_is_not_there_is_warned_of(self):
        self.say_isa("avx512")
        done = self.resumed(env={"BITFRONT_ISA": "base"})
        self.assertIn("was begun with ISA avx512, this run has base", done.err)

    def test_isa_is_again_that_of_the_first_session(self):
        self.require("search", "--out", self.out, "--resume", "--time-limit", 0.01, "--progress",
                     "none", code=4, env={"BITFRONT_ISA": "base"})
        self.resumed()
        isas = [session["isa"] for session in killed.sessions(self.out)]
        self.assertEqual([isas[0], "base", isas[0]], isas)

    def test_torn_last_line_is_cut_off(self):
        self.edit(lambda text: text + b'{"op_code":6,"worker_id":"bitfront","trial_id":2')
        self.resumed(ranks=3)
        killed.records(self.out)

    def test_damaged_line_is_named(self):
        self.edit(lambda text: text.replace(b'"user_attr":{"result"',
                                            b'"user_attr":{"resu\x00t"', 1))
        self.damaged(lambda line: b"resu\x00t" in line)

    def test_flipped_bit_is_named(self):
        lines = killed.lines(self.out)
        at = next(i for i, line in enumerate(lines) if line.startswith(b'{"op_code":6,'))
        lines[at] = lines[at].replace(b'"state":', b'"stave":')
        self.edit(lambda text: b"\n".join(lines) + b"\n")
        self.damaged(lambda line: b"stave" in line)

    def test_line_that_is_missing_is_noticed(self):
        """Of a result; of a trial, whose place others take then."""
        def is_result(line):
            return b'"user_attr":{"result"' in line
        lines = killed.lines(self.out)
        del lines[next(i for i, line in enumerate(lines) if is_result(line))]
        self.edit(lambda text: b"\n".join(lines) + b"\n")
        self.damaged(lambda line: line.startswith(b'{"op_code":6,'))
        self.setUp()
        lines = killed.lines(self.out)
        del lines[next(i for i, line in enumerate(lines) if line.startswith(b'{"op_code":4,'))]
        self.edit(lambda text: b"\n".join(lines) + b"\n")
        self.refused([*self.how(self.out), "--resume"], 5, ranks=(0,))

    def damaged(self, is_it):
        """Exit 5, naming the first line that is so."""
        number = 1 + next(i for i, line in enumerate(killed.lines(self.out)) if is_it(line))
        self.refused([*self.how(self.out), "--resume"], 5, f"study.journal:{number}:")

    def test_finished_study_computes_nothing(self):
        self.resumed()
        before = killed.contents(self.out)
        for ranks in (0, 3):
            done = self.resumed(ranks=ranks)
            after = killed.contents(self.out)
            self.assertEqual(before.keys(), after.keys())
            for file in ("trials.csv", "front.csv", "best.json", "log.json", "job.toml"):
                self.assertEqual(before[file], after[file], file)
            self.assertIn("resumed  45 of 45 trials are done; 0 unfinished trials come first", done.err)
        asked = [r["op_code"] for r in killed.records(self.out)]
        self.assertEqual((asked.count(4), asked.count(6)), (45, 45))

    def test_finished_study_may_be_asked_for_more(self):
        self.resumed()
        self.require("search", *self.how(self.out)[:-4], "--n-trials", 60, "--resume", code=3)
        rows = harness.steady(self.out, "trials.csv")
        self.assertEqual(len(rows), 61)
        self.assertEqual([row[:-2] for row in rows[:46]],
                         [row[:-2] for row in harness.steady(self.calm, "trials.csv")])

    def test_resume_of_nothing_starts(self):
        shutil.rmtree(self.out)
        self.resumed()
        shutil.rmtree(self.out)
        os.makedirs(os.path.join(self.out, "checkpoints"))
        self.resumed(ranks=3)
        shutil.rmtree(self.out)
        done = harness.bitfront("search", "--out", self.out, "--resume")
        self.assertIn("no study in", self.one_line(done, 2))
        self.assertFalse(os.path.exists(self.out))

    def test_study_that_runs_is_not_touched(self):
        with killed.Search(["search", *self.how(self.out)[:-4], "--n-trials", 5000, "--resume",
                            "--timeout", 60], self.out, 1) as running:
            self.assertIsNotNone(running.coordinator())
            done = harness.bitfront("search", *self.how(self.out), "--resume")
            self.assertIn("another process runs this study", self.one_line(done, 2))
            self.assertTrue(running.runs())
            running.process.kill()
            running.process.communicate(timeout=killed.LIMIT_S)
        with open(os.path.join(self.out, "run.json"), encoding="utf-8") as file:
            self.assertEqual(json.load(file)["pid"], running.process.pid)


if __name__ == "__main__":
    harness.main(280 * ROUNDS)
