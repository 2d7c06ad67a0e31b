import math

import pytest
import torch

from prorl_rllib.algorithms.objectives import cispo_clipped_tokens, cispo_policy_loss


def gradient_at(ratio, advantage, **bounds):
    logp = torch.tensor([-1.0], dtype=torch.float64, requires_grad=True)
    old_logp = torch.tensor([-1.0 - math.log(ratio)], dtype=torch.float64)
    loss = cispo_policy_loss(logp, old_logp, torch.tensor([advantage], dtype=torch.float64), **bounds)
    loss.backward()
    return loss.item(), logp.grad.item(), cispo_clipped_tokens(logp, old_logp, **bounds).item()


@pytest.mark.parametrize(
    ("ratio", "advantage", "bounds", "weight", "clipped"),
    [
        (1.3, 2.0, {"clip_high": 0.5}, 1.3, False),
        (4.0, 2.0, {"clip_high": 0.5}, 1.5, True),
        (4.0, -2.0, {"clip_high": 0.5}, 1.5, True),
        (0.1, 2.0, {"clip_high": 0.5}, 0.1, False),
        (0.1, 2.0, {"clip_high": 0.5, "clip_low": 0.2}, 0.8, True),
    ],
)
def test_a_clipped_weight_keeps_its_gradient(ratio, advantage, bounds, weight, clipped):
    loss, gradient, is_clipped = gradient_at(ratio, advantage, **bounds)
    assert gradient == pytest.approx(-advantage * weight)
    # logp is -1.
    assert loss == pytest.approx(advantage * weight)
    assert is_clipped is clipped


def test_on_policy_the_gradient_is_that_of_reinforce():
    assert gradient_at(1.0, 0.7, clip_high=0.0)[1] == pytest.approx(-0.7)


def test_an_absurd_ratio_stays_finite():
    old_logp = torch.tensor([-1e4, 1e4])
    assert torch.isfinite(cispo_policy_loss(torch.zeros(2), old_logp, torch.ones(2), clip_high=float("inf"))).all()


def test_wrong_arguments_are_refused():
    with pytest.raises(ValueError, match="one shape"):
        cispo_policy_loss(torch.zeros(2), torch.zeros(3), torch.zeros(2), clip_high=1.0)
    with pytest.raises(ValueError, match="clip_high must be at least 0, got -1"):
        cispo_policy_loss(torch.zeros(2), torch.zeros(2), torch.zeros(2), clip_high=-1)
