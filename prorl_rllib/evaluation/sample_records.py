"""One sampled answer with its verdict as a record of plain values."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, FiniteFloat, NonNegativeInt, ValidationInfo, field_validator
from ray.rllib.env.single_agent_episode import SingleAgentEpisode

from prorl_rllib.env_runners import columns
from prorl_rllib.envs.task import Message, Status, prompt_text
from prorl_rllib.evaluation.episode_facts import completion_length, domain_of, has_verdict, is_correct, verdict_of
from prorl_rllib.evaluation.held_out_sampling import SampledPrompt


class SampleRecord(BaseModel):
    """One answer to one prompt. Frozen.

    Attributes:
        task_id: The task's stable id; None if the environment names none.
        domain: The task's domain, "default" if the environment names none.
        dataset: The data set or generator the task is from; None if the environment names none.
        prompt_index: Place of the prompt in the evaluation, from 0; the answers that share it are one group.
        group_id: The prompt's id, as in training.
        sample_index: Place of the answer in its group, from 0.
        seed: The group's: it and `sample_index` are the only source of randomness of the answer.
        prompt: What the model was asked, as text; a chat of several messages as JSON.
        prompt_tokens: Length of the rendered prompt in tokens.
        response: All that the model wrote, of several turns the last one.
        later_turns: The messages that follow the prompt, in an episode of several turns; None in one of one turn.
        num_tokens: Tokens that were sampled, over all turns.
        logprob_sum: Sum of their log-probabilities in nats, under the distribution that was sampled from.
        finish_reason: "stop", or "length" if the last turn ran into the limit.
        reward: The episode's return; None if it is no finite number.
        correct: Whether the reward is the full score of 1; False where `judged` is.
        status: The verdict's; None if the environment gives none.
        answer: What the verifier took out of the response; None if nothing.
        detail: The verifier's reason in a few words.
        isolation_level: How well a program was isolated (docs/safety.md); None where none was run.
        judged: False if the verification failed: the reward means nothing then.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    task_id: str | None
    domain: str
    dataset: str | None
    prompt_index: NonNegativeInt
    group_id: str
    sample_index: NonNegativeInt
    seed: int
    prompt: str
    prompt_tokens: NonNegativeInt
    response: str
    later_turns: list[Message] | None
    num_tokens: NonNegativeInt
    logprob_sum: FiniteFloat
    finish_reason: str
    reward: FiniteFloat | None
    correct: bool
    status: Status | None
    answer: str | None
    detail: str
    isolation_level: int | None
    judged: bool

    @field_validator("later_turns")
    @classmethod
    def _are_messages(cls, turns: list[Message] | None) -> list[Message] | None:
        """Reject what is no chat message."""
        if any(message.keys() != {"role", "content"} for message in turns or ()):
            raise ValueError("each message must hold role and content, and nothing else")
        return turns

    @field_validator("judged")
    @classmethod
    def _is_so_if_correct(cls, judged: bool, others: ValidationInfo) -> bool:
        """Reject a right answer that was not judged."""
        if not judged and others.data.get("correct"):
            raise ValueError("correct = True beside it: what was not judged cannot be right")
        return judged


def records_of(prompts: Sequence[SampledPrompt]) -> Iterator[SampleRecord]:
    """Write sampled prompts as records.

    Args:
        prompts: Prompts with their episodes.

    Yields:
        One record an episode, in order.
    """
    for prompt in prompts:
        for sample_index, episode in enumerate(prompt.episodes):
            yield _record(prompt, sample_index, episode)


def _record(prompt: SampledPrompt, sample_index: int, episode: SingleAgentEpisode) -> SampleRecord:
    """Write one episode as a record."""
    first, verdict, judged, reward = episode.get_infos(0), verdict_of(episode), has_verdict(episode), _reward(episode)
    turns = [list(episode.get_extra_model_outputs(columns.LOGPROBS, turn)) for turn in range(len(episode))]
    return SampleRecord(
        task_id=first.get(columns.TASK_ID),
        domain=domain_of(episode),
        dataset=first.get(columns.DATASET),
        prompt_index=prompt.index,
        group_id=prompt.request.group_id,
        sample_index=sample_index,
        seed=prompt.request.seed,
        prompt=asked_prompt(episode.get_observations(0), first),
        prompt_tokens=len(first[columns.OBSERVATION_TOKEN_IDS]),
        response=str(episode.get_actions(-1)),
        later_turns=_later_turns(episode) if len(episode) > 1 else None,
        num_tokens=completion_length(episode),
        logprob_sum=float(sum(np.sum(turn, dtype=np.float64) for turn in turns)),
        finish_reason=episode.get_extra_model_outputs(columns.FINISH_REASON, -1),
        reward=reward,
        correct=judged and is_correct(episode),
        status=None if verdict is None else verdict.status,
        answer=None if verdict is None else verdict.answer,
        detail="" if verdict is None else verdict.detail,
        isolation_level=first.get(columns.ISOLATION_LEVEL),
        judged=judged,
    )


def _reward(episode: SingleAgentEpisode) -> float | None:
    """Return an episode's return where it is a finite number."""
    reward = float(episode.get_return())
    return reward if math.isfinite(reward) else None


def asked_prompt(observation: str, info: Mapping[str, Any]) -> str:
    """Return what a model is asked as one text.

    Args:
        observation: The first of an episode.
        info: What `reset` returned beside it.
    """
    messages: Any = info.get("messages")
    return prompt_text(tuple(messages)) if messages else str(observation)


def _later_turns(episode: SingleAgentEpisode) -> list[Message]:
    """Return answers and observations after the prompt; an observation after the last answer is left out if empty."""
    turns: list[Message] = []
    for turn in range(len(episode)):
        turns.append({"role": "assistant", "content": str(episode.get_actions(turn))})
        turns.append({"role": "user", "content": str(episode.get_observations(turn + 1))})
    return turns if turns[-1]["content"] else turns[:-1]
