"""Learner connectors: from groups of episodes to shaped rewards and advantages.

They run once a rollout batch, on all episodes of this learner, in the order of `learner_connectors`. Dynamic sampling
has chosen the groups before, by the verifier's scores alone. Each connector writes into `episode.custom_data`.
"""

from collections.abc import Callable
from typing import Any

import torch
from ray.rllib.connectors.connector_v2 import ConnectorV2
from ray.rllib.env.single_agent_episode import SingleAgentEpisode
from ray.rllib.utils.annotations import override
from torch import Tensor

from prorl_rllib.algorithms.objectives import (
    batch_std_advantages,
    cosine_length_penalty,
    cosine_penalty_is_on,
    grpo_advantages,
    reinforce_plus_plus_baseline_advantages,
    rloo_advantages,
    shaped_rewards,
    soft_overlong_penalty,
)
from prorl_rllib.env_runners import columns
from prorl_rllib.evaluation.episode_facts import completion_length, is_truncated

SHAPED_REWARD = "shaped_reward"
ADVANTAGE = "advantage"
KL_PENALTY = "kl_penalty"
"""Keys of `episode.custom_data`; the last is filled in by the learner where the KL term is in the reward."""
UPDATE = "update"
ALL_REDUCE = "all_reduce"
"""Keys of `shared_data`: the number of the update, from 0, and the sum of a tensor over learners."""

Group = list[SingleAgentEpisode]


def learner_connectors(config: Any) -> list[ConnectorV2]:
    """Return the connectors in order: shape the rewards, subtract the KL term if it is there, compute advantages.

    Args:
        config: A `ProRLConfig`. A connector reads it at each call, since a stage may change it.
    """
    return [ShapeRewards(config), PenalizeKL(config), ComputeAdvantages(config)]


class _EpisodeConnector(ConnectorV2):
    """A connector that reads the config and writes into episodes."""

    def __init__(self, config: Any) -> None:
        super().__init__()
        self._config = config


class ShapeRewards(_EpisodeConnector):
    """Writes each episode's return under the length shaping in force.

    `R' = c R + soft_overlong_penalty P + weight eta`, with the truncation coefficient c, DAPO's penalty P and the
    cosine eta of v2 while its cycle is on. The length is that of all sampled tokens of the episode.
    """

    @override(ConnectorV2)
    def __call__(
        self, *, batch: dict[str, Any], episodes: Group, shared_data: dict[str, Any], **kwargs: Any
    ) -> dict[str, Any]:
        """Shape the rewards.

        Args:
            batch: Passed through.
            episodes: Finished episodes.
            shared_data: Has the number of the update.
            **kwargs: What RLlib passes to a connector.
        """
        config = self._config
        rewards = torch.tensor([episode.get_return() for episode in episodes], dtype=torch.float64)
        truncated = torch.tensor([is_truncated(episode) for episode in episodes], dtype=torch.bool)
        lengths = torch.tensor([completion_length(episode) for episode in episodes])
        coefficient = config.truncation_coefficient
        shaped = shaped_rewards(
            rewards,
            truncated,
            truncated_coeff=1.0 if coefficient is None else coefficient,
            overlong_penalty=_overlong(config, lengths),
            overlong_coeff=config.soft_overlong_penalty,
            cosine_penalty=_cosine(config, lengths, shared_data[UPDATE]),
            cosine_coeff=config.cosine_length["weight"] if config.cosine_length else 1.0,
        )
        for episode, reward in zip(episodes, shaped.tolist(), strict=True):
            episode.custom_data[SHAPED_REWARD] = reward
        return batch


def _overlong(config: Any, lengths: Tensor) -> Tensor | None:
    if config.soft_overlong_buffer is None:
        return None
    return soft_overlong_penalty(
        lengths, max_length=config.max_completion_length, cache_length=config.soft_overlong_buffer
    )


def cosine_length_is_on(config: Any, update: int) -> bool:
    """Return whether the cosine length penalty is in force.

    Args:
        config: A `ProRLConfig`.
        update: Number of the update, from 0.
    """
    cycle = {"updates_on": config.cosine_length_on, "updates_off": config.cosine_length_off}
    return config.cosine_length is not None and cosine_penalty_is_on(update, **cycle)


