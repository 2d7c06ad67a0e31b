import math

import pytest

from prorl_rllib.evaluation.boundary.render_text import interval, number, p_value, share, visible
from prorl_rllib.evaluation.boundary.report import Interval


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.0, "0.000"),
        (0.0004, "<0.001"),
        (0.0005, "0.001"),
        (0.9994, "0.999"),
        (0.9996, ">0.999"),
        (1.0, "1.000"),
        (None, "n/a"),
        (math.nan, "n/a"),
    ],
)
def test_a_share_is_0_or_1_only_where_it_is(value, written):
    assert share(value) == written


def test_a_difference_of_nothing_has_no_sign():
    assert number(-0.0001, "+.3f") == number(0.0001, "+.3f") == "0.000"
    assert interval(Interval(mean=0.25, low=-0.0301, high=0.5), "+.2f") == "+0.25 [-0.03, +0.50]"


def test_small_p_values_are_not_called_0():
    assert [p_value(value) for value in (0.0, 0.00099, 0.01, None)] == ["<0.001", "<0.001", "0.010", "n/a"]


def test_hidden_characters_are_shown_by_their_code():
    assert visible("a\tb\x1b\u200b\ud800\U000e0001 é漢") == r"a\x09b\x1b\u200b\ud800\U000e0001 é漢"


def test_a_long_text_is_cut_and_says_by_how_much():
    assert visible("x" * 5000, 10) == "x" * 10 + "… (4,990 more characters)"
    assert visible("x" * 10, 10) == "x" * 10
