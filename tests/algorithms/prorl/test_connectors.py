"""Reward shaping and advantages, computed by hand."""

import numpy as np
import pytest
import torch
from ray.rllib.env.single_agent_episode import SingleAgentEpisode

from prorl_rllib.algorithms import ProRLConfig
from prorl_rllib.algorithms.prorl import connectors
from prorl_rllib.algorithms.prorl.signal import has_signal
from prorl_rllib.env_runners import columns
from prorl_rllib.envs import TextSpace


def episode(reward, length, *, group="a", finish_reason="stop", turns=1):
    space = TextSpace()
    made = SingleAgentEpisode(observation_space=space, action_space=space)
    made.add_env_reset(observation="", infos={columns.GROUP_ID: group, columns.OBSERVATION_TOKEN_IDS: [3]})
    for turn in range(turns):
        last = turn == turns - 1
        outputs = {
            columns.TOKEN_IDS: (3,) * length,
            columns.LOGPROBS: np.zeros(length, np.float32),
            columns.FINISH_REASON: finish_reason,
        }
        made.add_env_step("", "", reward if last else 0.0, infos={}, terminated=last, extra_model_outputs=outputs)
    return made


def run(config, episodes, *, update=0, all_reduce=lambda tensor: tensor):
    for connector in connectors.learner_connectors(config):
        shared_data = {connectors.UPDATE: update, connectors.ALL_REDUCE: all_reduce}
        connector(rl_module=None, batch={}, episodes=episodes, shared_data=shared_data)
    return [e.custom_data[connectors.SHAPED_REWARD] for e in episodes]


def advantages(episodes):
    return [e.custom_data[connectors.ADVANTAGE] for e in episodes]


def config_with(*, max_completion_length=100, **rewards):
    return ProRLConfig().generation(max_completion_length=max_completion_length).rewards(**rewards)


def test_without_shaping_a_reward_is_the_verifiers_score():
    assert run(config_with(), [episode(1.0, 3), episode(0.25, 100, finish_reason="length")]) == [1.0, 0.25]


def test_the_truncation_coefficient_scales_what_ran_into_the_limit():
    episodes = [episode(1.0, 50), episode(1.0, 100, finish_reason="length"), episode(0.5, 100, finish_reason="length")]
    assert run(config_with(truncation_coefficient=0.2), episodes) == pytest.approx([1.0, 0.2, 0.1])
    assert run(config_with(truncation_coefficient=0.0), episodes) == [1.0, 0.0, 0.0]


def test_the_soft_overlong_penalty_falls_over_the_buffer():
    episodes = [episode(1.0, length) for length in (80, 90, 100)]
    config = config_with(soft_overlong_buffer=20, soft_overlong_penalty=0.5)
    # 0 until 80 tokens, then down to -0.5 at 100.
    assert run(config, episodes) == pytest.approx([1.0, 0.75, 0.5])


def test_the_cosine_length_penalty_falls_from_max_to_min_and_is_weighted():
    episodes = [episode(1.0, length) for length in (0, 50, 100)]
    config = config_with(cosine_length={"min": -0.5, "max": 0.0, "weight": 2.0})
    assert run(config, episodes) == pytest.approx([1.0, 0.5, 0.0])


def test_the_cosine_length_penalty_keeps_its_cycle():
    config = config_with(
        cosine_length={"min": -0.5, "max": 0.0, "weight": 1.0}, cosine_length_on=2, cosine_length_off=3
    )
    rewards = [run(config, [episode(1.0, 100), episode(0.0, 0)], update=update)[0] for update in range(8)]
    assert rewards == pytest.approx([0.5, 0.5, 1.0, 1.0, 1.0, 0.5, 0.5, 1.0])


def test_the_factor_comes_before_the_terms_that_are_added():
    config = config_with(
        truncation_coefficient=0.5,
        soft_overlong_buffer=20,
        cosine_length={"min": -0.5, "max": 0.0, "weight": 1.0},
    )
    # 1.0 * 0.5 - 1.0 - 0.5
    assert run(config, [episode(1.0, 100, finish_reason="length"), episode(0.0, 0)])[0] == pytest.approx(-1.0)


