"""What the documents show: commands that exist, options they have, files that are there."""
import glob
import os
import re
import shlex

import harness

DOCUMENTS = ["*.md", "docs/*.md", "data/*.md", "slurm/*.md"]
JOBS = ["jobs/*.toml"]
FAMILIES = ("bench", "checkpoint", "data")
# Folders of the checkout: what is named inside them must be there.
OURS = ("jobs/", "tests/", "docs/", "slurm/", "src/", "include/", "data/", ".ci/")


# These take the Python tool's flags, too, which their help does not list.
TOOL_COMMANDS = ("search", "train", "transform")


def tool_flags():
    with open(os.path.join(harness.SOURCE, "src", "cli", "tool_flags.c"), encoding="utf-8") as file:
        return set(re.findall(r'^    \{"(--[a-z-]+)"', file.read(), re.M))


def find(patterns):
    return sorted(path for pattern in patterns
                  for path in glob.glob(os.path.join(harness.SOURCE, pattern)))


def blocks(text):
    """The lines inside ``` fences; of a session, those behind the prompt."""
    for block in re.findall(r"^```.*?\n(.*?)^```", text, re.M | re.S):
        lines = block.splitlines()
        typed = [line[2:] for line in lines if line.startswith("$ ")]
        yield from typed or lines


def comments(text):
    return (line.lstrip("# ") for line in text.splitlines() if line.startswith("#"))


def words_of(line):
    """A command line as words; nothing for other lines."""
    line = re.sub(r"\s#\s.*", "", line).strip()
    if not re.match(r"(\S*bitfront|mpirun|sh|srun) ", line) or "COMMAND" in line:
        return []
    return shlex.split(line)


def commands():
    """(file, words) of every command line that a document or a job shows."""
    found = []
    for paths, lines in ((find(DOCUMENTS), blocks), (find(JOBS), comments)):
        for path in paths:
            with open(path, encoding="utf-8") as file:
                text = file.read()
            found += [(os.path.relpath(path, harness.SOURCE), words_of(line))
                      for line in lines(text) if words_of(line)]
    return found


class Documents(harness.Case):
    def setUp(self):
        if not os.path.exists(os.path.join(harness.SOURCE, "README.md")):
            self.skipTest("no README.md")

    def help(self, *command):
        return self.require(*command, "--help").out

    def check_program(self, words):
        """bitfront and its arguments: the command exists and has these options. What is behind "--"
        is a command of its own."""
        if words[0].startswith("--"):
            self.require(words[0])
            return
        if "--" in words:
            at = words.index("--")
            self.check_program(words[at + 1:])
            words = words[:at]
        command = words[:2] if words[0] in FAMILIES else words[:1]
        known = set(re.findall(r"--[a-z-]+", self.help(*command)))
        if command[0] in TOOL_COMMANDS:
            known |= tool_flags()
        for word in words[len(command):]:
            if word.startswith("--"):
                self.assertIn(word.split("=")[0], known)

    def test_commands_are_real(self):
        shown = commands()
        self.assertGreater(len(shown), 10)
        for path, words in shown:
            with self.subTest(path, command=" ".join(words)):
                programs = [i for i, word in enumerate(words)
                            if os.path.basename(word) == "bitfront"]
                if programs and len(words) > programs[0] + 1:
                    self.check_program(words[programs[0] + 1:])
                for word in words:
                    if word.startswith(OURS) and re.search(r"\.(sh|toml|md|json|sbatch)$", word):
                        self.assertTrue(os.path.exists(os.path.join(harness.SOURCE, word)), word)

    def test_every_command_explains_itself(self):
        listed = re.findall(r"^  ([a-z]+(?: [a-z]+)?)  ", self.help(), re.M)
        self.assertGreaterEqual(set(listed), {"search", "train", "eval", "quantize", "data synth",
                                              "data import", "data info", "data verify"})
        for command in listed:
            self.assertIn(f"usage: bitfront {command} ", self.help(*command.split()))

    def test_links_lead_somewhere(self):
        for path in find(DOCUMENTS):
            with open(path, encoding="utf-8") as file:
                targets = re.findall(r"\]\(([^)#\s]+)", file.read())
            for target in targets:
                if "://" not in target:
                    with self.subTest(os.path.relpath(path, harness.SOURCE), link=target):
                        there = os.path.join(os.path.dirname(path), target)
                        self.assertTrue(os.path.exists(there), there)

    def test_jobs_are_all_in_the_readme(self):
        with open(os.path.join(harness.SOURCE, "README.md"), encoding="utf-8") as file:
            text = file.read()
        for path in find(JOBS):
            self.assertIn("jobs/" + os.path.basename(path), text)


if __name__ == "__main__":
    harness.main()
