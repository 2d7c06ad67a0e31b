import math

import numpy as np
import pytest

from prorl_rllib.evaluation.bootstrap import SHARE_RANGE, Interval, bootstrap_difference, bootstrap_mean, share_interval
from prorl_rllib.evaluation.pass_at_k import pass_at_k


def shares_held(intervals, truth):
    return np.mean([interval.low <= truth <= interval.high for interval in intervals])


def sampled_tasks(rng, tasks, samples=8, a=0.4, b=0.6):
    """Right answers of each task, whose chances are spread as those of a real benchmark are: most near 0 or 1."""
    return rng.binomial(samples, rng.beta(a, b, size=tasks))


def test_intervals_of_pass_at_k_hold_the_truth_as_often_as_they_say():
    rng, k = np.random.default_rng(0), 2
    # E[1 - (1 - p)^2] of a Beta(0.4, 0.6), whose 1 - p is a Beta(0.6, 0.4).
    truth = 1 - 0.6 * 1.6 / 2.0
    found = [bootstrap_mean(pass_at_k(8, sampled_tasks(rng, 60), k), resamples=400, level=0.9) for _ in range(400)]
    # Three standard errors of a share over 400 simulations, and what the bootstrap of 60 tasks is known to miss.
    assert 0.9 - 0.06 < shares_held(found, truth) < 0.9 + 0.045


def test_intervals_of_a_paired_difference_hold_the_truth_as_often_as_they_say():
    rng, found, widths = np.random.default_rng(1), [], []
    for _ in range(300):
        chances = rng.beta(0.4, 0.6, size=60)
        base, trained = rng.binomial(8, chances) / 8, rng.binomial(8, np.sqrt(chances)) / 8
        found.append(bootstrap_difference(trained, base, resamples=400))
        widths.append(found[-1].high - found[-1].low)
    # E[sqrt(p)] of a Beta(0.4, 0.6) less its mean.
    truth = math.gamma(0.9) * math.gamma(1.0) / (math.gamma(0.4) * math.gamma(1.5)) - 0.4
    assert 0.95 - 0.06 < shares_held(found, truth) <= 1.0
    alone = bootstrap_mean(trained, resamples=400)
    # What makes a task hard for both is no part of the interval.
    assert np.mean(widths) < 0.6 * (alone.high - alone.low)


@pytest.mark.parametrize("share", [0.0, 0.02, 0.3, 1.0])
def test_exact_intervals_hold_a_share_at_least_as_often_as_they_say(share):
    counts = np.random.default_rng(2).binomial(50, share, size=2000)
    found = {count: share_interval(int(count), 50) for count in set(counts.tolist())}
    assert shares_held([found[count] for count in counts], share) >= 0.95 - 0.01


def test_no_success_in_fifty_tasks_bounds_the_share_from_above():
    found = share_interval(0, 50)
    assert (found.mean, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(1 - 0.025 ** (1 / 50))
    assert share_interval(50, 50).high == 1.0
    assert share_interval(10, 20, level=0.8).high < share_interval(10, 20).high


def test_equal_calls_give_equal_intervals_and_another_seed_others():
    values = np.random.default_rng(3).random(40)
    assert bootstrap_mean(values) == bootstrap_mean(values)
    assert bootstrap_mean(values) != bootstrap_mean(values, seed=1)
    assert bootstrap_mean(values).mean == pytest.approx(values.mean())


def test_of_many_values_the_interval_is_that_of_the_central_limit():
    values = np.random.default_rng(4).normal(size=2000)
    half = 1.96 * values.std() / math.sqrt(2000)
    found = bootstrap_mean(values)
    assert (found.low, found.high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.1 * half)


def test_a_difference_is_the_first_less_the_second():
    found = bootstrap_difference([0.5, 1.0, 0.75], [0.0, 0.5, 0.5])
    assert found.mean == pytest.approx(1.25 / 3)
    assert 0.25 <= found.low < found.high <= 0.5


def test_equal_values_give_no_width_and_a_single_one_no_interval():
    assert bootstrap_mean([0.0] * 20) == Interval(0.0, 0.0, 0.0)
    alone = bootstrap_mean([0.5])
    assert alone.mean == 0.5
    assert math.isnan(alone.low) and math.isnan(alone.high)


def test_equal_shares_may_be_other_ones_in_as_many_tasks_as_clopper_and_pearson_say():
    bound = share_interval(0, 50).high
    assert bound == pytest.approx(1 - 0.025 ** (1 / 50))
    none = bootstrap_mean([0.0] * 50, value_range=SHARE_RANGE)
    assert (none.mean, none.low, none.high) == (0.0, 0.0, pytest.approx(bound))
    every = bootstrap_mean([1.0] * 50, value_range=SHARE_RANGE)
    assert (every.mean, every.low, every.high) == (1.0, pytest.approx(1 - bound), 1.0)
    some = bootstrap_mean([0.25] * 50, value_range=SHARE_RANGE)
    assert (some.low, some.high) == (pytest.approx(0.25 - 0.25 * bound), pytest.approx(0.25 + 0.75 * bound))
    difference = bootstrap_difference([1.0] * 50, [1.0] * 50, value_range=SHARE_RANGE)
    assert (difference.low, difference.mean, difference.high) == (pytest.approx(-bound), 0.0, pytest.approx(bound))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: bootstrap_mean([]), "at least one"),
        (lambda: bootstrap_mean([[0.5]]), r"shape \(1, 1\)"),
        (lambda: bootstrap_mean([0.5, math.nan]), "finite values, got nan"),
        (lambda: bootstrap_mean([0.5], level=1.0), "level=1.0"),
        (lambda: bootstrap_mean([0.5], resamples=10), "resamples=10"),
        (lambda: bootstrap_difference([0.5, 1.0], [0.5]), "of 2 and of 1"),
        (lambda: share_interval(3, 2), "successes=3"),
        (lambda: share_interval(0, 0), "total=0"),
        (lambda: share_interval(1, 2, level=0.0), "level=0.0"),
    ],
)
def test_what_gives_no_interval_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_values_that_differ_by_rounding_alone_have_an_interval_without_width():
    values = [0.1 + 0.2, 0.3, 0.3, 0.3]
    assert len(set(values)) == 2
    found = bootstrap_mean(values)
    assert found.low == found.high == found.mean


@pytest.mark.parametrize("values", [[0.0] * 49 + [1e-9], [0.0] * 49 + [1.0], [1.0] * 2 + [0.0], [0.0, 1e-300, 1.0]])
def test_every_interval_of_several_values_is_finite(values):
    found = bootstrap_mean(values, resamples=500)
    assert found.low <= found.mean <= found.high
