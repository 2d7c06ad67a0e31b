"""Learner connectors: from groups of episodes to advantages and token tensors."""

from typing import Any

import numpy as np
import torch
from ray.rllib.connectors.connector_v2 import ConnectorV2
from ray.rllib.core import DEFAULT_MODULE_ID
from ray.rllib.env.single_agent_episode import SingleAgentEpisode
from ray.rllib.utils.annotations import override

from prorl_rllib.algorithms.objectives import grpo_advantages
from prorl_rllib.env_runners import columns

TOKENS = "tokens"
COMPLETION_MASK = "completion_mask"
OLD_LOGPROBS = "old_logprobs"
ADVANTAGES = "advantages"
LENGTHS = "lengths"


class GroupRelativeAdvantage(ConnectorV2):
    """Writes each episode's advantage, relative to its group, into `episode.custom_data`.

    Args:
        std_normalize: Divide by the group's standard deviation.
        eps: Added to it.
    """

    def __init__(self, *, std_normalize: bool, eps: float) -> None:
        super().__init__()
        self._std_normalize = std_normalize
        self._eps = eps

    @override(ConnectorV2)
    def __call__(self, *, batch: dict[str, Any], episodes: list[SingleAgentEpisode], **kwargs: Any) -> dict[str, Any]:
        """Compute the advantages of all groups among `episodes`.

        Args:
            batch: Passed through.
            episodes: Episodes of whole groups.
            **kwargs: What RLlib passes to a connector.
        """
        groups: dict[str, list[SingleAgentEpisode]] = {}
        for episode in episodes:
            groups.setdefault(episode.get_infos(0)[columns.GROUP_ID], []).append(episode)
        for group in groups.values():
            rewards = torch.tensor([[episode.get_return() for episode in group]], dtype=torch.float64)
            advantages = grpo_advantages(rewards, std_normalize=self._std_normalize, eps=self._eps)
            for episode, advantage in zip(group, advantages[0].tolist(), strict=True):
                episode.custom_data[ADVANTAGES] = advantage
        return batch


class EpisodesToTokens(ConnectorV2):
    """Lays episodes out as right-padded token rows, exactly as the model saw and sampled them."""

    @override(ConnectorV2)
    def __call__(self, *, batch: dict[str, Any], episodes: list[SingleAgentEpisode], **kwargs: Any) -> dict[str, Any]:
        """Add the module's batch.

        Args:
            batch: Gets the entry of the default module: `tokens` `[B, T]` int64, `completion_mask` `[B, T]` bool (True
                for sampled tokens), `old_logprobs` `[B, T]` float32 (of the sampled tokens, 0 elsewhere), `advantages`
                `[B]` float32, `lengths` `[B]` int64.
            episodes: Episodes with their advantage in `custom_data`.
            **kwargs: What RLlib passes to a connector.
        """
        rows = [episode_tokens(episode) for episode in episodes]
        width = max(len(tokens) for tokens, _, _ in rows)
        shape = (len(rows), width)
        tokens, mask, logprobs = np.zeros(shape, np.int64), np.zeros(shape, bool), np.zeros(shape, np.float32)
        for row, (row_tokens, row_mask, row_logprobs) in enumerate(rows):
            tokens[row, : len(row_tokens)] = row_tokens
            mask[row, : len(row_tokens)] = row_mask
            logprobs[row, : len(row_tokens)] = row_logprobs
        batch[DEFAULT_MODULE_ID] = {
            TOKENS: tokens,
            COMPLETION_MASK: mask,
            OLD_LOGPROBS: logprobs,
            ADVANTAGES: np.array([episode.custom_data[ADVANTAGES] for episode in episodes], np.float32),
            LENGTHS: np.array([len(row_tokens) for row_tokens, _, _ in rows], np.int64),
        }
        return batch


def episode_tokens(episode: SingleAgentEpisode) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return one episode's tokens: observation, answer, observation, answer, and so on.

    Args:
        episode: An episode of a `TextEnvRunner`.

    Returns:
        `[T]` token ids, `[T]` bool (True for sampled tokens), `[T]` log-probabilities (0 where not sampled).
    """
    parts: list[np.ndarray] = []
    masks: list[np.ndarray] = []
    logprobs: list[np.ndarray] = []
    for turn in range(len(episode)):
        observation = np.asarray(episode.get_infos(turn)[columns.OBSERVATION_TOKEN_IDS], np.int64)
        answer = np.asarray(episode.get_extra_model_outputs(columns.TOKEN_IDS, turn), np.int64)
        parts += [observation, answer]
        masks += [np.zeros(len(observation), bool), np.ones(len(answer), bool)]
        logprobs += [
            np.zeros(len(observation), np.float32),
            np.asarray(episode.get_extra_model_outputs(columns.LOGPROBS, turn), np.float32),
        ]
    return np.concatenate(parts), np.concatenate(masks), np.concatenate(logprobs)
