import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_rllib.evaluation.pass_at_k import mean_at_n, pass_at_k, pass_at_k_bound


@pytest.mark.parametrize(
    ("num_samples", "num_correct", "k", "expected"),
    [(16, 4, 1, 0.25), (16, 4, 8, 0.96153846), (256, 2, 128, 0.75098039), (256, 1, 256, 1.0)],
)
def test_pass_at_k_has_the_hand_computed_values(num_samples, num_correct, k, expected):
    found = pass_at_k(num_samples, num_correct, k)
    assert isinstance(found, float)
    assert found == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("num_samples", range(1, 8))
def test_pass_at_k_is_the_share_of_all_subsets_that_hold_a_right_sample(num_samples):
    for num_correct, k in itertools.product(range(num_samples + 1), range(1, num_samples + 1)):
        subsets = list(itertools.combinations([True] * num_correct + [False] * (num_samples - num_correct), k))
        expected = sum(map(any, subsets)) / len(subsets)
        assert pass_at_k(num_samples, num_correct, k) == pytest.approx(expected, abs=1e-14)


@given(st.integers(1, 40), st.data())
def test_pass_at_k_is_that_of_the_binomial_coefficients(num_samples, data):
    num_correct, k = data.draw(st.integers(0, num_samples)), data.draw(st.integers(1, num_samples))
    expected = 1 - math.comb(num_samples - num_correct, k) / math.comb(num_samples, k)
    assert pass_at_k(num_samples, num_correct, k) == pytest.approx(expected, abs=1e-12)


def test_arrays_give_a_value_for_each_problem_and_k():
    n, c, ks = np.array([16, 256, 8]), np.array([4, 2, 0]), np.array([1, 4, 8])
    found = pass_at_k(n[:, None], c[:, None], ks)
    assert (found.shape, found.dtype) == ((3, 3), np.float64)
    for row, column in itertools.product(range(3), range(3)):
        assert found[row, column] == pass_at_k(int(n[row]), int(c[row]), int(ks[column]))
    assert pass_at_k(np.array([], dtype=np.int64), np.array([], dtype=np.int64), 1).shape == (0,)


def test_of_many_samples_neither_small_nor_large_chances_are_lost():
    many = 10**5
    cases = [(many, 1, 1), (many, 1, many // 2), (many, 3, 7), (many, 700, 900), (many, many // 2, many // 2 + 1)]
    for n, c, k in cases:
        wrong = math.comb(n - c, k), math.comb(n, k)
        expected = (wrong[1] - wrong[0]) / wrong[1]
        assert pass_at_k(n, c, k) == pytest.approx(expected, rel=1e-12)
    found = pass_at_k(many, np.arange(0, many, 1000), 1000)
    assert (np.diff(found) >= 0).all() and found[0] == 0.0 and found[-1] == 1.0


def test_pass_at_k_is_that_of_the_package_too():
    from prorl_rllib import evaluation

    assert evaluation.pass_at_k(16, 4, 8) == pass_at_k(16, 4, 8)


def test_mean_at_n_is_the_share_of_right_samples():
    assert mean_at_n(16, 4) == pytest.approx(0.25)
    np.testing.assert_allclose(mean_at_n(np.array([4, 3]), np.array([1, 3])), [0.25, 1.0])


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
        (lambda: pass_at_k(4, -1, 1), "num_correct=-1"),
        (lambda: pass_at_k(np.array([8, 4]), np.array([1, 1]), 6), "k=6 must be in 1..num_samples=4"),
        (lambda: pass_at_k_bound(1.5, 0.0, 2), "mean=1.5"),
        (lambda: pass_at_k_bound(0.5, 0.3, 2), "variance=0.3"),
        (lambda: pass_at_k_bound(0.5, 0.1, 1), "k=1"),
    ],
)
def test_numbers_out_of_range_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_counts_are_integers():
    with pytest.raises(TypeError, match="num_correct must be integers, not float64"):
        pass_at_k(4, np.array([1.0, 2.0]), 1)  # type: ignore[call-overload]
