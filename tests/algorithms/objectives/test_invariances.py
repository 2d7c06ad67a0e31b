"""The gradient of an optimizer step does not depend on how the step was cut: every loss under every aggregation."""

from typing import get_args

import pytest
import torch

from prorl_rllib.algorithms.objectives import (
    LossAggregation,
    aggregate_loss,
    cispo_policy_loss,
    clipped_policy_loss,
    gspo_policy_loss,
    icepop,
    kl_estimate,
    sequence_mask,
)

CLIP = {"clip_low": 0.2, "clip_high": 0.4}
LOSSES = {
    "clip": lambda logp, old, adv, index: clipped_policy_loss(logp, old, adv, **CLIP, dual_clip=3.0),
    "gspo": lambda logp, old, adv, index: gspo_policy_loss(logp, old, adv, index, **CLIP),
    "gspo_token": lambda logp, old, adv, index: gspo_policy_loss(logp, old, adv, index, **CLIP, variant="gspo_token"),
    "cispo": lambda logp, old, adv, index: cispo_policy_loss(logp, old, adv, clip_high=0.4),
    "clip_icepop": lambda logp, old, adv, index: (
        clipped_policy_loss(logp, old, adv, **CLIP) * icepop(logp, old + 0.1, low=0.5, high=1.5).weights
    ),
    "clip_sequence_mask": lambda logp, old, adv, index: (
        clipped_policy_loss(logp, old, adv, **CLIP) * sequence_mask(logp, old, index, low=0.7, high=1.2).weights
    ),
}
SEQUENCE_LENGTHS = [3, 1, 7, 2, 5, 4, 1, 6]
FEATURES = 5


@pytest.fixture(scope="module")
def step():
    """Sequences of one optimizer step; a linear model gives a token's log-probability."""
    generator = torch.Generator().manual_seed(0)
    return [
        {
            "features": torch.randn(length, FEATURES, generator=generator, dtype=torch.float64),
            "old_logp": 0.5 * torch.randn(length, generator=generator, dtype=torch.float64),
            "ref_logp": 0.5 * torch.randn(length, generator=generator, dtype=torch.float64),
            "advantages": torch.randn(1, generator=generator, dtype=torch.float64).expand(length),
        }
        for length in SEQUENCE_LENGTHS
    ]


def gradient(loss, kind, step, microbatches, interleave=False):
    """Gradient of the step, accumulated over micro-batches of sequences, each packed into one row of tokens."""
    weights = torch.linspace(-0.5, 0.5, FEATURES, dtype=torch.float64).requires_grad_()
    for rows in microbatches:
        packed = {key: torch.cat([step[row][key] for row in rows]) for key in step[0]}
        index = torch.cat([torch.full((len(step[row]["old_logp"]),), i) for i, row in enumerate(rows)])
        if interleave:
            order = torch.randperm(len(index), generator=torch.Generator().manual_seed(1))
            packed, index = {key: value[order] for key, value in packed.items()}, index[order]
        logp = packed["features"] @ weights
        losses = LOSSES[loss](logp, packed["old_logp"], packed["advantages"], index)
        losses = losses + 0.1 * kl_estimate(logp, packed["ref_logp"], kind="k3+")
        aggregate_loss(
            losses,
            index,
            kind=kind,
            num_tokens=sum(SEQUENCE_LENGTHS),
            num_sequences=len(SEQUENCE_LENGTHS),
            constant_normalizer=8,
        ).backward()
    return weights.grad


ALL = list(range(len(SEQUENCE_LENGTHS)))


@pytest.mark.parametrize("kind", get_args(LossAggregation))
@pytest.mark.parametrize("loss", LOSSES)
def test_gradient_does_not_depend_on_split_packing_order_or_shards(loss, kind, step):
    expected = gradient(loss, kind, step, [ALL])
    assert expected.abs().max() > 1e-3
    shards = gradient(loss, kind, step, [[0, 2], [5]]) + gradient(loss, kind, step, [[1, 3, 4], [6, 7]])
    for other in (
        gradient(loss, kind, step, [[row] for row in ALL]),
        gradient(loss, kind, step, [[0, 1, 2], [3, 4, 5, 6, 7]]),
        gradient(loss, kind, step, [ALL[::-1]]),
        gradient(loss, kind, step, [ALL], interleave=True),
        shards,
    ):
        assert (other - expected).abs().max() < 1e-12 * expected.abs().max()
