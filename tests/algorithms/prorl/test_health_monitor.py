import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_rllib.algorithms.prorl.health_monitor import SIGNS, HealthMonitor, warnings

THRESHOLDS = {
    "truncated_share": 0.5,
    "zero_variance_share": 0.8,
    "verifier_error_share": 0.05,
    "nonfinite_reward_share": 0.0,
    "duplicate_share": 0.5,
    "logprob_gap": 0.1,
    "kl": 0.5,
    "entropy": 0.05,
    "skipped_steps": 1,
}


@pytest.mark.parametrize(
    ("metric", "healthy", "ill", "key"),
    [
        ("truncated_share", 0.49, 0.5, "max_completion_length"),
        ("zero_variance_share", 0.79, 0.8, "difficulty"),
        ("verifier_error_share", 0.0, 0.06, "verifier_timeout_s"),
        ("nonfinite_reward_share", 0.0, 0.01, "finite reward"),
        ("duplicate_share", 0.4, 0.6, "temperature"),
        ("logprob_gap", 0.01, 0.2, "mismatch_correction"),
        ("kl", 0.1, 0.6, "kl_budget"),
        ("entropy", 0.05, 0.01, "clip_high"),
        ("skipped_steps", 0.0, 1.0, "lower lr"),
    ],
)
def test_each_sign_of_trouble_names_the_key_to_touch(metric, healthy, ill, key):
    assert warnings({metric: healthy}, THRESHOLDS) == {}
    assert key in warnings({metric: ill}, THRESHOLDS)[metric]


def test_every_sign_has_a_case_and_a_bound():
    assert {sign.name for sign in SIGNS} == set(THRESHOLDS)


def test_what_was_not_measured_or_is_not_finite_warns_of_nothing():
    assert warnings({}, THRESHOLDS) == {}
    assert warnings(dict.fromkeys(THRESHOLDS, float("nan")), THRESHOLDS) == {}


def test_a_domain_without_signal_in_a_blend_that_has_some_is_named():
    found = warnings({"zero_variance_share": 0.5, "zero_variance_share/code": 1.0}, THRESHOLDS)
    assert list(found) == ["zero_variance_share/code"]
    assert "domain 'code': 100%" in found["zero_variance_share/code"]
    whole = warnings({"zero_variance_share": 1.0, "zero_variance_share/code": 1.0}, THRESHOLDS)
    assert list(whole) == ["zero_variance_share"]


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 10), st.integers(0, 59))
def test_a_warning_comes_at_once_and_at_most_once_in_an_interval_restored_or_not(ill, interval, cut):
    monitor = HealthMonitor(THRESHOLDS, interval)
    given_at = []
    for iteration, is_ill in enumerate(ill):
        if iteration == cut:
            state, monitor = monitor.get_state(), HealthMonitor(THRESHOLDS, interval)
            monitor.set_state(state)
        if monitor.observe(iteration, {"kl": 1.0 if is_ill else 0.0}):
            given_at.append(iteration)
    assert all(later - earlier >= interval for earlier, later in itertools.pairwise(given_at))
    if True in ill:
        assert given_at[0] == ill.index(True)


def test_no_interval_means_no_warnings():
    assert HealthMonitor(THRESHOLDS, None).observe(1, {"kl": 9.0}) == []
