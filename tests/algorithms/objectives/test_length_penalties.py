import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from prorl_rllib.algorithms.objectives import (
    cosine_length_penalty,
    cosine_penalty_is_on,
    scale_truncated,
    shaped_rewards,
    soft_overlong_penalty,
)

COSINE = {"max_length": 8192, "eta_min": -0.5, "eta_max": 0.0}


@pytest.mark.parametrize(("length", "expected"), [(0, 0.0), (4096, -0.25), (8192, -0.5), (9000, -0.5)])
def test_the_cosine_penalty_has_the_hand_computed_values(length, expected):
    assert cosine_length_penalty(torch.tensor([length]), **COSINE).item() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("length", "expected"), [(0, 0.0), (16384, 0.0), (18432, -0.5), (20480, -1.0), (20481, -1.0)])
def test_the_soft_overlong_penalty_has_the_hand_computed_values(length, expected):
    penalty = soft_overlong_penalty(torch.tensor([length]), max_length=20480, cache_length=4096)
    assert penalty.item() == pytest.approx(expected)


@given(st.lists(st.integers(0, 10_000), min_size=2, max_size=2), st.integers(1, 9000))
def test_a_longer_completion_is_never_better_off(lengths, max_length):
    shorter, longer = sorted(lengths)
    both = torch.tensor([shorter, longer])
    cosine = cosine_length_penalty(both, max_length=max_length, eta_min=-0.5, eta_max=0.25)
    overlong = soft_overlong_penalty(both, max_length=max_length, cache_length=max(1, max_length // 4))
    assert cosine[0] >= cosine[1] and overlong[0] >= overlong[1]
    assert cosine.min() >= -0.5 and cosine.max() <= 0.25
    assert overlong.min() >= -1.0 and overlong.max() <= 0.0


def test_a_truncated_completion_keeps_a_share_of_its_reward():
    rewards = torch.tensor([1.0, 0.5, 1.0])
    truncated = torch.tensor([True, True, False])
    assert scale_truncated(rewards, truncated, coeff=0.0).tolist() == [0.0, 0.0, 1.0]
    assert scale_truncated(rewards, truncated, coeff=0.5).tolist() == [0.5, 0.25, 1.0]
    assert torch.equal(scale_truncated(rewards, truncated, coeff=1.0), rewards)


def test_the_penalty_is_on_for_100_updates_and_off_for_500():
    states = [cosine_penalty_is_on(update) for update in range(1300)]
    assert states == ([True] * 100 + [False] * 500) * 2 + [True] * 100


def test_a_schedule_without_off_is_always_on_and_without_on_never():
    assert all(cosine_penalty_is_on(update, updates_on=1, updates_off=0) for update in range(5))
    assert not any(cosine_penalty_is_on(update, updates_on=0, updates_off=3) for update in range(5))


def test_the_factor_comes_first_and_never_shrinks_a_penalty():
    lengths = torch.tensor([8, 8, 2])
    shaped = shaped_rewards(
        torch.tensor([1.0, 1.0, 1.0]),
        torch.tensor([True, False, False]),
        truncated_coeff=0.5,
        overlong_penalty=soft_overlong_penalty(lengths, max_length=8, cache_length=4),
        overlong_coeff=0.4,
        cosine_penalty=cosine_length_penalty(lengths, max_length=8, eta_min=-1.0, eta_max=0.0),
        cosine_coeff=0.1,
    )
    # 0.5 * 1 - 0.4 - 0.1; 1 - 0.4 - 0.1; 1 + 0 - 0.1 * (1 - cos(pi / 4)) / 2.
    torch.testing.assert_close(shaped, torch.tensor([0.0, 0.5, 0.98535534]))


def test_without_settings_the_rewards_stay_as_they_are():
    rewards = torch.rand(5, generator=torch.Generator().manual_seed(0))
    assert torch.equal(shaped_rewards(rewards, torch.ones(5, dtype=torch.bool)), rewards)


@pytest.mark.parametrize("coeff", [-0.1, 1.1, float("nan")])
def test_a_coefficient_out_of_range_is_refused(coeff):
    with pytest.raises(ValueError, match=rf"in \[0, 1\], got {coeff}"):
        scale_truncated(torch.zeros(1), torch.ones(1, dtype=torch.bool), coeff=coeff)


def test_lengths_that_do_not_fit_are_refused():
    lengths = torch.tensor([1])
    with pytest.raises(ValueError, match=r"cache_length must be in 1..8 \(8\)|cache_length must be in 1..max_length"):
        soft_overlong_penalty(lengths, max_length=8, cache_length=9)
    with pytest.raises(ValueError, match="max_length must be at least 1, got 0"):
        cosine_length_penalty(lengths, max_length=0, eta_min=-1.0, eta_max=0.0)
    with pytest.raises(ValueError, match=r"eta_min must be at most eta_max \(0.0\), got 0.5"):
        cosine_length_penalty(lengths, max_length=8, eta_min=0.5, eta_max=0.0)
    with pytest.raises(ValueError, match="update must be at least 0, got -1"):
        cosine_penalty_is_on(-1)
    with pytest.raises(ValueError, match="not both 0, got 0 and 0"):
        cosine_penalty_is_on(0, updates_on=0, updates_off=0)
