import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_rllib.envs.instruction_following.instructions import ask
from prorl_rllib.envs.instruction_following.instructions.detectable_format import count_bullets, count_highlights

BULLETS = "detectable_format:number_bullet_lists"
HIGHLIGHTS = "detectable_format:number_highlighted_sections"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("* one\n* two", 2),
        ("- one\n  - two\n* three", 3),
        ("Text\n---\nmore", 1),
        ("**bold**\n* one", 1),
        ("*emphasis* at the start", 1),
        ("1 * 2 - 3", 0),
        ("*\nnext line", 1),
        ("*", 0),
        ("***\n- one", 1),
        ("\n\n   \n* one", 1),
        ("\u2022 one", 0),
    ],
)
def test_bullets_are_counted_exactly(text, count):
    assert count_bullets(text) == count
    assert ask(BULLETS, {"num_bullets": count}).follows(text)
    assert not ask(BULLETS, {"num_bullets": count + 1}).follows(text)


@given(st.text("*-\n a\t", max_size=30))
def test_bullets_are_what_the_patterns_of_ifeval_find(text):
    patterns = (r"^\s*\*[^\*].*$", r"^\s*-.*$")
    assert count_bullets(text) == sum(len(re.findall(pattern, text, re.MULTILINE)) for pattern in patterns)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("*one* and *two*", 2),
        ("**one**", 1),
        ("**one** two", 1),
        ("*a **b** c*", 4),
        ("* *", 0),
        ("*over\nlines*", 0),
        ("****", 0),
        ("no highlight", 0),
    ],
)
def test_highlights_are_counted(text, count):
    assert count_highlights(text) == count
    assert ask(HIGHLIGHTS, {"num_highlights": count}).follows(text)
    assert not ask(HIGHLIGHTS, {"num_highlights": count + 1}).follows(text)


@given(st.text("*\n a", max_size=30))
def test_highlights_are_what_the_patterns_of_ifeval_find(text):
    singles = [match for match in re.findall(r"\*[^\n\*]*\*", text) if match.strip("*").strip()]
    doubles = re.findall(r"\*\*[^\n\*]*\*\*", text)
    doubles = [match for match in doubles if match.removeprefix("**").removesuffix("**").strip()]
    assert count_highlights(text) == len(singles) + len(doubles)


@pytest.mark.parametrize(
    ("mark", "count", "response", "follows"),
    [
        ("Section", 2, "Section 1\nA.\nSection 2\nB.", True),
        ("Section", 2, "Section 1 and section 2", False),
        ("Section", 1, "SECTION 1", False),
        ("SECTION", 1, "SECTION1", True),
        ("Section", 3, "Section 1\nA.\nSection 2\nB.", False),
        ("Section", 1, "Section one", False),
        (" Day ", 2, "Day 1 Day 12", True),
        ("S.", 1, "Sx 1", False),
        ("Section", 1, "Section  1", False),
    ],
)
def test_sections_have_the_mark_and_a_number(mark, count, response, follows):
    kwargs = {"section_spliter": mark, "num_sections": count}
    assert ask("detectable_format:multiple_sections", kwargs).follows(response) is follows


@pytest.mark.parametrize(
    ("response", "follows"),
    [
        ('{"a": [1, 2.5, null]}', True),
        ('```json\n{"a": 1}\n```', True),
        ("```\n[1]\n```", True),
        ("```JSON [1]```", True),
        ('"just a text"', True),
        ("{'a': 1}", False),
        ('{"a": 1} and more', False),
        ('Here: {"a": 1}', False),
        ("[" * 50_000 + "]" * 50_000, False),
        ("[" * 99_000, False),
        ("1" * 90_000, True),
        (json.dumps({"text": "\ud800"}), True),
    ],
)
def test_json_is_one_value_with_or_without_a_fence(response, follows):
    assert ask("detectable_format:json_format", {}).follows(response) is follows


@pytest.mark.parametrize(
    ("response", "follows"),
    [
        ("<<A title>>\nText", True),
        ("Text with <<a title>> in it", True),
        ("<<<>>>", False),
        ("<< >>", False),
        ("<<over\nlines>>", False),
        ("<single>", False),
        (">>wrong<<", False),
        ("<<>> <<title>>", True),
    ],
)
def test_a_title_stands_in_double_brackets(response, follows):
    assert ask("detectable_format:title", {}).follows(response) is follows


@given(st.text("<>\n a", max_size=30))
def test_titles_are_what_the_pattern_of_ifeval_finds(text):
    titles = re.findall(r"<<[^\n]+>>", text)
    expected = any(title.lstrip("<").rstrip(">").strip() for title in titles)
    assert ask("detectable_format:title", {}).follows(text) is expected


@pytest.mark.parametrize(
    ("response", "follows"),
    [
        ("My answer is yes.", True),
        ("Well. My answer is maybe. Who knows?", True),
        ("My answer is yes", False),
        ("my answer is no.", False),
        ("Yes.", False),
    ],
)
def test_a_constrained_answer_is_written_out(response, follows):
    assert ask("detectable_format:constrained_response", {}).follows(response) is follows
