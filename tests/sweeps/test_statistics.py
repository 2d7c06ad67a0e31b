import math

import pytest

from prorl_rllib.sweeps.statistics import Estimate, paired_difference, plain, signed, t_interval, verdict


def test_the_interval_is_students():
    """By hand: mean 2, sd 1, n 3, t(0.975; 2) = 4.30265: 2 -+ 4.30265 / sqrt(3) = 2 -+ 2.48414."""
    estimate = t_interval([1.0, 2.0, 3.0])
    assert (estimate.mean, estimate.count) == (2.0, 3)
    assert estimate.low == pytest.approx(-0.48414, abs=1e-5)
    assert estimate.high == pytest.approx(4.48414, abs=1e-5)


def test_one_value_has_no_interval():
    estimate = t_interval([0.5])
    assert estimate.mean == 0.5
    assert math.isnan(estimate.low) and math.isnan(estimate.high)
    assert estimate.sign == 0
    assert plain(estimate) == "0.500"
    with pytest.raises(ValueError, match="needs values"):
        t_interval([])


def test_differences_are_paired_by_seed():
    """Seeds differ by 1 among each other and the arms by 0.1, 0.2 and 0.3: sd 0.1, half-width 4.30265 0.1 / sqrt(3)."""
    arm = {0: 1.1, 1: 2.2, 2: 3.3, 7: 100.0}
    baseline = {0: 1.0, 1: 2.0, 2: 3.0, 8: -100.0}
    difference = paired_difference(arm, baseline)
    assert difference.mean == pytest.approx(0.2)
    assert difference.low == pytest.approx(0.2 - 0.248414, abs=1e-5)
    assert difference.count == 3
    assert paired_difference({0: 1.0}, {1: 1.0}) is None


def test_a_verdict_names_a_difference_only_where_the_interval_leaves_out_0():
    assert "higher (+0.100 [+0.010, +0.190], 3 seeds)" in verdict("a", "b", Estimate(0.1, 0.01, 0.19, 3))
    assert "lower" in verdict("a", "b", Estimate(-0.1, -0.19, -0.01, 3))
    assert "no difference can be told at this size" in verdict("a", "b", Estimate(0.1, -0.01, 0.21, 3))
    assert "too few seeds" in verdict("a", "b", t_interval([0.3]))
    assert "too few seeds" in verdict("a", "b", None)


def test_numbers_are_written_with_their_intervals():
    assert plain(Estimate(0.5, 0.25, 0.75, 3)) == "0.500 [0.250, 0.750]"
    assert signed(Estimate(0.5, -0.25, 1.25, 3)) == "+0.500 [-0.250, +1.250]"
