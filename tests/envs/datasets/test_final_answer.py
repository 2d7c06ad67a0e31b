import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_rllib.envs.datasets.final_answer import bare_answer, final_answer, is_balanced
from prorl_rllib.envs.datasets.rows import RowRejected


@pytest.mark.parametrize(
    ("solution", "answer"),
    [
        ("First \\boxed{1}, and then \\boxed{\\frac{1}{2}}, as was to be shown.", "\\frac{1}{2}"),
        ("Work.\n\nAnswer: 12 kJ/mol.", "12 kJ/mol"),
        ("Hence the answer is $x + 1$.", "x + 1"),
        ("**Final answer: NaCl**", "NaCl"),
        ("F = m a\nF = 2 \\times 3 = 6 N", "6 N"),
        ("so $E \\approx 1.5 \\times 10^{3}$ J.", "1.5 \\times 10^{3} J"),
        ("the force is F = -0.5 N.", "-0.5 N"),
    ],
)
def test_the_end_of_a_solution_is_its_answer(solution, answer):
    assert final_answer(solution) == answer


@pytest.mark.parametrize(
    "solution",
    [
        "F = 3 N\nThus the body comes to rest after a while.",
        "It follows that v = u + at.",
        "\\boxed{never closed",
        "The answer is " + "long " * 40,
        "The answer is (a",
        "We conclude",
        "",
        "\n \n",
    ],
)
def test_a_solution_without_a_short_answer_has_none(solution):
    with pytest.raises(RowRejected):
        final_answer(solution)


@given(st.text(alphabet="\\boxed{}$()answer is:=0.5* \n", max_size=200) | st.text())
def test_an_answer_found_in_any_text_is_short_and_whole(solution):
    try:
        answer = final_answer(solution)
    except RowRejected:
        return
    assert 0 < len(answer) <= 100 and is_balanced(answer)


@pytest.mark.parametrize(
    ("written", "bare"),
    [
        ("$5$", "5"),
        ("$$5$$", "5"),
        ("\\(5\\)", "5"),
        ("\\boxed{5}", "5"),
        ("$\\boxed{\\frac{1}{2}}$", "\\frac{1}{2}"),
        ("$5$ and $6$", "$5$ and $6$"),
        ("\\boxed{5} or \\boxed{6}", "\\boxed{5} or \\boxed{6}"),
        ("$", "$"),
        ("5", "5"),
    ],
)
def test_dollars_and_boxes_are_no_part_of_an_answer(written, bare):
    assert bare_answer(written) == bare
