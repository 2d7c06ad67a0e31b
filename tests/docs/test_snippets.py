import re

import pytest

from tests.docs.snippets import PAGES, ROOT, blocks, run_snippet, snippets_of, snippets_of_page

LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")
INTEROP = re.compile(r"^INTEROP \?= (.*)$", re.MULTILINE)


@pytest.mark.parametrize("snippet", snippets_of(None))
def test_python_of_the_documentation_runs(snippet, tmp_path):
    run_snippet(snippet, tmp_path)


def test_what_looks_like_python_is_a_block_of_python():
    for page in PAGES:
        for block in blocks(page):
            python = block["language"] == "python"
            assert python or not re.search(r"^(from|import) \w", block["code"], re.MULTILINE), (page, block["code"])


def test_each_snippet_that_another_suite_runs_is_run_there_and_by_make_test_interop():
    suites = {snippet.suite for page in PAGES for snippet in snippets_of_page(page)} - {None}
    libraries = INTEROP.search((ROOT / "Makefile").read_text())[1].split()
    assert {f"tests/interop/test_{name}.py" for name in ("verifiers", "gem", "openenv", "nemo_gym")} <= suites
    for suite in suites:
        assert (ROOT / suite).read_text().count("snippets_of(__file__)") == 1, suite
        name = suite.removeprefix("tests/interop/test_").removesuffix(".py")
        # NeMo Gym needs a newer Python.
        assert name in [*libraries, "nemo_gym"] or not suite.startswith("tests/interop/"), suite


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_to_files_lead_somewhere(page):
    for target in LINK.findall(page.read_text()):
        assert (page.parent / target).exists(), target
