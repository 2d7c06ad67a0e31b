import pytest
import torch

from prorl_rllib.algorithms.objectives import grpo_advantages


def test_grpo_advantages_have_the_hand_computed_values():
    advantages = grpo_advantages(torch.tensor([[1.0, 0.0, 0.0, 0.0]], dtype=torch.float64))
    # The unbiased standard deviation is 0.5: 0.75 / (0.5 + 1e-6) and -0.25 / (0.5 + 1e-6).
    expected = torch.tensor([[1.499997, -0.499999, -0.499999, -0.499999]], dtype=torch.float64)
    torch.testing.assert_close(advantages, expected, atol=1e-6, rtol=0)


def test_without_std_the_advantage_is_the_centred_reward():
    advantages = grpo_advantages(torch.tensor([[1.0, 0.0, 0.0, 0.0], [3.0, 1.0, 1.0, 3.0]]), std_normalize=False)
    torch.testing.assert_close(advantages, torch.tensor([[0.75, -0.25, -0.25, -0.25], [1.0, -1.0, -1.0, 1.0]]))


def test_a_constant_group_gets_zero():
    assert grpo_advantages(torch.full((1, 4), 0.7)).abs().max() < 1e-3


def test_an_invalid_entry_leaves_the_statistics_of_its_group():
    rewards = torch.tensor([[1.0, 0.0, 0.0, 0.0, 100.0]])
    valid = torch.tensor([[True, True, True, True, False]])
    advantages = grpo_advantages(rewards, valid)
    torch.testing.assert_close(advantages[:, :4], grpo_advantages(rewards[:, :4]))
    assert advantages[0, 4] == 0.0


def test_no_gradient_flows_through_advantages():
    assert not grpo_advantages(torch.tensor([[1.0, 0.0]], requires_grad=True)).requires_grad


@pytest.mark.parametrize("rewards", [torch.zeros(4), torch.zeros(2, 1)])
def test_a_shape_without_groups_is_refused(rewards):
    with pytest.raises(ValueError, match=r"shape|at least 2"):
        grpo_advantages(rewards)
