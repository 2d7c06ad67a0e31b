import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^(?P<slow><!-- slow -->\n)?```python\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
FILE_NAME = re.compile(r"# (\w+\.py)\n")
"""A block that starts with a file's name is that file, for the other blocks of its page."""
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")


def snippets():
    for page in PAGES:
        for index, found in enumerate(FENCE.finditer(page.read_text()), start=1):
            marks = [pytest.mark.slow, pytest.mark.timeout(900)] if found["slow"] else []
            yield pytest.param(page, found["code"], id=f"{page.name}-{index}", marks=marks)


@pytest.mark.parametrize(("page", "code"), snippets())
def test_python_of_the_documentation_runs(page, code, tmp_path):
    for found in FENCE.finditer(page.read_text()):
        if name := FILE_NAME.match(found["code"]):
            (tmp_path / name[1]).write_text(found["code"])
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=os.environ, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_to_files_lead_somewhere(page):
    for target in LINK.findall(page.read_text()):
        assert (page.parent / target).exists(), target
