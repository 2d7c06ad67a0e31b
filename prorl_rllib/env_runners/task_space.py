"""What a driver has to know of an environment's tasks to draw prompts from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from prorl_rllib.envs.task_source import DifficultyRange


@dataclass(frozen=True)
class TaskSpace:
    """The tasks of an environment.

    Attributes:
        num_tasks: Number of tasks; None if the environment does not number them.
        difficulties: Range of each data set, "<domain>/<data set>", whose tasks can be made at several difficulties.
    """

    num_tasks: int | None
    difficulties: Mapping[str, DifficultyRange] = field(default_factory=dict)
