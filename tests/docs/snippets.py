"""The blocks of Python in the documentation, each of which one test runs."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(
    r"^(?:<!-- (?:(?P<slow>slow)|run by (?P<suite>\S+)) -->\n)?```(?P<language>[^\n]*)\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
FILE_NAME = re.compile(r"# (\w+)\.py\n")
"""A block that starts with a file's name is that file, for the other blocks of its page."""


@dataclass(frozen=True)
class Snippet:
    """A block of Python: its page, its number there, the file of tests that runs it, None for that of this folder."""

    page: Path
    number: int
    code: str
    slow: bool
    suite: str | None

    @property
    def file_stem(self):
        """The name of the file that the block is; None for a block that is no file."""
        found = FILE_NAME.match(self.code)
        return found and found[1]


def blocks(page):
    """All blocks of a page, of any language, as matches of `BLOCK`."""
    return list(BLOCK.finditer(page.read_text()))


def snippets_of_page(page):
    """The blocks of Python of a page, in order."""
    found = [block for block in blocks(page) if block["language"] == "python"]
    return [
        Snippet(page, number, block["code"], bool(block["slow"]), block["suite"])
        for number, block in enumerate(found, start=1)
    ]


def snippets_of(suite):
    """The snippets that a file of tests runs, as parameters; `suite` is its `__file__`, None for the unmarked ones."""
    name = suite and Path(suite).relative_to(ROOT).as_posix()
    return [
        pytest.param(
            snippet,
            id=f"{snippet.page.name}-{snippet.number}",
            marks=[pytest.mark.slow, pytest.mark.timeout(900)] if snippet.slow else [],
        )
        for page in PAGES
        for snippet in snippets_of_page(page)
        if snippet.suite == name
    ]


def run_snippet(snippet, folder, replacements=(), **variables):
    """Run a snippet in a folder that has the files of its page; a file is imported, as the others import it."""
    for other in snippets_of_page(snippet.page):
        if other.file_stem:
            (folder / f"{other.file_stem}.py").write_text(other.code)
    code = f"import {snippet.file_stem}" if snippet.file_stem else snippet.code
    for old, new in replacements:
        assert old in code
        code = code.replace(old, new)
    command = [sys.executable, "-c", code]
    environment = {**os.environ, **variables}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
