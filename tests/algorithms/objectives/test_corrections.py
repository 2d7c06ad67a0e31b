import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from prorl_rllib.algorithms.objectives import icepop, sequence_mask, truncated_importance_sampling

RATIOS = torch.tensor([0.2, 1.0, 3.0, 9.0], dtype=torch.float64)
BOUNDS = {"low": 0.5, "high": 5.0}
ZEROS = torch.zeros(4, dtype=torch.float64)


def assert_weights(correction, expected, bounded_tokens, masked_sequences=0):
    torch.testing.assert_close(correction.weights, torch.tensor(expected, dtype=torch.float64))
    assert (int(correction.bounded_tokens), int(correction.masked_sequences)) == (bounded_tokens, masked_sequences)


def test_truncated_importance_sampling_has_the_hand_computed_weights():
    assert_weights(truncated_importance_sampling(RATIOS.log(), ZEROS, **BOUNDS), [0.5, 1.0, 3.0, 5.0], 2)
    assert_weights(truncated_importance_sampling(RATIOS.log(), ZEROS, high=2.0), [0.2, 1.0, 2.0, 2.0], 2)


def test_icepop_masks_what_is_outside_the_bounds_on_either_side():
    assert_weights(icepop(RATIOS.log(), ZEROS, **BOUNDS), [0.0, 1.0, 3.0, 0.0], 2)


def test_a_sequence_is_masked_by_its_geometric_mean():
    # Sequence 0: sqrt(0.2 * 9) = 1.34, kept with its raw ratios. Sequence 1: sqrt(1 * 3) = 1.73, masked.
    correction = sequence_mask(RATIOS.log(), ZEROS, torch.tensor([0, 1, 1, 0]), low=0.7, high=1.5)
    assert_weights(correction, [0.2, 0.0, 0.0, 9.0], 2, masked_sequences=1)


def test_the_mask_of_a_sequence_does_not_depend_on_its_length():
    logp = torch.full((1000,), math.log(1.001), dtype=torch.float64)
    index = torch.zeros(1000, dtype=torch.long)
    # The product would be 2.7.
    kept = sequence_mask(logp, torch.zeros_like(logp), index, low=0.999, high=1.002)
    assert int(kept.masked_sequences) == 0


def test_a_sequence_without_tokens_is_not_counted_as_masked():
    correction = sequence_mask(ZEROS, ZEROS, torch.tensor([0, 0, 2, 2]), low=0.9, high=1.1)
    assert int(correction.masked_sequences) == 0


def test_equal_logprobs_give_weight_one():
    logp = torch.randn(8, generator=torch.Generator().manual_seed(0))
    index = torch.arange(8) // 3
    for correction in (
        truncated_importance_sampling(logp, logp, **BOUNDS),
        icepop(logp, logp, **BOUNDS),
        sequence_mask(logp, logp, index, **BOUNDS),
    ):
        assert torch.equal(correction.weights, torch.ones(8))
        assert int(correction.bounded_tokens) == 0


def test_no_gradient_flows_through_the_weights():
    logp = RATIOS.log().requires_grad_()
    index = torch.zeros(4, dtype=torch.long)
    assert not truncated_importance_sampling(logp, ZEROS, **BOUNDS).weights.requires_grad
    assert not icepop(logp, ZEROS, **BOUNDS).weights.requires_grad
    assert not sequence_mask(logp, ZEROS, index, **BOUNDS).weights.requires_grad


@given(st.lists(st.tuples(st.floats(-200, 0), st.floats(-200, 0)), min_size=1, max_size=6))
def test_weights_are_finite_and_within_the_bounds(pairs):
    logp, sampler_logp = torch.tensor(pairs, dtype=torch.float64).T
    truncated = truncated_importance_sampling(logp, sampler_logp, **BOUNDS).weights
    masked = icepop(logp, sampler_logp, **BOUNDS).weights
    assert ((truncated >= 0.5) & (truncated <= 5.0)).all()
    assert ((masked == 0) | ((masked >= 0.5) & (masked <= 5.0))).all()
    weights = sequence_mask(logp, sampler_logp, torch.zeros(len(pairs), dtype=torch.long), **BOUNDS).weights
    assert torch.isfinite(weights).all()


def test_a_ratio_that_is_not_a_number_is_masked_and_counted():
    logp = torch.tensor([0.0, float("nan")])
    correction = icepop(logp, torch.zeros(2), **BOUNDS)
    assert correction.weights.tolist() == [1.0, 0.0]
    assert int(correction.bounded_tokens) == 1
    assert int(sequence_mask(logp, torch.zeros(2), torch.arange(2), **BOUNDS).masked_sequences) == 1


def test_bounds_the_wrong_way_round_are_refused():
    with pytest.raises(ValueError, match=r"0 <= low <= high, got low 5.0 and high 0.5"):
        icepop(ZEROS, ZEROS, low=5.0, high=0.5)
    with pytest.raises(ValueError, match=r"0 <= low <= high, got low -1.0"):
        truncated_importance_sampling(ZEROS, ZEROS, low=-1.0, high=0.5)
    with pytest.raises(ValueError, match="one shape"):
        sequence_mask(ZEROS, ZEROS, torch.zeros(3, dtype=torch.long), **BOUNDS)
