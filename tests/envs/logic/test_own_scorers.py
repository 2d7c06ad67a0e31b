"""The scorers that replace Reasoning Gym's: right answers in other words, near misses, attacks."""

import json
import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prorl_rllib.envs import LogicEnv, verify
from prorl_rllib.envs.logic.examined import EXECUTE_ANSWERS
from prorl_rllib.envs.logic.own_scorers import OWN_SCORERS
from prorl_rllib.envs.logic.own_scorers.arithmetic import evaluate, score_expression, score_puzzle24
from prorl_rllib.envs.logic.own_scorers.cell_boards import score_cell_board
from prorl_rllib.envs.logic.own_scorers.durations import score_duration
from prorl_rllib.envs.logic.own_scorers.expression_tree import WrongExpression, parse
from prorl_rllib.envs.logic.own_scorers.integrals import score_antiderivative
from prorl_rllib.envs.logic.own_scorers.jumbled_words import score_jumbled_words
from prorl_rllib.envs.logic.own_scorers.matrices import read_list, score_n_queens, score_string_insertion
from prorl_rllib.envs.logic.own_scorers.number_grids import score_number_grid
from prorl_rllib.envs.logic.own_scorers.polynomials import score_polynomial
from prorl_rllib.envs.logic.own_scorers.prime_factors import score_prime_factors
from prorl_rllib.envs.logic.own_scorers.propositions import read_table, score_conclusion
from prorl_rllib.envs.logic.own_scorers.real_roots import score_real_roots


@pytest.mark.parametrize("name", EXECUTE_ANSWERS)
def test_an_answer_is_never_executed(name, tmp_path):
    task = LogicEnv(datasets=[name]).task(0)
    planted = tmp_path / "planted"
    for attack in (f"open({str(planted)!r}, 'w')", f"[open({str(planted)!r}, 'w')]", "9**9**9", "factorial(10**7)"):
        verdict = verify(task, f"<answer>{attack}</answer>", timeout_s=1)
        assert (verdict.status, verdict.reward) == ("scored", 0.0)
    assert not planted.exists()


@settings(max_examples=60, deadline=None)
@given(
    answer=st.text(max_size=60) | st.text(alphabet="0123456789+-*/() .xC,[]'\"\u2227\u2228\u00acPQR\n:", max_size=60)
)
def test_any_text_has_a_score(answer):
    for name, entry in ENTRIES.items():
        assert 0.0 <= OWN_SCORERS[name](answer, entry) <= 1.0


ENTRIES = {
    "countdown": {"metadata": {"numbers": [4, 6, 1], "target": 24}},
    "polynomial_multiplication": {"answer": "x**2 - 1"},
    "simple_integration": {"metadata": {"variable": "x", "integrand": "2*x"}},
    "propositional_logic": {"metadata": {"premises": ["(P \u2192 Q)", "P"], "variables": ["P", "Q"]}},
    "time_intervals": {"answer": "2 days, 03:04", "metadata": {"expected_format": "D days, HH:MM"}},
    "polynomial_equations": {"answer": "-3.625, 0.0"},
    "prime_factorization": {"metadata": {"factors": [2, 2, 3]}},
    "mini_sudoku": {"metadata": {"solution": [[1, 2], [2, 1]], "puzzle": [[1, 0], [0, 0]]}},
    "game_of_life": {"answer": "[[0,1],[0,0]]"},
    "binary_matrix": {"answer": "0 1\n1 0"},
    "complex_arithmetic": {"metadata": {"result": [1.0, 2.0]}},
}


@pytest.mark.parametrize(
    ("answer", "reward"),
    [
        ("4*6*1", 1.0),
        (" (6 / 1) * 4 ", 1.0),
        ("6*4/(1)", 1.0),
        ("4*6", 0.0),  # not all numbers
        ("4*6*1*1", 0.0),  # one twice
        ("24", 0.0),
        ("4*6*1 = 24", 0.0),
        ("4*6**1", 0.0),
        ("4*6*1.0", 0.0),
        ("6/(1-1)*4", 0.0),
        ("(" * 200 + "4*6*1" + ")" * 200, 0.0),
    ],
)
def test_an_expression_uses_every_number_once(answer, reward):
    assert score_expression(answer, [4, 6, 1], 24, "+-*/") == reward


def test_puzzle24_wants_the_numbers_given_and_the_operators_offered():
    entry = {"question": "Make 24 using 8, 5, 10, 6. ... You can use the operators +, -, *.\n", "metadata": {}}
    entry["metadata"]["numbers"] = [8, 5, 10, 6]
    assert score_puzzle24("4*6*1*1", entry) == 0.0
    assert score_puzzle24("10*5 - 8 - 6", entry) == 0.0  # 36
    entry["metadata"]["numbers"] = [8, 3, 1, 1]
    assert [score_puzzle24(answer, entry) for answer in ("8*3*1*1", "8*3*1/1")] == [1.0, 0.0]


