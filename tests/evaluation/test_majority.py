import pytest

from prorl_rllib.evaluation.majority import maj_at_n


@pytest.mark.parametrize(
    ("answers", "correct", "expected"),
    [
        # The answer most samples give wins, right or wrong.
        (["2", "2", "3"], [True, True, False], 1.0),
        (["3", "3", "2"], [False, False, True], 0.0),
        # A tie is drawn.
        (["2", "3"], [True, False], 0.5),
        (["2", "3", "4", "5", "4", "5"], [False, False, True, False, True, False], 0.5),
        # Where every answer is another one, that is the share of right ones.
        (["a", "b", "c", "d"], [True, False, False, False], 0.25),
        # A sample without an answer has no vote.
        ([None, None, None, "2"], [False, False, False, True], 1.0),
        ([None, "2"], [True, False], 0.0),
        ([None, None], [False, False], 0.0),
        # Answers are one if they are equal as they stand.
        (["0.5", "1/2", "3", "3"], [True, True, False, False], 0.0),
        # One answer, judged differently: as right as its samples.
        (["x", "x"], [True, False], 0.5),
    ],
)
def test_the_answer_with_most_votes_counts(answers, correct, expected):
    assert maj_at_n(answers, correct) == expected
    assert maj_at_n(answers[::-1], correct[::-1]) == expected


def test_each_vote_needs_a_verdict():
    with pytest.raises(ValueError, match="got 2 and 1"):
        maj_at_n(["1", "2"], [True])
