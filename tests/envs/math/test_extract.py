import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_rllib.envs import UnparseableAnswer
from prorl_rllib.envs.math.extract import extract_answer


@pytest.mark.parametrize(
    ("response", "answer"),
    [
        (r"so \boxed{5}.", "5"),
        (r"\boxed {5}", "5"),
        (r"\fbox{7}", "7"),
        (r"\boxed{3}, no, \boxed{4}", "4"),
        (r"\boxed{\frac{1}{2}}", r"\frac{1}{2}"),
        (r"\boxed{\boxed{5}}", "5"),
        (r"\boxed{\{1,2\}}", r"\{1,2\}"),
        (r"\boxed{5} and an unfinished \boxed{6", "5"),
        (r"{ \boxed{5}", "5"),
        (r"} \boxed{5}", "5"),
        (r"<think>\boxed{1}</think>\boxed{2}", "2"),
        (r"<think>a</think><think>b</think>\boxed{2}", "2"),
        (r"thinking without a tag</think>\boxed{2}", "2"),
    ],
)
def test_the_last_balanced_box_after_the_thinking_counts(response, answer):
    assert extract_answer(response) == answer


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        ("", "no .*boxed"),
        ("The answer is 5", "no .*boxed"),
        (r"\boxed{5", "no .*boxed"),
        (r"\boxed{}", "empty"),
        (r"\boxed{ }", "empty"),
        (r"<think>\boxed{5}", "never closed"),
        (r"<think>a</think><think>\boxed{5}", "never closed"),
        (r"<think>\boxed{5}</think> done", "no .*boxed"),
        (r"\boxed{" + "1" * 2000 + "}", "2000 characters, more than 1000"),
    ],
)
def test_responses_without_an_answer_say_why(response, reason):
    with pytest.raises(UnparseableAnswer, match=reason):
        extract_answer(response)


@given(st.text(r"\boxedfb{} 1", max_size=80))
def test_extraction_never_fails_otherwise(response):
    with contextlib.suppress(UnparseableAnswer):
        assert extract_answer(response) in response


# Quadratic work on this response takes hours.
@pytest.mark.timeout(60)
def test_extraction_is_linear_in_the_response():
    with pytest.raises(UnparseableAnswer):
        extract_answer(r"\boxed{" * 100_000)


def test_a_doubled_backslash_is_taken_for_one():
    assert extract_answer(r"\\boxed{5}") == "5"
    assert extract_answer(r"\boxed{5} \\boxed{6}") == "6"


def test_only_the_end_of_a_long_response_is_searched():
    assert extract_answer("x" * 300_000 + r"\boxed{5}") == "5"
    with pytest.raises(UnparseableAnswer):
        extract_answer(r"\boxed{5}" + "x" * 100_000)
