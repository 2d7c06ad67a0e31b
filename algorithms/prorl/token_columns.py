"""From episodes to right-padded token rows, exactly as the model saw and sampled them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from ray.rllib.env.single_agent_episode import SingleAgentEpisode
from torch import Tensor

from prorl_rllib.env_runners import columns


@dataclass(frozen=True)
class TokenColumns:
    """Episodes as rows.

    Attributes:
        tokens: `[B, T]` int64, right-padded.
        completion_mask: `[B, T]` bool, True for sampled tokens.
        sampler_logprobs: `[N]` float32, of the sampled tokens under the sampler, in row-major order of the mask.
        lengths: `[B]` int64, tokens of each row.
    """

    tokens: Tensor
    completion_mask: Tensor
    sampler_logprobs: Tensor
    lengths: Tensor


def token_columns(episodes: Sequence[SingleAgentEpisode], device: torch.device | None = None) -> TokenColumns:
    """Lay episodes out as right-padded token rows.

    Args:
        episodes: Episodes of a `TextEnvRunner`.
        device: Where the tensors go.
    """
    rows = [episode_tokens(episode) for episode in episodes]
    shape = (len(rows), max((len(tokens) for tokens, _, _ in rows), default=0))
    tokens, mask, logprobs = np.zeros(shape, np.int64), np.zeros(shape, bool), np.zeros(shape, np.float32)
    for row, (row_tokens, row_mask, row_logprobs) in enumerate(rows):
        tokens[row, : len(row_tokens)] = row_tokens
        mask[row, : len(row_tokens)] = row_mask
        logprobs[row, : len(row_tokens)] = row_logprobs
    lengths = np.array([len(row_tokens) for row_tokens, _, _ in rows], np.int64)
    values = (torch.from_numpy(value).to(device) for value in (tokens, mask, logprobs[mask], lengths))
    return TokenColumns(*values)


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