@settings(max_examples=50, deadline=None)
@given(st.recursive(st.integers(0, 99).map(str), lambda s: st.builds("({}{}{})".format, s, st.sampled_from("+-*/"), s)))
def test_arithmetic_agrees_with_python(text):
    try:
        expected = eval(text.replace("/", "*F(1)/"), {"F": Fraction})  # of our own making
    except ZeroDivisionError:
        return
    try:
        assert evaluate(parse(text)) == expected
    except WrongExpression:
        assert text.count("(") > 30


@pytest.mark.parametrize(
    "text", ["", "1 2", "1+", "(1", "1)", "*1", "x(", "2**", "1..2", "a b", "\u0663", "1;2", "f()"]
)
def test_what_is_no_expression_is_not_parsed(text):
    with pytest.raises(WrongExpression):
        parse(text)


@pytest.mark.parametrize(
    ("answer", "reward"),
    [
        ("2*x**2 - 5*x - 3", 1.0),
        ("-3 - 5*x + 2*x**2", 1.0),
        ("2*x*x - 6*x + x - 3", 1.0),
        ("(2*x + 1)*(x - 3)", 0.0),  # the question
        ("2*x**2 - 5*x", 0.0),
        ("2*x**2 - 5*x - 3.0001", 0.0),
        ("2*x^2 - 5*x - 3", 0.0),
        ("4*x**2/2 - 5*x - 3", 1.0),
        ("x**99999999", 0.0),
        ("1/x", 0.0),
    ],
)
def test_a_polynomial_is_multiplied_out(answer, reward):
    assert score_polynomial(answer, {"answer": "2*x**2 - 5*x - 3"}) == reward


@pytest.mark.parametrize(
    ("integrand", "answer", "reward"),
    [
        ("2*x", "x**2 + C", 1.0),
        ("2*x", "x**2", 1.0),
        ("2*x", "x**2 + 17", 1.0),
        ("2*x", "x**2 + C*x", 0.0),
        ("2*x", "2*x", 0.0),
        ("2*x", "x**2.0000001", 0.0),
        ("2*x", "Integral(2*x, x)", 0.0),
        ("2*x", "y**2", 0.0),
        ("sin(x)*cos(x)", "-cos(2*x)/4 + C", 1.0),
        ("sin(x)*cos(x)", "sin(x)**2/2", 1.0),
        ("sin(x)*cos(x)", "0.4999999*sin(x)**2", 0.0),
        ("sqrt(-3*x - 9)", "-2*(-3*x - 9)**(3/2)/9 + C", 1.0),
        ("asin(3*x)", "x*asin(3*x) + sqrt(1 - 9*x**2)/3 + C", 1.0),
        ("1/x", "log(Abs(x)) + C", 1.0),
        ("exp(x)", "E**x + C", 1.0),
        ("x", "x**100/x**98/2", 0.0),  # an exponent beyond the cap
    ],
)
def test_an_antiderivative_is_differentiated(integrand, answer, reward):
    entry = {"metadata": {"variable": "x", "integrand": integrand}}
    assert score_antiderivative(answer, entry) == reward


PREMISES = {"metadata": {"premises": ["(P \u2192 Q)", "P", "(R \u2227 S)"], "variables": ["P", "Q", "R", "S"]}}


@pytest.mark.parametrize(
    ("answer", "reward"),
    [
        ("Q", 1.0),  # from the first two
        ("(Q \u2227 R)", 1.0),
        ("\u00ac\u00acQ", 1.0),
        ("R", 0.25),  # from the third alone
        ("P \u2228 Q", 0.25),
        ("P", 0.0),  # a premise
        ("\u00acP \u2228 Q", 0.0),  # a premise in other words
        ("Q \u2228 \u00acQ", 0.0),
        ("\u00acQ", 0.0),  # does not follow
        ("(P \u2192 Q) \u2227 P", 0.0),  # premises joined
        ("Z", 0.0),
        ("", 0.0),
        ("(Q", 0.0),
        ("Q because of 1 and 2", 0.0),
    ],
)
def test_a_conclusion_needs_more_than_one_premise(answer, reward):
    assert score_conclusion(answer, PREMISES) == reward


def test_connectives_bind_as_in_the_question():
    names = ["P", "Q", "R"]
    assert read_table("P \u2228 Q \u2227 R", names) == read_table("P \u2228 (Q \u2227 R)", names)
    assert read_table("\u00acP \u2227 Q", names) == read_table("(\u00acP) \u2227 Q", names)
    assert read_table("P \u2192 Q \u2194 R", names) == read_table("(P \u2192 Q) \u2194 R", names)


GRID = {"metadata": {"solution": [[1, 2, 3], [2, 3, 1], [3, 1, 2]], "puzzle": [[1, 0, 0], [0, 3, 0], [0, 0, 2]]}}