def test_the_length_of_an_episode_is_that_of_all_its_turns():
    config = config_with(cosine_length={"min": -0.5, "max": 0.0, "weight": 1.0})
    assert run(config, [episode(1.0, 25, turns=2), episode(1.0, 50)]) == pytest.approx([0.75, 0.75])


def test_the_kl_term_is_subtracted_after_the_shaping():
    config = config_with(truncation_coefficient=0.5).training(kl_placement="reward")
    episodes = [episode(1.0, 100, finish_reason="length"), episode(0.0, 10)]
    for made, penalty in zip(episodes, (0.125, -0.25), strict=True):
        made.custom_data[connectors.KL_PENALTY] = penalty
    assert run(config, episodes) == pytest.approx([0.375, 0.25])


def test_signal_is_judged_by_the_raw_scores_and_not_by_the_shaped_ones():
    group = [episode(1.0, 10), episode(1.0, 90), episode(1.0, 50)]
    shaped = run(config_with(cosine_length={"min": -0.5, "max": 0.0, "weight": 1.0}), group)
    assert len(set(shaped)) == 3
    assert not has_signal(group)


def test_each_estimator_gives_the_advantages_of_its_formula():
    rewards, lengths = [[1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 0.0]], [[2, 4, 4, 6], [3, 3, 2, 8]]
    expected = {
        ("grpo", "trajectory"): [1.499997, *[-0.499999] * 3, *[0.499999] * 3, -1.499997],
        ("rloo", "trajectory"): [1.0, *[-1 / 3] * 3, *[1 / 3] * 3, -1.0],
        ("reinforce_plus_plus_baseline", "trajectory"): [1.732051, *[-0.577350] * 3, *[0.577350] * 3, -1.732051],
        ("reinforce_plus_plus_baseline", "token"): [2.187975, *[-0.145865] * 3, *[1.021055] * 3, -1.312785],
        # Eight rewards, four of them 1: unbiased standard deviation (2 / 7) ** 0.5.
        ("batch_std", "trajectory"): [1.403120, *[-0.467707] * 3, *[0.467707] * 3, -1.403120],
    }
    for (estimator, statistics), values in expected.items():
        config = config_with().training(advantage_estimator=estimator, advantage_statistics=statistics)
        episodes = [
            episode(reward, length, group=str(number))
            for number, row in enumerate(zip(rewards, lengths, strict=True))
            for reward, length in zip(*row, strict=True)
        ]
        run(config, episodes)
        assert advantages(episodes) == pytest.approx(values, abs=1e-5), estimator


def test_groups_may_have_lost_episodes():
    episodes = [
        episode(1.0, 2),
        episode(0.0, 2),
        episode(0.0, 2),
        episode(1.0, 2, group="b"),
        episode(0.0, 2, group="b"),
    ]
    run(config_with().training(advantage_std_normalize=False), episodes)
    assert advantages(episodes) == pytest.approx([2 / 3, -1 / 3, -1 / 3, 0.5, -0.5])


def test_batch_statistics_are_summed_over_learners():
    first = [episode(1.0, 2), episode(0.0, 2)]
    second = [episode(4.0, 2, group="b"), episode(0.0, 2, group="b")]
    config = config_with().training(advantage_estimator="batch_std")
    run(config, [*first, *second])
    whole = advantages(first)
    shares = []
    run(config, second, all_reduce=lambda share: shares.append(share) or share)
    run(config, first, all_reduce=lambda share: share + shares[0])
    assert advantages(first) == pytest.approx(whole)


def test_a_stage_changes_the_shaping_of_the_next_batch():
    config = config_with()
    pipeline = connectors.learner_connectors(config)
    config.rewards(truncation_coefficient=0.5)
    made = episode(1.0, 100, finish_reason="length")
    pipeline[0](batch={}, episodes=[made], shared_data={connectors.UPDATE: 0})
    assert made.custom_data[connectors.SHAPED_REWARD] == 0.5


def test_advantages_are_float64_until_the_loss():
    rewards = torch.tensor([[1.0, 0.0]], dtype=torch.float64)
    valid = torch.ones_like(rewards, dtype=torch.bool)
    assert connectors.group_advantages(ProRLConfig(), rewards, valid, rewards, lambda x: x).dtype == torch.float64
