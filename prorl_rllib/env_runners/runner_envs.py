"""The environments of an env runner: one for training, one for evaluation, and the slots made of each."""

from collections.abc import Callable, Mapping
from typing import Any

import gymnasium as gym
from ray.rllib.env.env_context import EnvContext

from prorl_rllib.env_runners.env_slots import EnvSlots, make_slots
from prorl_rllib.env_runners.task_space import TaskSpace
from prorl_rllib.envs import TextEnv


class RunnerEnvs:
    """Makes environments when they are first needed and closes them in the end.

    Args:
        config: The algorithm's config; `env_config` and `evaluation_config` are read.
        env_creator: Makes an environment from an `EnvContext`.
        worker_index: Index of the env runner.
    """

    def __init__(self, config: Any, env_creator: Callable[[EnvContext], gym.Env[str, str]], worker_index: int) -> None:
        self._config, self._env_creator, self._worker_index = config, env_creator, worker_index
        self._envs: dict[bool, gym.Env[str, str]] = {}
        self._slots: dict[bool, tuple[int, EnvSlots]] = {}
        self._changes: dict[str, Any] = {}

    def get(self, *, evaluation: bool = False) -> gym.Env[str, str]:
        """Return an environment.

        Args:
            evaluation: The one for evaluation instead of the one for training.
        """
        if evaluation not in self._envs:
            self._envs[evaluation] = self._env_creator(self._context(evaluation=evaluation))
        return self._envs[evaluation]

    def _context(self, *, evaluation: bool) -> EnvContext:
        env_config = dict(self._config.env_config)
        if evaluation:
            # Never evaluate on the training stream by accident: our own environments default to the held-out split.
            if isinstance(self.get().unwrapped, TextEnv):
                env_config["split"] = "heldout"
            overrides = self._config.evaluation_config or {}
            env_config.update(overrides.get("env_config", {}))
        else:
            env_config.update(self._changes)
        return EnvContext(env_config, worker_index=self._worker_index)

    def change(self, changes: Mapping[str, Any]) -> None:
        """Make the training environment anew where its changes differ from those it was made with.

        Args:
            changes: Keys of `env_config` that a stage changed; the environment for evaluation never changes.
        """
        if changes == self._changes:
            return
        self._changes = dict(changes)
        _, slots = self._slots.pop(False, (0, None))
        if slots is not None:
            slots.close()
        if False in self._envs:
            self._envs.pop(False).close()

    def slots(self, count: int, *, evaluation: bool) -> EnvSlots:
        """Return at least `count` environments, those of the last call if they are enough.

        Args:
            count: Number of slots.
            evaluation: As in `get`.
        """
        held, slots = self._slots.get(evaluation, (0, None))
        if slots is None or held < count:
            if slots is not None:
                slots.close()
            env = self.get(evaluation=evaluation)
            slots = make_slots(env, lambda: self._env_creator(self._context(evaluation=evaluation)), count)
            self._slots[evaluation] = (count, slots)
        return slots

    def task_space(self, *, evaluation: bool) -> TaskSpace:
        """Describe the tasks of an environment.

        Args:
            evaluation: As in `get`.
        """
        env = self.get(evaluation=evaluation).unwrapped
        return TaskSpace(
            num_tasks=getattr(env, "num_tasks", None),
            difficulties=env.source.difficulties() if isinstance(env, TextEnv) else {},
        )

    def close(self) -> None:
        """Close all slots and environments."""
        for _, slots in self._slots.values():
            slots.close()
        for env in self._envs.values():
            env.close()
