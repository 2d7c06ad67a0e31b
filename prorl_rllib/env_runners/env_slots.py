"""One interface to many environments: answers go in as they finish, verdicts come out when asked for."""

from collections.abc import Callable
from typing import Any, Protocol

import gymnasium as gym
from gymnasium.wrappers import OrderEnforcing, PassiveEnvChecker

from prorl_rllib.envs import TextEnv, TextVectorEnv

StepResult = tuple[str, float, bool, bool, dict[str, Any]]
EnvCreator = Callable[[], gym.Env[str, str]]


class EnvSlots(Protocol):
    """What the env runner needs of a set of environments."""

    def reset_slot(
        self, slot: int, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[str, dict[str, Any]]:
        """Reset one environment and return its observation and info."""
        ...

    def submit(self, slot: int, answer: str) -> None:
        """Hand in an answer; verification may go on in the background."""
        ...

    def collect(self, slot: int) -> StepResult:
        """Wait for the result of the answer handed in last."""
        ...

    def close(self) -> None:
        """Close the environments."""
        ...


class SerialSlots:
    """Any Gymnasium environments with text spaces, stepped one after the other and made when first needed.

    Args:
        env_creator: Makes one environment.
    """

    def __init__(self, env_creator: EnvCreator) -> None:
        self._env_creator = env_creator
        self._envs: list[gym.Env[str, str]] = []
        self._results: dict[int, StepResult] = {}

    def reset_slot(
        self, slot: int, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[str, dict[str, Any]]:
        """Reset one environment."""
        while len(self._envs) <= slot:
            self._envs.append(self._env_creator())
        return self._envs[slot].reset(seed=seed, options=options)

    def submit(self, slot: int, answer: str) -> None:
        """Step one environment at once."""
        observation, reward, terminated, truncated, info = self._envs[slot].step(answer)
        self._results[slot] = (observation, float(reward), terminated, truncated, info)

    def collect(self, slot: int) -> StepResult:
        """Return the result of the last step.

        Raises:
            KeyError: if no answer was handed in.
        """
        return self._results.pop(slot)

    def close(self) -> None:
        """Close all environments that were made."""
        while self._envs:
            self._envs.pop().close()


def make_slots(env: gym.Env[str, str], env_creator: EnvCreator, num_envs: int) -> EnvSlots:
    """Return at least `num_envs` environments like `env` behind the slot interface.

    Args:
        env: An environment of the kind; one of ours shares its tasks with all slots and verifies in the background.
        env_creator: Makes another one; called for all others.
        num_envs: Number of slots.
    """
    model = env.unwrapped
    if isinstance(model, TextEnv) and not changes_steps(env):
        return TextVectorEnv.from_env(model, num_envs)
    return SerialSlots(env_creator)


def changes_steps(env: gym.Env[str, str]) -> bool:
    """Return whether a wrapper, or a subclass of `TextEnv`, has a `step` or `reset` of its own.

    The slots of a `TextVectorEnv` call neither, so such an environment must be stepped itself.

    Args:
        env: An environment, possibly wrapped.
    """
    while isinstance(env, OrderEnforcing | PassiveEnvChecker):
        env = env.env
    return type(env).step is not TextEnv.step or type(env).reset is not TextEnv.reset
