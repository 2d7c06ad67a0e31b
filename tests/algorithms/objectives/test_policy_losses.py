import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from prorl_rllib.algorithms.objectives import clipped_policy_loss, clipped_tokens

CLIP = {"clip_low": 0.2, "clip_high": 0.4}


def loss_at(ratio, advantage, **kwargs):
    logp = torch.tensor([math.log(ratio)], dtype=torch.float64, requires_grad=True)
    old_logp = torch.zeros(1, dtype=torch.float64)
    loss = clipped_policy_loss(logp, old_logp, torch.tensor([advantage], dtype=torch.float64), **CLIP, **kwargs)
    loss.sum().backward()
    return loss.item(), logp.grad.item()


@pytest.mark.parametrize(
    ("ratio", "advantage", "expected"),
    [(1.5, 1.0, -1.4), (1.3, 1.0, -1.3), (0.5, -1.0, 0.8), (1.5, -1.0, 1.5), (0.5, 1.0, -0.5)],
)
def test_clip_loss_has_the_hand_computed_values(ratio, advantage, expected):
    assert loss_at(ratio, advantage)[0] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("ratio", "advantage", "clipped"),
    [(1.5, 1.0, True), (1.3, 1.0, False), (0.5, -1.0, True), (1.5, -1.0, False), (0.5, 1.0, False)],
)
def test_a_clipped_token_gives_no_gradient_and_is_counted(ratio, advantage, clipped):
    gradient = loss_at(ratio, advantage)[1]
    assert (gradient == 0.0) is clipped
    ratios, advantages = torch.tensor([math.log(ratio)]), torch.tensor([advantage])
    assert bool(clipped_tokens(ratios, torch.zeros(1), advantages, **CLIP)) is clipped


def test_dual_clip_bounds_the_loss_of_negative_advantages_alone():
    assert loss_at(10.0, -1.0, dual_clip=3.0)[0] == pytest.approx(3.0)
    assert loss_at(1.3, 1.0, dual_clip=3.0)[0] == pytest.approx(-1.3)


def test_at_ratio_one_the_gradient_is_that_of_reinforce():
    assert loss_at(1.0, 0.7)[1] == pytest.approx(-0.7)


def test_an_absurd_ratio_stays_finite():
    loss = clipped_policy_loss(torch.tensor([0.0]), torch.tensor([-1e4]), torch.tensor([-1.0]), **CLIP)
    assert torch.isfinite(loss).all()


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="one shape"):
        clipped_policy_loss(torch.zeros(2), torch.zeros(3), torch.zeros(2), **CLIP)


def test_dual_clipped_tokens_give_no_gradient_and_are_counted():
    loss, gradient = loss_at(10.0, -1.0, dual_clip=3.0)
    assert (loss, gradient) == (pytest.approx(3.0), 0.0)
    arguments = (torch.tensor([math.log(10.0)]), torch.zeros(1), torch.tensor([-1.0]))
    assert clipped_tokens(*arguments, **CLIP, dual_clip=3.0).item()
    assert not clipped_tokens(*arguments, **CLIP).item()


@given(
    st.floats(-30, 30),
    st.floats(-5, 5).filter(lambda advantage: abs(advantage) > 1e-6),
    st.sampled_from([None, 3.0]),
)
def test_a_token_is_counted_as_clipped_exactly_where_it_gives_no_gradient(log_ratio, advantage, dual_clip):
    logp = torch.tensor([log_ratio], dtype=torch.float64, requires_grad=True)
    arguments = (torch.zeros(1, dtype=torch.float64), torch.tensor([advantage], dtype=torch.float64))
    loss = clipped_policy_loss(logp, *arguments, **CLIP, dual_clip=dual_clip)
    loss.sum().backward()
    assert torch.isfinite(loss).all()
    if abs(log_ratio) < 20:
        clipped = clipped_tokens(logp.detach(), *arguments, **CLIP, dual_clip=dual_clip)
        assert bool(clipped) == (logp.grad.item() == 0.0)


def test_the_gradient_is_that_of_finite_differences():
    generator = torch.Generator().manual_seed(0)
    logp, old_logp, advantages = torch.randn(3, 16, generator=generator, dtype=torch.float64)
    logp.requires_grad_()
    assert torch.autograd.gradcheck(
        lambda values: clipped_policy_loss(values, old_logp, advantages, **CLIP, dual_clip=3.0), logp
    )


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ({"clip_low": 1.5, "clip_high": 0.4}, r"clip_low must be in \[0, 1\], got 1.5"),
        ({"clip_low": 0.2, "clip_high": -0.1}, "clip_high must be at least 0, got -0.1"),
        ({"clip_low": 0.2, "clip_high": 0.4, "dual_clip": 1.0}, "dual_clip must be above 1, or None, got 1.0"),
    ],
)
def test_a_bound_out_of_range_is_refused(bounds, message):
    with pytest.raises(ValueError, match=message):
        clipped_policy_loss(torch.zeros(2), torch.zeros(2), torch.zeros(2), **bounds)
