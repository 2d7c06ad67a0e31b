import pytest
import torch

from prorl_rllib.algorithms.objectives import (
    aggregate_loss,
    sequence_mean_token_mean,
    sequence_mean_token_sum,
    token_mean,
)

LOSSES = torch.tensor([1.0, 2.0, 3.0, 10.0], dtype=torch.float64)
# Three tokens of sequence 0 and one of sequence 1.
INDEX = torch.tensor([0, 0, 0, 1])


def test_aggregations_have_the_hand_computed_values():
    assert token_mean(LOSSES, 4).item() == pytest.approx(16 / 4)
    assert sequence_mean_token_mean(LOSSES, INDEX, 2).item() == pytest.approx((6 / 3 + 10 / 1) / 2)
    assert sequence_mean_token_sum(LOSSES, 2).item() == pytest.approx((6 + 10) / 2)
    assert sequence_mean_token_sum(LOSSES, 2, constant_normalizer=8).item() == pytest.approx((6 + 10) / (2 * 8))


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("token_mean", [1 / 4] * 4),
        ("sequence_mean_token_mean", [1 / 6, 1 / 6, 1 / 6, 1 / 2]),
        ("sequence_mean_token_sum", [1 / 16] * 4),
    ],
)
def test_a_token_weighs_what_the_aggregation_says(kind, expected):
    losses = LOSSES.clone().requires_grad_()
    aggregate_loss(losses, INDEX, kind=kind, num_tokens=4, num_sequences=2, constant_normalizer=8).backward()
    torch.testing.assert_close(losses.grad, torch.tensor(expected, dtype=torch.float64))


def test_token_mean_sums_to_the_mean_over_all_microbatches():
    losses = torch.arange(10.0)
    parts = token_mean(losses[:3], 10) + token_mean(losses[3:], 10)
    torch.testing.assert_close(parts, losses.mean())


@pytest.mark.parametrize("kind", ["token_mean", "sequence_mean_token_mean", "sequence_mean_token_sum"])
def test_a_microbatch_without_completion_tokens_adds_nothing(kind):
    empty = torch.zeros(0, dtype=torch.long)
    loss = aggregate_loss(torch.zeros(0, requires_grad=True), empty, kind=kind, num_tokens=4, num_sequences=2)
    assert loss.item() == 0.0
    loss.backward()


def test_a_normaliser_that_is_not_positive_is_refused():
    for normalizer in (0, -1, torch.tensor(0), float("nan")):
        with pytest.raises(ValueError, match="positive number of tokens"):
            token_mean(LOSSES, normalizer)
        with pytest.raises(ValueError, match="positive number of sequences"):
            sequence_mean_token_mean(LOSSES, INDEX, normalizer)
        with pytest.raises(ValueError, match="positive number of sequences"):
            sequence_mean_token_sum(LOSSES, normalizer)
    with pytest.raises(ValueError, match=r"constant_normalizer must be a positive number of tokens, got 0"):
        sequence_mean_token_sum(LOSSES, 2, constant_normalizer=0)


def test_an_index_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="one shape"):
        sequence_mean_token_mean(LOSSES, INDEX[:3], 2)
    with pytest.raises(ValueError, match=r"integers of shape \[tokens\], got torch.float64"):
        sequence_mean_token_mean(LOSSES, LOSSES, 2)


def test_an_unknown_aggregation_is_refused():
    with pytest.raises(ValueError, match="unknown aggregation 'mean': it must be one of token_mean, sequence_mean"):
        aggregate_loss(LOSSES, INDEX, kind="mean", num_tokens=4, num_sequences=2)
