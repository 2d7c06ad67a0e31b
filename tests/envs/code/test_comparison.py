import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_rllib.envs.code.comparison import EXACT, Tolerance, same_output, same_value

TOLERANCE = Tolerance(1e-6, 1e-6)


@pytest.mark.parametrize(
    ("expected", "printed"),
    [
        ("1 2\n", "1 2"),
        ("1 2\n", "1   2  \r\n\n\n"),
        ("", "\n \n"),
        ("YES\n\nNO\n", "YES\n\nNO"),
        ("a\n", "\ta"),
        ("0.5\n", "0.5000001"),
        ("1000000.0", "1000000.5"),
        ("0.000000001", "0"),
        ("3", "3.0"),
        ("2.50", "2.5"),
        ("1e3", "1000"),
        ("-0.0", "0.0"),
        (".5", "+0.5"),
        ("1" * 5000, "1" * 5000),
    ],
)
def test_equal_outputs(expected, printed):
    assert same_output(expected, printed, TOLERANCE)


@pytest.mark.parametrize(
    ("expected", "printed"),
    [
        ("1 2\n", "1\n2\n"),
        ("1\n2\n", "1 2"),
        ("YES", "Yes"),
        ("1\n\n2", "1\n2"),
        ("\n1", "1"),
        ("5", "5.0000001"),
        ("5", "05"),
        ("0.5", "0.50001"),
        ("0.5", "nan"),
        ("0.5", "inf"),
        ("0.5", "0.5x"),
        ("0.5", "1/2"),
        ("0.5", "\u0660.\u0665"),
        ("1" * 5000, "1" * 4999 + "2"),
        ("12345678901234567890", "12345678901234567891"),
        ("12345678901234567890", "12345678901234567890.5"),
        ("9007199254740993", "9007199254740992.0"),
        ("1.5", "1.5 1.5"),
        ("1e9999", "2e9999"),
        ("a", ""),
    ],
)
def test_unequal_outputs(expected, printed):
    assert not same_output(expected, printed, TOLERANCE)


def test_without_a_tolerance_decimals_are_texts():
    assert same_output("0.5", "0.5", EXACT) and not same_output("0.5", "0.50", EXACT)


def test_all_printed_numbers_at_once_are_not_the_answer():
    assert not same_output("42\n", "\n".join(map(str, range(100))), TOLERANCE)


WORDS = st.text(st.characters(exclude_categories=("Z", "C")), min_size=1, max_size=8)


@given(st.lists(st.lists(WORDS, max_size=4), max_size=4), st.sampled_from([" ", "  ", "\t"]))
def test_blanks_between_words_do_not_count(lines, blank):
    expected = "\n".join(" ".join(words) for words in lines)
    printed = "\n".join(blank.join(words) + " " for words in lines)
    assert same_output(expected, printed + "\n", TOLERANCE)


@given(st.integers(), st.integers())
def test_integers_are_equal_only_to_themselves(expected, printed):
    assert same_output(str(expected), str(printed), TOLERANCE) == (expected == printed)
    assert same_value(expected, printed, TOLERANCE) == (expected == printed)


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_two_texts_can_be_compared(expected, printed):
    assert same_output(expected, expected, TOLERANCE)
    assert same_output(expected, printed, TOLERANCE) in (True, False)


NUMBERS = st.from_regex(r"[+-]?[0-9]{0,3}\.?[0-9]{0,3}([eE][+-]?[0-9]{1,5})?", fullmatch=True)


@given(NUMBERS, NUMBERS)
def test_any_two_numbers_can_be_compared(expected, printed):
    assert same_output(expected, printed, TOLERANCE) in (True, False)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_a_value_equals_itself_after_json(value):
    assert same_value(value, json.loads(json.dumps(value)), EXACT)


@given(VALUES, VALUES)
def test_values_of_different_json_are_different_without_a_tolerance(one, other):
    if same_value(one, other, EXACT):
        assert type(one) is type(other) or {type(one), type(other)} == {int, float}


@pytest.mark.parametrize(
    ("expected", "value"),
    [
        ((1, 2), [1, 2]),
        (1, 1.0),
        (1.0, 1),
        (2.5, 2.5000001),
        (0.0, 1e-7),
        (math.nan, math.nan),
        (math.inf, math.inf),
        ({"a": [1.5]}, {"a": [1.5000001]}),
        (10**400, 10**400),
    ],
)
def test_equal_values(expected, value):
    assert same_value(expected, value, TOLERANCE)


@pytest.mark.parametrize(
    ("expected", "value"),
    [
        (1, True),
        (True, 1),
        (0, False),
        (0.0, False),
        (1, 1.0000001),
        (1, "1"),
        ("1", 1),
        ([1], 1),
        ([1], [1, 1]),
        ([1, 2], [2, 1]),
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": 1}, {"b": 1}),
        (2.5, 2.6),
        (2.5, math.nan),
        (2.5, math.inf),
        (math.inf, -math.inf),
        (math.inf, 1e308),
        (None, 0),
        (0, None),
        (None, []),
        (2.5, 10**400),
        (9007199254740993, 9007199254740992.0),
        ("a", "A"),
    ],
)
def test_unequal_values(expected, value):
    assert not same_value(expected, value, TOLERANCE)


def test_truth_values_are_integers_where_asked():
    assert same_value(True, 1, EXACT, bool_is_int=True)
    assert same_value([0, 1], [False, True], EXACT, bool_is_int=True)
    assert not same_value(True, 2, EXACT, bool_is_int=True)


def test_a_value_nested_without_end_is_not_followed():
    expected, value = [], []
    for _ in range(5000):
        expected, value = [expected], [value]
    assert not same_value(expected, value, EXACT)


class EqualsEverything(list):
    def __eq__(self, other):
        raise AssertionError("the comparison must not ask the value")


def test_only_plain_data_is_equal():
    class Anything:
        def __eq__(self, other):
            return True

    assert not same_value(1, Anything()) and not same_value("a", Anything()) and not same_value(None, Anything())
    assert not same_value([1], Anything()) and not same_value({"a": 1}, Anything())
