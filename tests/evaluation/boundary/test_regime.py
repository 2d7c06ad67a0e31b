import pytest

from prorl_rllib.evaluation.boundary.regime import LEAST_TASKS, regime
from prorl_rllib.evaluation.boundary.report import Interval


def around(mean, width=0.01):
    return Interval(mean=mean, low=mean - width, high=mean + width)


@pytest.mark.parametrize(
    ("first", "over_base", "over_mid", "name"),
    [
        (around(0.3), around(-0.1), around(0.0), "diminish"),
        (around(0.3), around(0.0), None, "diminish"),
        (around(0.3), around(0.3), around(0.0), "plateau"),
        (around(0.3), around(0.3), around(-0.2), "plateau"),
        (around(0.3), around(0.3), around(0.2), "sustained"),
        # The intervals leave open on which side of the tolerance of 0.02 it is.
        (around(0.3), around(0.03, 0.05), around(0.2), "undetermined"),
        (around(0.3), around(0.3), around(0.03, 0.05), "undetermined"),
        # Nothing to tell plateau from sustained by.
        (around(0.3), around(0.3), None, "undetermined"),
        # A model that is worse at k = 1 too is no case of the three.
        (around(-0.3), around(-0.3), around(-0.3), "undetermined"),
        (None, None, None, "undetermined"),
    ],
)
def test_regime_is_named_where_the_intervals_decide(first, over_base, over_mid, name):
    found = regime(128, 100, first, over_base, over_mid)
    assert found.name == name
    assert "pass@128" in found.rule and "0.02" in found.rule


def test_few_tasks_decide_nothing():
    args = around(0.3), around(0.3), around(0.2)
    assert regime(128, LEAST_TASKS - 1, *args).name == "undetermined"
    assert regime(128, LEAST_TASKS, *args).name == "sustained"


def test_a_middle_model_with_few_tasks_tells_nothing_apart():
    args = around(0.3), around(0.3), around(0.2)
    found = regime(128, 100, *args, num_mid_tasks=LEAST_TASKS - 1)
    assert found.name == "undetermined"
    assert f"Of mid, {LEAST_TASKS - 1} tasks have 128 judged samples" in found.reason
    assert regime(128, 100, *args, num_mid_tasks=LEAST_TASKS).name == "sustained"
    assert regime(128, 100, around(0.3), around(0.0), around(0.2), num_mid_tasks=0).name == "diminish"


def test_reason_gives_the_interval_that_decided():
    assert "+0.300 [+0.290, +0.310]" in regime(128, 100, around(0.4), around(0.3), around(0.0)).reason


def test_tolerance_is_what_counts_as_equal():
    args = around(0.3), around(0.04), None
    assert regime(128, 100, *args, tolerance=0.1).name == "diminish"
    assert regime(128, 100, *args, tolerance=0.0).name == "undetermined"
