import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_rllib.evaluation.pass_at_k import pass_at_k, pass_at_k_bound


@pytest.mark.parametrize(
    ("num_samples", "num_correct", "k", "expected"),
    [(16, 4, 1, 0.25), (16, 4, 8, 0.96153846), (256, 2, 128, 0.75098039), (256, 1, 256, 1.0)],
)
def test_pass_at_k_has_the_hand_computed_values(num_samples, num_correct, k, expected):
    assert pass_at_k(num_samples, num_correct, k) == pytest.approx(expected, abs=1e-8)


@given(st.integers(1, 40), st.data())
def test_pass_at_k_is_that_of_the_binomial_coefficients(num_samples, data):
    num_correct, k = data.draw(st.integers(0, num_samples)), data.draw(st.integers(1, num_samples))
    expected = 1 - math.comb(num_samples - num_correct, k) / math.comb(num_samples, k)
    assert pass_at_k(num_samples, num_correct, k) == pytest.approx(expected, abs=1e-12)


def test_the_bound_has_the_hand_computed_value():
    assert pass_at_k_bound(0.3, 0.05, 8) == pytest.approx(0.91496944, abs=1e-8)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.integers(2, 64))
def test_no_set_of_problems_exceeds_the_bound(solved, k):
    rates = np.array(solved)
    bound = pass_at_k_bound(float(rates.mean()), float(rates.var()), k)
    assert float((1 - (1 - rates) ** k).mean()) <= bound + 1e-9


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pass_at_k(4, 5, 1), "num_correct=5"),
        (lambda: pass_at_k(4, 1, 5), "k=5"),
        (lambda: pass_at_k(4, 1, 0), "k=0"),
        (lambda: pass_at_k_bound(1.5, 0.0, 2), "mean=1.5"),
        (lambda: pass_at_k_bound(0.5, 0.3, 2), "variance=0.3"),
        (lambda: pass_at_k_bound(0.5, 0.1, 1), "k=1"),
    ],
)
def test_numbers_out_of_range_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
