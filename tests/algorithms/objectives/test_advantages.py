import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from prorl_rllib.algorithms.objectives import dr_grpo_advantages, grpo_advantages, rloo_advantages


def test_grpo_advantages_have_the_hand_computed_values():
    advantages = grpo_advantages(torch.tensor([[1.0, 0.0, 0.0, 0.0]], dtype=torch.float64))
    # The unbiased standard deviation is 0.5: 0.75 / (0.5 + 1e-6) and -0.25 / (0.5 + 1e-6).
    expected = torch.tensor([[1.499997, -0.499999, -0.499999, -0.499999]], dtype=torch.float64)
    torch.testing.assert_close(advantages, expected, atol=1e-6, rtol=0)


def test_with_the_population_std_grpo_would_be_steeper():
    """The convention matters: dividing by n instead of n - 1 gives the other published numbers."""
    biased = grpo_advantages(torch.tensor([[1.0, 0.0, 0.0, 0.0]], dtype=torch.float64), eps=0.0) * (4 / 3) ** 0.5
    expected = torch.tensor([[1.732047, -0.577349, -0.577349, -0.577349]], dtype=torch.float64)
    torch.testing.assert_close(biased, expected, atol=5e-6, rtol=0)


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


ESTIMATORS = [grpo_advantages, dr_grpo_advantages, rloo_advantages]


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_no_gradient_flows_through_advantages(estimator):
    assert not estimator(torch.tensor([[1.0, 0.0]], requires_grad=True)).requires_grad


def test_dr_grpo_advantages_are_the_centred_rewards():
    torch.testing.assert_close(
        dr_grpo_advantages(torch.tensor([[1.0, 0.0, 0.0, 0.0]])), torch.tensor([[0.75, -0.25, -0.25, -0.25]])
    )


def test_rloo_subtracts_the_mean_of_the_others():
    # 1 - (0 + 0 + 0) / 3, and 0 - (1 + 0 + 0) / 3.
    third = 1 / 3
    torch.testing.assert_close(
        rloo_advantages(torch.tensor([[1.0, 0.0, 0.0, 0.0]])), torch.tensor([[1.0, -third, -third, -third]])
    )


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("outlier", [100.0, float("nan"), float("inf")])
def test_an_invalid_entry_changes_nothing_but_itself(estimator, outlier):
    rewards = torch.tensor([[1.0, 0.0, outlier, 0.0, 0.5], [0.0, outlier, 1.0, outlier, 1.0]])
    valid = rewards.isfinite() & (rewards < 2)
    advantages = estimator(rewards, valid)
    for row in range(2):
        alone = estimator(rewards[row][valid[row]][None])[0]
        torch.testing.assert_close(advantages[row][valid[row]], alone)
    assert (advantages[~valid] == 0).all()


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=8), st.floats(-1e3, 1e3), st.floats(0.1, 10.0))
def test_an_offset_changes_no_advantage_and_a_scale_only_those_without_std(rewards, offset, scale):
    values = torch.tensor([rewards], dtype=torch.float64)
    other = values * scale + offset
    for estimator in (dr_grpo_advantages, rloo_advantages):
        torch.testing.assert_close(estimator(other), estimator(values) * scale, atol=1e-8, rtol=1e-8)
    if values.std() > 0.1:
        torch.testing.assert_close(
            grpo_advantages(other, eps=0.0), grpo_advantages(values, eps=0.0), atol=1e-6, rtol=1e-6
        )


@given(st.lists(st.floats(0, 1), min_size=2, max_size=8))
def test_the_advantages_of_a_group_sum_to_zero(rewards):
    for estimator in ESTIMATORS:
        assert abs(float(estimator(torch.tensor([rewards], dtype=torch.float64)).sum())) < 1e-8


def test_a_mask_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"shape of rewards \(1, 4\), got \(4,\)"):
        grpo_advantages(torch.zeros(1, 4), torch.ones(4, dtype=torch.bool))


@pytest.mark.parametrize("rewards", [torch.zeros(4), torch.zeros(2, 1)])
def test_a_shape_without_groups_is_refused(rewards):
    with pytest.raises(ValueError, match=r"shape|at least 2"):
        grpo_advantages(rewards)
