"""What a record of a sample refuses: all that reads a file of samples relies on it."""

import pytest
from pydantic import ValidationError


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"prompt_index": -1}, "prompt_index"),
        ({"sample_index": -1}, "sample_index"),
        ({"num_tokens": -4}, "num_tokens"),
        ({"prompt_tokens": -1}, "prompt_tokens"),
        ({"logprob_sum": float("nan")}, "logprob_sum"),
        ({"reward": float("inf")}, "reward"),
        ({"judged": False}, "judged\n.*correct = True beside it"),
        ({"later_turns": [{"role": "assistant"}]}, "later_turns"),
        ({"later_turns": [{"role": "assistant", "content": "2", "name": "x"}]}, "later_turns"),
    ],
)
def test_a_record_that_no_evaluation_makes_is_refused(make_record, wrong, named):
    with pytest.raises(ValidationError, match=named):
        make_record(**wrong)


def test_a_sample_whose_verification_failed_is_a_record(make_record):
    assert not make_record(judged=False, correct=False, reward=None, status="error").judged