@pytest.mark.parametrize(
    ("answer", "reward"),
    [
        ("1 2 3\n2 3 1\n3 1 2", 1.0),
        ("1   2 < 3\n    \u2227\n2   3   1\n\n3   1   2", 1.0),
        ("1 2 3\n2 3 1\n3 2 2", pytest.approx(0.5 * 5 / 6)),
        ("1 2 3\n2 3 1", 0.0),  # not whole
        ("1 _ _\n_ 3 _\n_ _ 2", 0.0),  # the question
        ("2 2 3\n2 3 1\n3 1 2", 0.0),  # a given cell changed
        ("here: 1 2 3\n2 3 1\n3 1 2", 0.0),
    ],
)
def test_a_grid_is_whole_and_keeps_what_was_given(answer, reward):
    assert score_number_grid(answer, GRID) == reward


def test_a_board_must_beat_an_empty_one():
    entry = {"answer": json.dumps([[0, 1, 1, 0], [0, 0, 0, 0]])}
    boards = ([[0, 1, 1, 0], [0, 0, 0, 0]], [[0, 0, 0, 0], [0, 0, 0, 0]], [[0, 1, 0, 0], [0, 0, 0, 0]], [[0, 1, 1, 0]])
    assert [score_cell_board(json.dumps(board), entry) for board in boards] == [1.0, 0.0, 0.25, 0.0]
    assert score_cell_board("[[true, 1, 1, 0], [0, 0, 0, 0]]", entry) == 0.0


@pytest.mark.parametrize(
    ("asked", "expected", "answer", "reward"),
    [
        ("D days", "3 days", "3", 1.0),
        ("D days", "1 days", "1 day", 1.0),
        ("D days", "3 days", "4 days", 0.0),
        ("D days", "3 days", "3 days, 00:00", 0.0),
        ("HH:MM", "04:05", "4:05", 1.0),
        ("HH:MM", "04:05", "04:06", 0.0),
        ("HH:MM", "04:05", "12", 0.0),
        ("HH:MM:SS.mmm", "04:05:06.700", "04:05:06.7", 1.0),
        ("HH:MM:SS.mmm", "04:05:06.700", "04:05:06", 0.0),
        ("D days, HH:MM", "3 days, 04:05", "3 days, 04:05", 1.0),
        ("D days, HH:MM", "3 days, 04:05", "3 days", 0.0),
        ("D days, HH:MM", "-1 days, 23:05", "-1 days, 23:05", 1.0),
    ],
)
def test_a_duration_is_right_or_wrong(asked, expected, answer, reward):
    assert score_duration(answer, {"answer": expected, "metadata": {"expected_format": asked}}) == reward


@pytest.mark.parametrize(
    ("expected", "answer", "reward"),
    [
        ("-3.625, 0.0", "0, -3.625", 1.0),
        ("-3.625, 0.0", "-3.6251, 0.0001", 1.0),
        ("-3.625, 0.0", "0.0", 0.25),
        ("-3.625, 0.0", "0.0, 1, 2, 3", 0.125),
        ("-3.625, 0.0", "nan, 0.0", 0.0),
        ("-3.625, 0.0", "x = 0.0", 0.0),
        ("1.0", "1.2", 0.0),
        ("", '""', 1.0),
        ("", "none", 0.0),
    ],
)
def test_solutions_are_all_there_and_no_other(expected, answer, reward):
    assert score_real_roots(answer, {"answer": expected}) == reward


def test_only_words_that_were_scrambled_count():
    entry = {"answer": "Fritz has a system", "metadata": {"scrambled_words": ["irFzt", "hsa", "a", "mystse"]}}
    answers = ("Fritz has a system", "fritz has a mystse", "irFzt hsa a mystse", "Fritz has", "Fritz has a banana")
    assert [score_jumbled_words(answer, entry) for answer in answers] == [1.0, pytest.approx(2 / 3), 0.0, 0.0, 0.0]


def test_the_number_itself_is_no_factorisation():
    entry = {"metadata": {"factors": [2, 2, 3]}}
    answers = ("2 \u00d7 2 \u00d7 3", "3*2*2", "12", "4 \u00d7 3", "2 \u00d7 3", "2 \u00d7 2 \u00d7 3 \u00d7 1")
    assert [score_prime_factors(a, entry) for a in answers] == [1.0, 1.0, 0.0, pytest.approx(0.5 / 3), 0.0, 0.5]


def test_lists_earn_what_upstream_gives_them():
    assert score_string_insertion("['A', 'B']", {"answer": "AB"}) == 0.1
    assert score_string_insertion('("A", "B")', {"answer": "AB"}) == 0.1
    entry = {"metadata": {"valid_answers": ["_ Q\nQ _"]}}
    assert score_n_queens("[['_', 'Q'], ['Q', '_']]", entry) == 0.5
    assert score_n_queens("_  Q\nQ _ ", entry) == 1.0


@pytest.mark.parametrize("text", ["[" * 9000, "[[[[1]]]]", "{}", "1", "[1,", "['a' for a in b]", "[1]*9"])
def test_what_is_no_plain_list_is_not_read(text):
    assert read_list(text) is None


def test_the_points_of_a_comparison_do_not_depend_on_the_process():
    state = random.getstate()
    test_an_antiderivative_is_differentiated("2*x", "x**2", 1.0)
    assert random.getstate() == state
