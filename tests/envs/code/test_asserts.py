import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_rllib.envs.code.asserts import SplitAssert, split_assert
from prorl_rllib.envs.code.comparison import Tolerance


@pytest.mark.parametrize(
    ("statement", "expression", "expected"),
    [
        ("assert f(2) == 4", "f(2)", 4),
        ("assert f(2) == 4, 'message'", "f(2)", 4),
        ("  assert -4 == f(2)\n", "f(2)", -4),
        ("assert f([1, 2]) == (1, [2, 'x'])", "f([1, 2])", [1, [2, "x"]]),
        ("assert f() == {1: None, 'a': True}", "f()", {"1": None, "a": True}),
        ("assert f(2)[0] == 'a'", "f(2)[0]", "a"),
        ("assert sorted(f(2)) == [1]", "sorted(f(2))", [1]),
        ("assert round(f(2), 1) == 0.5", "round(f(2), 1)", 0.5),
        ("assert Solution().f(2) == 1", "Solution().f(2)", 1),
        ("assert f(2) is None", "f(2)", None),
        ("assert f(2) == True", "f(2)", True),
        ("assert f(2) is False", "f(2)", False),
        ("assert f(2)", "not not f(2)", True),
        ("assert not f(2)", "not not f(2)", False),
    ],
)
def test_comparisons_with_a_literal_are_made_outside(statement, expression, expected):
    split = split_assert(statement)
    assert ast.unparse(ast.parse(split.expression)) == expression
    assert split.expected == expected and type(split.expected) is type(expected) and split.tolerance is None


@pytest.mark.parametrize(
    ("statement", "expected", "tolerance"),
    [
        ("assert math.isclose(f(2), 0.5)", 0.5, Tolerance(1e-9, 0.0)),
        ("assert isclose(0.5, f(2), abs_tol=0.01)", 0.5, Tolerance(1e-9, 0.01)),
        ("assert math.isclose(f(2), 1, rel_tol=0.001)", 1.0, Tolerance(0.001, 0.0)),
        ("assert abs(f(2) - 0.5) < 1e-6", 0.5, Tolerance(0.0, 1e-6)),
        ("assert abs(-0.5 - f(2)) <= 1e-6", -0.5, Tolerance(0.0, 1e-6)),
    ],
)
def test_tolerances_of_the_statement_are_kept(statement, expected, tolerance):
    assert split_assert(statement) == SplitAssert("f(2)", expected, tolerance)


def test_a_set_comes_out_as_its_sorted_items():
    split = split_assert("assert f(2) == {3, 1, 'a'}")
    namespace = {"f": lambda n: {"a", 1, 3}}
    assert eval(split.expression, namespace) == split.expected
    assert eval(split.expression, {"f": lambda n: [1, 3, "a"]}) != split.expected
    assert eval(split.expression, {"f": lambda n: {1, 3}}) != split.expected


@pytest.mark.parametrize(
    "statement",
    [
        "f(2) == 4",
        "assert f(2) == g(3)",
        "assert f(2) != 4",
        "assert f(2) == 4 == g(2)",
        "assert f(2) == 4 and f(3) == 5",
        "assert all(f(i) == i for i in range(3))",
        "assert 1 == 1",
        "assert f(2) in (1, 2)",
        "assert f(2) == {(1, 2): 3}",
        "assert f(2) == b'x'",
        "assert (f(2) == 4) == True",
        "assert abs(f(2) - 0.5) < eps",
        "assert math.isclose(f(2), 0.5, rel_tol=eps)",
        "assert isinstance(f(2), int)",
        "assert f(*x)",
        "assert f(2) == 4; assert f(3) == 5",
        "def check(c):\n    assert c(2) == 4\ncheck(f)",
        "assert f(2) ==",
        "assert " + "(" * 5000,
        "\0",
        "",
    ],
)
def test_other_statements_are_left_whole(statement):
    assert split_assert(statement) is None


@given(st.text(max_size=60))
def test_any_text_is_split_or_left(text):
    split = split_assert(text)
    assert split is None or split.expression


LITERALS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(LITERALS)
def test_an_expected_literal_comes_back(value):
    assert split_assert(f"assert f(x) == {value!r}") == SplitAssert("f(x)", value)