def _cosine(config: Any, lengths: Tensor, update: int) -> Tensor | None:
    if not cosine_length_is_on(config, update):
        return None
    bounds = config.cosine_length
    return cosine_length_penalty(
        lengths, max_length=config.max_completion_length, eta_min=bounds["min"], eta_max=bounds["max"]
    )


class PenalizeKL(_EpisodeConnector):
    """Subtracts the KL term from the shaped reward where `kl_placement` is "reward"."""

    @override(ConnectorV2)
    def __call__(self, *, batch: dict[str, Any], episodes: Group, **kwargs: Any) -> dict[str, Any]:
        """Subtract the KL term.

        Args:
            batch: Passed through.
            episodes: Episodes with their shaped reward and, where it is subtracted, their KL term.
            **kwargs: What RLlib passes to a connector.
        """
        if self._config.kl_placement == "reward":
            for episode in episodes:
                episode.custom_data[SHAPED_REWARD] -= episode.custom_data[KL_PENALTY]
        return batch


class ComputeAdvantages(_EpisodeConnector):
    """Writes each episode's advantage, by the estimator that the config names."""

    @override(ConnectorV2)
    def __call__(
        self, *, batch: dict[str, Any], episodes: Group, shared_data: dict[str, Any], **kwargs: Any
    ) -> dict[str, Any]:
        """Compute the advantages of all groups among `episodes`.

        Args:
            batch: Passed through.
            episodes: Episodes of whole groups, with their shaped reward.
            shared_data: Has the sum over learners, for the statistics of a batch.
            **kwargs: What RLlib passes to a connector.
        """
        groups = _by_group(episodes)
        rewards, valid = _padded(groups, lambda episode: episode.custom_data[SHAPED_REWARD])
        lengths, _ = _padded(groups, completion_length)
        advantages = group_advantages(self._config, rewards, valid, lengths, shared_data[ALL_REDUCE])
        for group, row in zip(groups, advantages.tolist(), strict=True):
            for episode, advantage in zip(group, row, strict=False):
                episode.custom_data[ADVANTAGE] = advantage
        return batch


def group_advantages(
    config: Any, rewards: Tensor, valid: Tensor, lengths: Tensor, all_reduce: Callable[[Tensor], Tensor]
) -> Tensor:
    """Compute advantages by the estimator that the config names.

    Args:
        config: A `ProRLConfig`.
        rewards: `[groups, n]` float64, of this learner's groups of the rollout batch.
        valid: `[groups, n]` bool, False where a group has no such episode.
        lengths: `[groups, n]` sampled tokens.
        all_reduce: Sums a tensor over learners.

    Returns:
        `[groups, n]`.
    """
    estimator = config.advantage_estimator
    if estimator == "grpo":
        return grpo_advantages(rewards, valid, std_normalize=config.advantage_std_normalize, eps=config.advantage_eps)
    if estimator == "rloo":
        return rloo_advantages(rewards, valid)
    if estimator == "batch_std":
        return batch_std_advantages(rewards, valid, eps=config.advantage_eps, all_reduce=all_reduce)
    by_token = config.advantage_statistics == "token"
    return reinforce_plus_plus_baseline_advantages(
        rewards, valid, lengths=lengths if by_token else None, all_reduce=all_reduce
    )


def _by_group(episodes: Group) -> list[Group]:
    groups: dict[str, Group] = {}
    for episode in episodes:
        groups.setdefault(episode.get_infos(0)[columns.GROUP_ID], []).append(episode)
    return list(groups.values())


def _padded(groups: list[Group], value: Callable[[SingleAgentEpisode], float]) -> tuple[Tensor, Tensor]:
    """Return `[groups, n]` float64 values, 0 where a group is smaller, and where there are values."""
    size = max((len(group) for group in groups), default=0)
    values = torch.zeros((len(groups), size), dtype=torch.float64)
    valid = torch.zeros((len(groups), size), dtype=torch.bool)
    for row, group in enumerate(groups):
        values[row, : len(group)] = torch.tensor([value(episode) for episode in group], dtype=torch.float64)
        valid[row, : len(group)] = True
    return values, valid
