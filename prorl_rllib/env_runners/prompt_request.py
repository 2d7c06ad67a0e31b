"""What the driver asks an env runner for: one prompt, to be answered by a whole group."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class PromptRequest:
    """One prompt to sample a group of completions for.

    Attributes:
        group_id: Id of the group; it comes back in the infos of every episode of the group.
        task_index: Index of the task in the environment; None lets an environment without indexed tasks choose by
            `seed`.
        seed: Seed of the group: of `env.reset` and, with the index in the group, of the sampling.
        difficulty: Difficulty by data set, the reset option of that name; None leaves it to the environment.
    """

    group_id: str
    task_index: int | None
    seed: int
    difficulty: Mapping[str, int] | None = None

    @property
    def reset_options(self) -> dict[str, Any] | None:
        """What `env.reset` gets as `options`; None where there is nothing to say."""
        options: dict[str, Any] = {}
        if self.task_index is not None:
            options["task_index"] = self.task_index
        if self.difficulty:
            options["difficulty"] = self.difficulty
        return options or None
