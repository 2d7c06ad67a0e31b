"""For TRL's `GRPOTrainer` (and its kin): a reward function, a data set, and environments played in several turns.

A verdict with status `error` gives the reward None, which TRL leaves out of the sample's group.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import gymnasium

from prorl_rllib.envs.errors import EnvConfigError, VerifierError
from prorl_rllib.envs.task import Verdict
from prorl_rllib.envs.text_env import TextEnv
from prorl_rllib.envs.verification import PendingVerdict
from prorl_rllib.envs.verification.verify import DEFAULT_TIMEOUT_S
from prorl_rllib.interop.optional_library import missing_library
from prorl_rllib.interop.scoring import Response, reward_of, score_batch
from prorl_rllib.interop.task_rows import (
    TASK_COLUMN,
    DomainOptions,
    Tasks,
    as_task,
    check_domain_options,
    iterate_prompts,
    task_to_json,
)

if TYPE_CHECKING:
    from datasets import Dataset

RewardFunction: TypeAlias = Callable[..., list[float | None]]
EPISODE_OVER = "The answer was handed in; the episode is over."


def make_reward_function(
    *, timeout_s: float = DEFAULT_TIMEOUT_S, options: DomainOptions = None, task_column: str = TASK_COLUMN
) -> RewardFunction:
    """Return a reward function for `GRPOTrainer(reward_funcs=...)`; its data set comes from `to_dataset`.

    Args:
        timeout_s: as in `verify`.
        options: by domain, such as `{"code": {"binary": True}}`.
        task_column: the column of the data set that holds the task.

    Returns:
        A function of TRL's signature, from completions (texts or messages) to rewards in [0, 1], None where the
        machinery failed. The shares of the other statuses are logged as `verdict/unparseable` and so on.

    Raises:
        EnvConfigError: when `options` names no domain or a wrong option.
    """
    check_domain_options(options)

    def verifier_reward(
        prompts: Sequence[Any],
        completions: Sequence[Response],
        completion_ids: Any = None,
        log_metric: Callable[[str, float], None] | None = None,
        **columns: Any,
    ) -> list[float | None]:
        if task_column not in columns:
            raise EnvConfigError(
                f"the data set has no column {task_column!r}, only {', '.join(sorted(columns))}: make it with "
                f"prorl_rllib.interop.trl.to_dataset, or name its column in `task_column`"
            )
        verdicts = score_batch(columns[task_column], completions, timeout_s=timeout_s, options=options)
        if log_metric is not None:
            for name, share in status_shares(verdicts).items():
                log_metric(f"verdict/{name}", share)
        return [reward_of(verdict) for verdict in verdicts]

    return verifier_reward


def status_shares(verdicts: Sequence[Verdict]) -> dict[str, float]:
    """Return the share in [0, 1] of verdicts with each status but `scored`."""
    statuses = [verdict.status for verdict in verdicts]
    return {name: statuses.count(name) / max(len(statuses), 1) for name in ("unparseable", "timeout", "error")}


def to_dataset(
    tasks: Tasks, *, limit: int | None = None, options: DomainOptions = None, answer_instruction: str | None = None
) -> "Dataset":
    """Return tasks as a data set for `GRPOTrainer(train_dataset=...)`: a chat in `prompt`, the task in `prorl_task`.

    Args:
        tasks: an environment of ours, whose answer instruction ends each prompt, or tasks.
        limit: most tasks; all when None.
        options: as in `make_reward_function`; they may change the instruction.
        answer_instruction: replaces the instruction; "" for none.

    Raises:
        EnvConfigError: for a wrong limit or option.
        ImportError: when `datasets`, which TRL brings, is not installed.
    """
    try:
        from datasets import Dataset
    except ImportError as error:
        raise missing_library("prorl_rllib.interop.trl", "trl>=1.16,<2", error) from error

    rows = iterate_prompts(tasks, limit, options=options, answer_instruction=answer_instruction)
    return Dataset.from_list([{"prompt": chat, TASK_COLUMN: task_to_json(task)} for task, chat in rows])


def environment_factory(env: str | gymnasium.Env[Any, Any], **env_config: Any) -> "Callable[[], TextEnvironment]":
    """Return what `GRPOTrainer(environment_factory=...)` takes: the model answers by calling the tool `step`.

    The prompts come from `to_dataset` of an environment with the same settings.

    Args:
        env: the id of an environment of ours, or one that is made.
        env_config: keys of an environment given by its id.

    Raises:
        EnvConfigError: when it is none of ours, or for a wrong key.
    """
    if not isinstance(env, str) and env_config:
        raise EnvConfigError(f"{', '.join(env_config)}: settings go with an id; the environment given has its own")
    model = (gymnasium.make(env, **env_config) if isinstance(env, str) else env).unwrapped
    if not isinstance(model, TextEnv):
        raise EnvConfigError(f"env = {env!r:.100}: must be an environment of prorl_rllib, got {type(model).__name__}")

    def make() -> TextEnvironment:
        return TextEnvironment(model.copy_for_slot())

    return make


class TextEnvironment:
    """One episode of a `TextEnv` as TRL plays it. Public methods are what TRL asks for: `step` is the model's tool."""

    def __init__(self, env: TextEnv) -> None:
        """Keep the environment, which must be this one's alone."""
        self._env = env
        self._pending: PendingVerdict | None = None

    def reset(self, **row: Any) -> None:
        """Start the episode of a row of the data set, whose prompt says all.

        Args:
            row: its columns.

        Raises:
            EnvConfigError: when the row has no task. Without one, each rollout of a group would get another task.
        """
        if not isinstance(row.get(TASK_COLUMN), str | Mapping):
            raise EnvConfigError(
                f"a row has no task in {TASK_COLUMN!r}: give GRPOTrainer the train_dataset that "
                f"prorl_rllib.interop.trl.to_dataset makes of the environment"
            )
        self._pending = None
        self._env.reset(options={"task": as_task(row[TASK_COLUMN])})

    def step(self, answer: str) -> str:
        """Hand in an answer, or the next move of a game.

        Args:
            answer: The answer, written exactly in the form that the task asks for.

        Returns:
            What comes next, or that the episode is over.
        """
        if self._pending is not None:
            return EPISODE_OVER
        try:
            begun = self._env.begin_step(answer)
        except VerifierError as error:
            # What a tool raises TRL shows to the model, whose episode would then end with a reward of 0.
            begun = PendingVerdict(Verdict(reward=0.0, status="error", detail=str(error)))
        if isinstance(begun, str):
            return self._env.end_step(begun)[0]
        self._pending = begun  # verified while the other rollouts go on
        return EPISODE_OVER

    def get_reward(self) -> float | None:
        """Return the reward in [0, 1]: 0 for an episode that did not end, None where the machinery failed."""
        return 0.0 if self._pending is None else reward_of(self._pending.result())
