import threading

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from prorl_rllib.algorithms.objectives import (
    batch_mean_std,
    batch_moments,
    batch_std_advantages,
    reinforce_plus_plus_baseline_advantages,
    whiten,
)

REWARDS = torch.tensor([[1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 0.0]], dtype=torch.float64)
LENGTHS = torch.tensor([[2, 4, 4, 6], [3, 3, 2, 8]])


def expected(first, second):
    """One correct answer among four, and three among four."""
    return torch.tensor([first, second], dtype=torch.float64)


def test_over_tokens_the_advantages_have_the_hand_computed_values():
    centred = REWARDS - REWARDS.mean(1, keepdim=True)
    mean, std = batch_mean_std(batch_moments(centred, LENGTHS))
    assert mean.item() == pytest.approx(-0.1875)
    assert std.square().item() == pytest.approx(0.18359375)
    torch.testing.assert_close(
        reinforce_plus_plus_baseline_advantages(REWARDS, lengths=LENGTHS),
        expected([2.187975] + [-0.145865] * 3, [1.021055] * 3 + [-1.312785]),
        atol=1e-6,
        rtol=0,
    )


@pytest.mark.parametrize(("unbiased", "steep", "flat"), [(False, 1.732051, 0.577350), (True, 1.620185, 0.540062)])
def test_over_completions_the_advantages_have_the_hand_computed_values(unbiased, steep, flat):
    torch.testing.assert_close(
        reinforce_plus_plus_baseline_advantages(REWARDS, unbiased=unbiased),
        expected([steep, -flat, -flat, -flat], [flat, flat, flat, -steep]),
        atol=1e-6,
        rtol=0,
    )


def test_equal_lengths_make_tokens_and_completions_one():
    torch.testing.assert_close(
        reinforce_plus_plus_baseline_advantages(REWARDS, lengths=torch.full((2, 4), 7)),
        reinforce_plus_plus_baseline_advantages(REWARDS),
    )


def test_batch_std_divides_by_the_spread_of_the_rewards_as_they_came():
    torch.testing.assert_close(
        batch_std_advantages(REWARDS, eps=0.0), (REWARDS - REWARDS.mean(1, keepdim=True)) / REWARDS.std()
    )


@pytest.mark.parametrize("outlier", [100.0, float("nan")])
def test_an_invalid_entry_changes_nothing_but_itself(outlier):
    rewards = torch.cat([REWARDS, torch.full((2, 1), outlier, dtype=torch.float64)], 1)
    lengths = torch.cat([LENGTHS, torch.full((2, 1), 1000)], 1)
    valid = torch.tensor([[True] * 4 + [False]] * 2)
    for with_outlier, without in (
        (
            reinforce_plus_plus_baseline_advantages(rewards, valid, lengths=lengths),
            reinforce_plus_plus_baseline_advantages(REWARDS, lengths=LENGTHS),
        ),
        (batch_std_advantages(rewards, valid), batch_std_advantages(REWARDS)),
    ):
        torch.testing.assert_close(with_outlier[:, :4], without)
        assert (with_outlier[:, 4] == 0).all()


def on_two_learners(estimate, shares):
    """Run `estimate(share, all_reduce)` on two threads whose all_reduce sums over both."""
    parts, results, barrier = [None, None], [None, None], threading.Barrier(2)

    def learner(rank):
        def all_reduce(tensor):
            parts[rank] = tensor
            barrier.wait(timeout=10)
            return parts[0] + parts[1]

        results[rank] = estimate(shares[rank], all_reduce)

    threads = [threading.Thread(target=learner, args=(rank,)) for rank in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    return torch.cat(results)


ESTIMATORS = {
    "over_tokens": lambda share, all_reduce: reinforce_plus_plus_baseline_advantages(
        share[0], share[1], lengths=share[2], all_reduce=all_reduce
    ),
    "over_completions": lambda share, all_reduce: reinforce_plus_plus_baseline_advantages(
        share[0], share[1], unbiased=True, all_reduce=all_reduce
    ),
    "batch_std": lambda share, all_reduce: batch_std_advantages(share[0], share[1], all_reduce=all_reduce),
}


@pytest.mark.parametrize("name", ESTIMATORS)
def test_two_learners_compute_what_one_does(name):
    generator = torch.Generator().manual_seed(0)
    rewards = torch.rand(7, 5, generator=generator, dtype=torch.float64)
    valid = torch.rand(7, 5, generator=generator) > 0.2
    valid[:, :2] = True
    batch = (rewards, valid, torch.randint(1, 50, (7, 5), generator=generator))
    alone = ESTIMATORS[name](batch, None)
    shares = [tuple(tensor[:2] for tensor in batch), tuple(tensor[2:] for tensor in batch)]
    together = on_two_learners(ESTIMATORS[name], shares)
    torch.testing.assert_close(together, alone, atol=1e-14, rtol=1e-13)


def test_a_learner_may_have_no_groups():
    empty = batch_moments(torch.zeros(0, 4))
    torch.testing.assert_close(whiten(REWARDS, batch_moments(REWARDS) + empty), whiten(REWARDS, batch_moments(REWARDS)))


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=10))
def test_whitened_values_have_mean_zero_and_spread_at_most_one(values):
    values = torch.tensor(values, dtype=torch.float64)
    whitened = whiten(values, batch_moments(values))
    assert abs(float(whitened.mean())) < 1e-4
    assert float(whitened.std(unbiased=False)) < 1 + 1e-4


def test_a_batch_without_spread_gets_zero():
    advantages = reinforce_plus_plus_baseline_advantages(torch.full((2, 4), 0.7))
    assert advantages.abs().max() < 1e-2
    assert batch_std_advantages(torch.full((2, 4), 0.7)).abs().max() < 1e-2


def test_no_gradient_flows_through_advantages_and_the_dtype_stays():
    rewards = REWARDS.float().requires_grad_()
    for advantages in (reinforce_plus_plus_baseline_advantages(rewards), batch_std_advantages(rewards)):
        assert not advantages.requires_grad
        assert advantages.dtype == torch.float32


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="need a count of at least 2, got 1"):
        batch_mean_std(batch_moments(torch.ones(1)), unbiased=True)
    with pytest.raises(ValueError, match="need a count of at least 1, got 0"):
        whiten(torch.zeros(0), batch_moments(torch.zeros(0)))
    with pytest.raises(ValueError, match="min_std must be positive, got 0"):
        whiten(REWARDS, batch_moments(REWARDS), min_std=0)
    with pytest.raises(ValueError, match="lengths must have the shape of rewards"):
        reinforce_plus_plus_baseline_advantages(REWARDS, lengths=LENGTHS[0])
