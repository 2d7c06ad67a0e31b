"""Sample groups on the env runners there are, whatever their number, and survive the loss of some."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ray.rllib.env.env_runner_group import EnvRunnerGroup
from ray.rllib.env.single_agent_episode import SingleAgentEpisode

from prorl_rllib.algorithms.prorl.engine_losses import EngineLosses
from prorl_rllib.algorithms.prorl.runner_calls import RunnerAnswers, call_runners, runner_ids
from prorl_rllib.algorithms.prorl.training_data import Group
from prorl_rllib.algorithms.prorl.weight_sync import note_losses
from prorl_rllib.engines.transformers_engine import DEFAULT_MAX_NUM_SEQS
from prorl_rllib.env_runners import columns
from prorl_rllib.env_runners.prompt_request import PromptRequest
from prorl_rllib.env_runners.text_env_runner import SamplingSettings

logger = logging.getLogger(__name__)

# A lost runner needs seconds to come back; asking more often helps nobody.
_RESTART_POLL_S = 0.5
# Ours: enough that the tail of a batch, when the engine is no longer full, is a small part of it.
_BATCHES_WAITING = 4


@dataclass(frozen=True)
class RolloutOrder:
    """What to sample and under which conditions.

    Attributes:
        settings: Group size and sampling parameters.
        weights_version: Version of the weights to sample with.
        prompts_per_batch: Prompts whose groups a runner samples side by side.
        prompts_per_deal: Prompts that are dealt out to runners together. With the transformers engine these are the
            ones decoded together, so that what is does not depend on the number of runners.
        timeout_s: Seconds that all of the sampling may take.
        evaluation: Use the environment for evaluation.
        env_changes: Keys of the training environment's `env_config` that a stage changed. They travel with each order,
            so that a runner that was lost and came back needs nothing else.
    """

    settings: SamplingSettings
    weights_version: int
    prompts_per_batch: int
    prompts_per_deal: int
    timeout_s: float
    evaluation: bool = False
    env_changes: Mapping[str, Any] = field(default_factory=dict)


def make_order(
    config: Any, *, weights_version: int, evaluation: bool = False, env_changes: Mapping[str, Any] | None = None
) -> RolloutOrder:
    """Return the order that a config makes.

    Args:
        config: The `ProRLConfig` in force.
        weights_version: Version of the weights to sample with.
        evaluation: Sample held-out tasks, as evaluations do.
        env_changes: As in `RolloutOrder`.
    """
    settings = config.evaluation_sampling_settings if evaluation else config.sampling_settings
    batch = max(1, config.engine_config.get("max_num_seqs", DEFAULT_MAX_NUM_SEQS) // settings.group_size)
    refills = config.engine_choice is not None and config.engine_choice.name == "vllm"
    return RolloutOrder(
        settings=settings,
        weights_version=weights_version,
        # An engine that takes up the next completion when one ends must never run out of them between two batches.
        prompts_per_batch=_BATCHES_WAITING * batch if refills else batch,
        prompts_per_deal=1 if refills else batch,
        timeout_s=config.evaluation_sample_timeout_s if evaluation else config.sample_timeout_s,
        evaluation=evaluation,
        env_changes=env_changes or {},
    )


def deal_batches(prompts: Sequence[PromptRequest], num_runners: int, batch_size: int) -> list[list[PromptRequest]]:
    """Deal prompts out to runners in whole batches, round robin.

    Args:
        prompts: All prompts, in order.
        num_runners: Number of runners.
        batch_size: Prompts of one batch; only the last batch may be smaller, and it ends its runner's share.

    Returns:
        One list a runner, some of them possibly empty.
    """
    shares: list[list[PromptRequest]] = [[] for _ in range(num_runners)]
    for number, start in enumerate(range(0, len(prompts), batch_size)):
        shares[number % num_runners].extend(prompts[start : start + batch_size])
    return shares


def sample_groups(
    env_runner_group: EnvRunnerGroup,
    prompts: Sequence[PromptRequest],
    order: RolloutOrder,
    restore: Callable[[], None],
    losses: EngineLosses,
) -> tuple[list[Group], list[str]]:
    """Sample one group a prompt; prompts of a lost runner or engine go to those that are left, or wait for it.

    Args:
        env_runner_group: The runners.
        prompts: The prompts.
        order: What to sample.
        restore: Brings lost runners back, with the current weights.
        losses: Where lost engines are noted.

    Returns:
        The groups in the order of the prompts, and the ids of the prompts that did not fit the model's context.

    Raises:
        RuntimeError: if a runner raised; the message holds its traceback.
        EngineDeadError: if engines are lost again and again.
        TimeoutError: if the deadline passed.
    """
    deadline = time.monotonic() + order.timeout_s
    episodes: dict[str, Group] = {}
    too_long: set[str] = set()
    pending = list(prompts)
    while pending:
        found = _dispatch(env_runner_group, pending, order, deadline)
        for report in found.answers.values():
            if report.error:
                raise RuntimeError(f"an env runner failed while sampling:\n{report.error}")
            _collect(report.episodes, episodes, order)
            too_long.update(report.too_long)
        waiting = [prompt for prompt in pending if prompt.group_id not in episodes and prompt.group_id not in too_long]
        if len(waiting) < len(pending):
            losses.finished()
        losses.note(found.lost.values())
        note_losses(env_runner_group, found, losses)
        pending = waiting
        if pending:
            _check_deadline(deadline, order, pending)
            restore()
            time.sleep(_RESTART_POLL_S)
    groups = [episodes[prompt.group_id] for prompt in prompts if prompt.group_id in episodes]
    return groups, [prompt.group_id for prompt in prompts if prompt.group_id in too_long]


def check_fits(groups: Sequence[Group], too_long: int, max_completion_length: int) -> None:
    """Raise when nothing was sampled, because no prompt fits.

    Args:
        groups: All that was sampled in an iteration or an evaluation.
        too_long: Number of its prompts that do not fit.
        max_completion_length: In tokens.

    Raises:
        ValueError: naming what to change.
    """
    if not groups:
        raise ValueError(
            f"none of {too_long} prompts fits the model's context together with max_completion_length="
            f"{max_completion_length}: lower generation(max_completion_length=...), or take a model with a longer "
            "context."
        )


def _dispatch(
    env_runner_group: EnvRunnerGroup, prompts: Sequence[PromptRequest], order: RolloutOrder, deadline: float
) -> RunnerAnswers:
    """Send the prompts out once and return what came of it."""
    seconds_left = max(0.1, deadline - time.monotonic())
    arguments = {
        "settings": order.settings,
        "weights_version": order.weights_version,
        "prompts_per_batch": order.prompts_per_batch,
        "timeout_s": seconds_left,
        "evaluation": order.evaluation,
        "env_changes": order.env_changes,
    }
    ids = runner_ids(env_runner_group)
    shares = deal_batches(prompts, max(1, len(ids)), order.prompts_per_deal)
    work = {number: {"prompts": share, **arguments} for number, share in zip(ids, shares, strict=False) if share}
    return call_runners(env_runner_group, "sample_report", work, seconds_left)


def _collect(episodes: list[SingleAgentEpisode], groups: dict[str, Group], order: RolloutOrder) -> None:
    """Sort episodes into groups; none of them may come from other weights than those asked for."""
    require_version(episodes, order.weights_version)
    for episode in episodes:
        groups.setdefault(episode.get_infos(0)[columns.GROUP_ID], []).append(episode)


def require_version(episodes: Sequence[SingleAgentEpisode], weights_version: int) -> None:
    """Refuse episodes of other weights: what is trained on must come from the policy that is trained.

    Args:
        episodes: Any episodes.
        weights_version: The present version.

    Raises:
        RuntimeError: naming the first episode of another version.
    """
    for episode in episodes:
        version = episode.get_extra_model_outputs(columns.WEIGHTS_VERSION, -1)
        if version != weights_version:
            raise RuntimeError(
                f"episode {episode.id_} was sampled with weights version {version} instead of {weights_version}."
            )


def log_too_long(too_long: Sequence[str], max_completion_length: int) -> None:
    """Say which prompts were dropped for their length.

    Args:
        too_long: Group ids of the prompts that do not fit the model's context.
        max_completion_length: Tokens that an answer may have.
    """
    if too_long:
        logger.warning(
            "%d prompts do not fit the model's context together with max_completion_length=%d and were dropped; "
            "the first is group %s.",
            len(too_long),
            max_completion_length,
            too_long[0],
        )


def _check_deadline(deadline: float, order: RolloutOrder, pending: list[PromptRequest]) -> None:
    if time.monotonic() > deadline:
        raise TimeoutError(
            f"sampling took longer than sample_timeout_s={order.timeout_s:g} s: {len(pending)} prompts have no "
            f"answers, the first is group {pending[0].group_id}. Raise env_runners(sample_timeout_s=...), or look why "
            "the env runners are slow or lost."
        )
