"""The script that makes the results of the two reports again, on few rows, and the page that shows
what it prints."""
import os
import re

import harness

SCRIPT = os.path.join(harness.SOURCE, "jobs", "reproduce.sh")
PAGE = os.path.join(harness.SOURCE, "docs", "reproduce.md")
N_CONFIGURATIONS = {"lab3-table": 16, "lab3-table-compat": 16, "lab3-brute-force": 18, "lab3-tpe": 12,
                    "lab4-nets": 9, "lab4-brute-force": 25, "lab4-random": 20, "lab4-tpe": 20,
                    "lab4-nsgaii": 20, "lab4-front": 25, "joint": 100}
# Of ../shared/data/README.md: the real checkpoint on the real rows.
N_CORRECT = "377 of 501 rows correct"


def sections(text):
    parts = re.split(r"^== (.*)\n", text, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


class Reproduce(harness.Case):
    def test_script_and_page(self):
        out = self.path("out")
        done = harness.run(["sh", SCRIPT, "--rows", "2000", "--out", out],
                           env={"BITFRONT": harness.BITFRONT})
        self.assertEqual(done.code, 0, done)
        printed = sections(done.out)
        for name, n in N_CONFIGURATIONS.items():
            rows = harness.read_csv(out, name, "trials.csv")
            self.assertEqual({row["state"] for row in rows}, {"COMPLETE"}, name)
            self.assertEqual(len(rows), n, name)
            self.assertIn(f"done {n}, failed 0 of {n}", printed[name])
        timed = re.findall(r"^\| (lab\S+|joint) +\| +(\d+) \| +(\S+) \| +(\S+) \|", printed["times"], re.M)
        self.assertEqual([(name, int(n)) for name, n, _, _ in timed], list(N_CONFIGURATIONS.items()))
        for _, n, seconds, each in timed:
            self.assertGreater(float(seconds), 0)
            self.assertAlmostEqual(float(seconds) / int(n) / float(each), 1, delta=0.02)
        self.assertEqual(len(re.findall(r" x \|$", printed["times"], re.M)), 3)
        if os.path.isdir(harness.SHARED):
            self.assertIn(N_CORRECT, printed["lab3-checkpoint"])
        with open(PAGE, encoding="utf-8") as file:
            page = file.read()
        self.assertCountEqual(re.findall(r"^<!-- ([^/]\S*) -->$", page, re.M), printed)
        # What the page shows was printed by these commands, on another machine and on more rows.
        for name, text in printed.items():
            shown = re.search(rf"^<!-- {name} -->\n(.*?)^<!-- /{name} -->$", page, re.M | re.S)
            commands = [re.sub(r"--rows \d+|-n \d+", "", line)
                        for line in (text + shown[1]).splitlines() if line.startswith("$ ")]
            self.assertEqual(commands[:len(commands) // 2], commands[len(commands) // 2:], name)

    def test_wrong_arguments(self):
        done = harness.run(["sh", SCRIPT, "--bogus"], env={"BITFRONT": harness.BITFRONT})
        self.assertEqual((done.code, done.err.split()[:2]), (2, ["usage:", "reproduce.sh"]), done)
        mine = self.write("mine", "kept")
        folder = os.path.dirname(mine)
        done = harness.run(["sh", SCRIPT, "--out", folder], env={"BITFRONT": harness.BITFRONT})
        self.assertEqual(done.code, 2, done)
        self.assertIn("was not made by this script", done.err)
        self.assertTrue(os.path.exists(mine))


if __name__ == "__main__":
    harness.main()
