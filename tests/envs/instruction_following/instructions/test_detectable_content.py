import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_rllib.envs.instruction_following.instructions import ask
from prorl_rllib.envs.instruction_following.instructions.detectable_content import count_placeholders


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Dear [name], meet me at [place].", 2),
        ("[]", 1),
        ("[[a] b]", 1),
        ("[over\ntwo lines]", 0),
        ("[never closed", 0),
        ("closed] first [then]", 1),
        ("[a][b]\n[c", 2),
    ],
)
def test_placeholders_are_counted_within_a_line(text, count):
    assert count_placeholders(text) == count
    instruction = "detectable_content:number_placeholders"
    assert ask(instruction, {"num_placeholders": count}).follows(text)
    assert not ask(instruction, {"num_placeholders": count + 1}).follows(text)


@given(st.text("[]\na ", max_size=40))
def test_placeholders_are_what_the_pattern_of_ifeval_finds(text):
    assert count_placeholders(text) == len(re.findall(r"\[.*?\]", text))


@pytest.mark.parametrize(
    ("marker", "response", "follows"),
    [
        ("P.S.", "Text.\nP.S. More.", True),
        ("P.S.", "text.\np. s. more", True),
        ("P.S.", "Text.\nPS: more", False),
        ("P.S.", "Text.\nP.P.S. More", True),
        ("P.P.S", "Text.\nP.P.S. More", True),
        ("P.P.S", "Text.\nP. P. S more", True),
        ("P.P.S", "Text.\nP.S. More", False),
        ("Note:", "Text. NOTE: more", True),
        ("N.B.", "Text. nxbx more", False),
    ],
)
def test_a_postscript_starts_with_the_marker(marker, response, follows):
    assert ask("detectable_content:postscript", {"postscript_marker": marker}).follows(response) is follows
