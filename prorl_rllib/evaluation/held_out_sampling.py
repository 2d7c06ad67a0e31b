"""Sample held-out prompts batch by batch, so that what is done can be written down while the rest is sampled."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ray.rllib.env.single_agent_episode import SingleAgentEpisode

from prorl_rllib.env_runners import columns
from prorl_rllib.env_runners.prompt_request import PromptRequest
from prorl_rllib.env_runners.text_env_runner import SamplingSettings, TextEnvRunner


@dataclass(frozen=True)
class SampledPrompt:
    """One prompt and what was sampled for it.

    Attributes:
        index: Its place among the prompts of the evaluation, from 0.
        request: The prompt.
        episodes: In the order of their index in the group; empty if it does not fit the model's context.
    """

    index: int
    request: PromptRequest
    episodes: list[SingleAgentEpisode]


def sample_held_out(
    runner: TextEnvRunner,
    prompts: Sequence[PromptRequest],
    settings: SamplingSettings,
    *,
    prompts_per_batch: int,
    start: int = 0,
) -> Iterator[list[SampledPrompt]]:
    """Sample a group of answers for each prompt with the weights that the runner's model was loaded with.

    Args:
        runner: An env runner whose `model_path` is the model, and whose environment has the held-out tasks.
        prompts: All prompts of the evaluation.
        settings: How many answers a prompt, and how they are sampled.
        prompts_per_batch: Prompts that are sampled side by side, at least 1. With the transformers engine what is
            sampled is a function of the prompts, the settings and this number, to the last bit.
        start: Prompts to pass over, a multiple of `prompts_per_batch`: those of batches that were sampled before.

    Yields:
        The prompts of one batch after another.

    Raises:
        ValueError: if `start` is not the beginning of a batch.
    """
    if start % prompts_per_batch:
        raise ValueError(f"start={start} is within a batch: it must be a multiple of {prompts_per_batch}.")
    for first in range(start, len(prompts), prompts_per_batch):
        batch = prompts[first : first + prompts_per_batch]
        episodes = runner.sample(
            prompts=batch,
            settings=settings,
            weights_version=0,
            prompts_per_batch=prompts_per_batch,
            # Engine and verifiers keep deadlines of their own.
            timeout_s=math.inf,
        )
        yield _by_prompt(first, batch, episodes)


def _by_prompt(
    first: int, batch: Sequence[PromptRequest], episodes: Sequence[SingleAgentEpisode]
) -> list[SampledPrompt]:
    """Sort the episodes of a batch by prompt; `first` is the index of its first one."""
    groups: dict[str, list[SingleAgentEpisode]] = {prompt.group_id: [] for prompt in batch}
    for episode in episodes:
        groups[episode.get_infos(0)[columns.GROUP_ID]].append(episode)
    return [SampledPrompt(first + number, prompt, groups[prompt.group_id]) for number, prompt in enumerate(batch)]
