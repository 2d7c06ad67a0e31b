import math
from typing import get_args

import pytest
import torch

from prorl_rllib.algorithms.objectives import (
    LossAggregation,
    aggregate_loss,
    clipped_policy_loss,
    gspo_clipped_tokens,
    gspo_policy_loss,
    sequence_importance_ratio,
    sequence_mean_token_mean,
)

CLIP = {"clip_low": 0.2, "clip_high": 0.4}


def test_the_ratio_of_a_sequence_is_the_geometric_mean_of_its_tokens_ratios():
    log_ratios = torch.tensor([0.1, -0.2, 0.4], dtype=torch.float64)
    for variant in ("gspo", "gspo_token"):
        ratio = sequence_importance_ratio(
            log_ratios, torch.zeros_like(log_ratios), torch.zeros(3, dtype=torch.long), variant=variant
        )
        torch.testing.assert_close(ratio, torch.full((3,), 1.10517092, dtype=torch.float64), atol=1e-8, rtol=0)
    # Without the division by length it would be the product.
    assert math.exp(0.1 - 0.2 + 0.4) == pytest.approx(1.34985881, abs=1e-8)


def batch(seed=0, scale=0.5):
    generator = torch.Generator().manual_seed(seed)
    sequence_index = torch.tensor([0, 0, 0, 1, 2, 2, 2, 2, 2, 3])[torch.randperm(10, generator=generator)]
    logp = scale * torch.randn(10, generator=generator, dtype=torch.float64)
    old_logp = scale * torch.randn(10, generator=generator, dtype=torch.float64)
    advantages = torch.randn(4, generator=generator, dtype=torch.float64)[sequence_index]
    return logp.requires_grad_(), old_logp, advantages, sequence_index


def test_the_gradient_of_a_sequence_is_shared_by_its_tokens():
    logp = torch.tensor([0.1, -0.2, 0.4], dtype=torch.float64, requires_grad=True)
    arguments = (torch.zeros(3, dtype=torch.float64), torch.full((3,), 2.0, dtype=torch.float64))
    index = torch.zeros(3, dtype=torch.long)
    sequence_mean_token_mean(gspo_policy_loss(logp, *arguments, index, **CLIP), index, 1).backward()
    # -A s / length for each token, clipped or not one by one.
    torch.testing.assert_close(logp.grad, torch.full((3,), -2.0 * 1.1051709180756477 / 3, dtype=torch.float64))


@pytest.mark.parametrize("kind", get_args(LossAggregation))
def test_both_variants_have_one_value_and_one_gradient(kind):
    results = []
    for variant in ("gspo", "gspo_token"):
        logp, old_logp, advantages, index = batch()
        losses = gspo_policy_loss(logp, old_logp, advantages, index, **CLIP, variant=variant)
        loss = aggregate_loss(losses, index, kind=kind, num_tokens=10, num_sequences=4)
        loss.backward()
        results.append((loss.detach(), logp.grad))
    torch.testing.assert_close(*results)


def test_gspo_token_takes_an_advantage_a_token():
    logp = torch.tensor([0.1, -0.1, 0.3], dtype=torch.float64, requires_grad=True)
    advantages = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    index = torch.zeros(3, dtype=torch.long)
    gspo_policy_loss(logp, torch.zeros_like(logp), advantages, index, **CLIP, variant="gspo_token").sum().backward()
    # Each token's gradient is -A s with its own advantage; s = exp(0.1).
    torch.testing.assert_close(logp.grad, -advantages * math.exp(0.1))


def test_the_gradient_is_that_of_finite_differences():
    logp, old_logp, advantages, index = batch()
    assert torch.autograd.gradcheck(lambda values: gspo_policy_loss(values, old_logp, advantages, index, **CLIP), logp)


def test_a_sequence_is_clipped_as_a_whole_and_then_gives_no_gradient():
    logp, old_logp, advantages, index = batch(scale=1.0)
    clipped = gspo_clipped_tokens(logp, old_logp, advantages, index, **CLIP)
    gspo_policy_loss(logp, old_logp, advantages, index, **CLIP).sum().backward()
    assert 0 < clipped.sum() < 10
    assert torch.equal(clipped, logp.grad == 0)
    for sequence in range(4):
        assert clipped[index == sequence].unique().numel() == 1


def test_sequences_of_one_token_are_those_of_ppo():
    logp, old_logp, advantages, _ = batch()
    torch.testing.assert_close(
        gspo_policy_loss(logp, old_logp, advantages, torch.arange(10), **CLIP),
        clipped_policy_loss(logp, old_logp, advantages, **CLIP),
    )


def test_an_absurd_ratio_stays_finite():
    index = torch.zeros(2, dtype=torch.long)
    loss = gspo_policy_loss(torch.zeros(2), torch.full((2,), -1e4), torch.full((2,), -1.0), index, **CLIP)
    assert torch.isfinite(loss).all()


def test_wrong_arguments_are_refused():
    zeros, index = torch.zeros(2), torch.zeros(2, dtype=torch.long)
    with pytest.raises(ValueError, match="must be one of gspo, gspo_token"):
        gspo_policy_loss(zeros, zeros, zeros, index, **CLIP, variant="sequence")
    with pytest.raises(ValueError, match="one shape"):
        gspo_policy_loss(zeros, zeros, zeros, index[:1], **CLIP)
    with pytest.raises(ValueError, match="clip_low"):
        gspo_policy_loss(zeros, zeros, zeros, index, clip_low=2.0, clip_high=0.1)
