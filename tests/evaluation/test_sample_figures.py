from itertools import combinations

import pytest

from prorl_rllib.evaluation.bootstrap import bootstrap_mean
from prorl_rllib.evaluation.sample_figures import SampleTally


def samples(make_record, outcomes, **overrides):
    """One record an outcome: True and False are right and wrong, None a verification that failed."""
    return [
        make_record(
            sample_index=index,
            correct=bool(right),
            reward=float(bool(right)),
            status="error" if right is None else "scored",
            judged=right is not None,
            **overrides,
        )
        for index, right in enumerate(outcomes)
    ]


def figures(records, *ks):
    tally = SampleTally()
    tally.add(records)
    return tally.figures(ks)


def test_pass_at_k_is_the_mean_over_tasks_of_all_ways_to_draw_k(make_record):
    groups = [[True, False, False, False], [True, True, False, False], [False] * 4]
    records = [r for index, group in enumerate(groups) for r in samples(make_record, group, prompt_index=index)]
    found = figures(records, 1, 2, 4)["all"]
    for k in (1, 2, 4):
        shares = [sum(map(any, combinations(g, k))) / len(list(combinations(g, k))) for g in groups]
        assert found.pass_at[k] == pytest.approx(sum(shares) / 3)
    assert found.num_tasks == 3
    assert found.num_samples == 12


def test_a_verification_that_failed_is_in_no_figure_and_counted(make_record):
    records = samples(make_record, [True, None, None], num_tokens=4)
    records += samples(make_record, [False, False, True], prompt_index=1, num_tokens=6)
    found = figures(records, 1, 2)["all"]
    assert found.num_failed == 2
    assert found.pass_at[1] == pytest.approx((1 + 1 / 3) / 2)
    assert found.reward_mean == pytest.approx(2 / 4)
    assert found.tokens_mean == pytest.approx((4 + 18) / 4)
    # One judged sample does not tell what two would give.
    assert found.pass_at[2] == pytest.approx(2 / 3)
    assert found.num_left_out == {1: 0, 2: 1}


def test_the_majority_and_the_mean_are_those_of_each_task(make_record):
    votes = (
        [("2", True), ("2", True), ("3", False), (None, False)],
        [("5", False), ("5", False), ("4", True), ("4", True)],
    )
    records = [
        make_record(prompt_index=index, answer=answer, correct=correct, reward=float(correct))
        for index, group in enumerate(votes)
        for answer, correct in group
    ]
    found = figures(records, 2)["all"]
    assert found.majority_at_n == pytest.approx((1 + 0.5) / 2)
    assert found.mean_at_n == pytest.approx((2 / 4 + 2 / 4) / 2)
    assert figures([make_record(answer=None)], 1)["all"].majority_at_n is None


def test_intervals_are_those_of_a_bootstrap_over_tasks(make_record):
    groups = [[True, True], [True, False], [False, False], [True, None]]
    records = [r for index, group in enumerate(groups) for r in samples(make_record, group, prompt_index=index)]
    tally = SampleTally()
    tally.add(records)
    found = tally.intervals((1, 2), level=0.8, seed=3)
    assert list(found) == ["all", "math"]
    assert found["all"].pass_at[1] == bootstrap_mean([1.0, 0.5, 0.0, 1.0], level=0.8, seed=3)
    assert found["all"].pass_at[1] == found["all"].mean_at_n
    # The task with one judged sample does not tell what two would give.
    assert found["all"].pass_at[2] == bootstrap_mean([1.0, 1.0, 0.0], level=0.8, seed=3)


def test_figures_are_given_over_all_and_by_domain(make_record):
    records = samples(make_record, [True], domain="math")
    records += samples(make_record, [False], domain="code", prompt_index=1, finish_reason="length")
    records += samples(make_record, [None], domain="stem", prompt_index=2)
    found = figures(records, 1)
    assert list(found) == ["all", "code", "math"]
    assert [part.pass_at[1] for part in found.values()] == [0.5, 0.0, 1.0]
    assert [part.truncated_share for part in found.values()] == [0.5, 1.0, 0.0]


def test_a_domain_called_all_is_counted_once(make_record):
    found = figures(samples(make_record, [True, False], domain="all"), 1, 2)
    assert list(found) == ["all"]
    assert (found["all"].num_samples, found["all"].pass_at[1], found["all"].pass_at[2]) == (2, 0.5, 1.0)


def test_without_any_verdict_there_are_no_figures(make_record):
    assert figures(samples(make_record, [None, None]), 1) == {}
