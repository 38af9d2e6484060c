"""What the documents tell a newcomer to type is there: their configs pass `check`, their commands exist."""

import re
import subprocess
from pathlib import Path

from harness import settings
from harness.case import Case

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)

#: Written for the design as a whole: it names what later versions bring.
AHEAD = {"design.md"}


class Documents(Case):
    needs_broker = False

    def blocks(self, language):
        for page in PAGES:
            if page.name in AHEAD:
                continue
            for found in BLOCK.finditer(page.read_text()):
                if found[1] == language:
                    yield page.name, found[2]

    def test_configs_pass_check(self):
        count = 0
        for page, text in self.blocks("yaml"):
            if not re.search(r"^source:", text, re.MULTILINE):
                continue
            path = self.folder / "page.yaml"
            path.write_text(text)
            done = subprocess.run(
                [settings.BINARY, "check", str(path)], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=30)
            self.assertEqual(done.returncode, 0, f"{page}:\n{text}\n{done.stdout}{done.stderr}")
            count += 1
        self.assertGreater(count, 0)
        self.figures["configs"] = count

    def test_commands_exist(self):
        names = set()
        for _, text in self.blocks("sh"):
            names |= set(re.findall(r"(?:^|[ /])millrace ([a-z]+)", text, re.MULTILINE))
        self.assertIn("run", names)
        for name in sorted(names):
            done = subprocess.run(
                [settings.BINARY, name, "--help"], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=30)
            self.assertEqual(done.returncode, 0, f"millrace {name}: {done.stderr}")
        self.figures["commands"] = len(names)

    def test_make_targets_exist(self):
        makefile = (ROOT / "Makefile").read_text()
        targets = set(re.findall(r"^([a-z0-9-]+):", makefile, re.MULTILINE))
        for page, text in self.blocks("sh"):
            for name in re.findall(r"^make ([a-z0-9-]+)", text, re.MULTILINE):
                self.assertIn(name, targets, page)

    def test_files_that_pages_link_to_exist(self):
        for page in PAGES:
            for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
                self.assertTrue((page.parent / target).exists(), f"{page.name} links to {target}")
