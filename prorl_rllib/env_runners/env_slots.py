"""One interface to many environments: answers go in as they finish, verdicts come out when asked for."""

from typing import Any, Protocol

import gymnasium as gym

from prorl_rllib.envs import TextEnv, TextVectorEnv

StepResult = tuple[str, float, bool, bool, dict[str, Any]]


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


class SerialSlots:
    """Any Gymnasium environments with text spaces, stepped one after the other.

    Args:
        env_creator: Makes one environment.
        num_envs: Number of environments.
    """

    def __init__(self, envs: list[gym.Env[str, str]]) -> None:
        self._envs = envs
        self._results: dict[int, StepResult] = {}

    def reset_slot(
        self, slot: int, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[str, dict[str, Any]]:
        """Reset one environment."""
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


def make_slots(env: gym.Env[str, str], env_creator: Any, num_envs: int) -> EnvSlots:
    """Return `num_envs` environments like `env` behind the slot interface.

    Args:
        env: An environment of the kind; one of ours shares its tasks with all slots.
        env_creator: Makes another one; called for environments that are not ours.
        num_envs: Number of slots.
    """
    if isinstance(env.unwrapped, TextEnv):
        return TextVectorEnv.from_env(env.unwrapped, num_envs)
    return SerialSlots([env_creator() for _ in range(num_envs)])
