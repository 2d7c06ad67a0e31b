import pytest
import torch

from prorl_rllib.algorithms.objectives import position_specific_advantages

# Three rollouts of one prompt, of 3, 1 and 2 steps; what lies behind the end must not count.
REWARDS = torch.tensor([[1.0, 2.0, 3.0], [2.0, 9.0, 9.0], [0.0, 1.0, 9.0]])
LENGTHS = torch.tensor([3, 1, 2])


def test_advantages_have_the_hand_computed_values():
    # Returns-to-go [6, 5, 3], [2], [1, 1]; each position's mean is 3.
    expected = torch.tensor([[3.0, 2.0, 0.0], [-1.0, 0.0, 0.0], [-2.0, -2.0, 0.0]])
    torch.testing.assert_close(position_specific_advantages(REWARDS, LENGTHS), expected)


def test_with_the_stop_as_an_action_the_baselines_count_those_who_stopped():
    # Baselines 3, 2, 1.5, 0.
    expected = torch.tensor([[3.0, 3.0, 1.5, 0.0], [-1.0, -2.0, 0.0, 0.0], [-2.0, -1.0, -1.5, 0.0]])
    torch.testing.assert_close(position_specific_advantages(REWARDS, LENGTHS, stop_is_action=True), expected)


def test_no_gradient_flows_through_advantages():
    assert not position_specific_advantages(REWARDS.clone().requires_grad_(), LENGTHS).requires_grad


def test_lengths_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"lengths must be in 0..3, got \[3, 4, 2\]"):
        position_specific_advantages(REWARDS, torch.tensor([3, 4, 2]))
    with pytest.raises(ValueError, match="must have shape"):
        position_specific_advantages(REWARDS, LENGTHS[:2])
