"""What all solvers share: their form, and the chance of a mistake."""

import random
from collections.abc import Callable

from prorl_rllib.envs import Task

Solver = Callable[[Task, random.Random, float], tuple[str, str]]
"""(task, generator, mistake rate) -> (steps, answer)."""


def goes_wrong(rng: random.Random, mistake_rate: float) -> bool:
    """Draw whether a step goes wrong.

    Args:
        rng: The only source of chance.
        mistake_rate: Its probability, in [0, 1].
    """
    return rng.random() < mistake_rate
