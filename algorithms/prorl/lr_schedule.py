"""The course of the learning rate: a linear rise, then a constant, a line or half a cosine down."""

import math
from typing import Literal

LRSchedule = Literal["constant", "linear", "cosine"]


def warmup_factor(step: int, *, warmup_steps: int) -> float:
    """Return the share of the learning rate in force during the warm-up.

    Args:
        step: Optimizer steps since the warm-up began, from 0.
        warmup_steps: Steps of the rise, at least 0.
    """
    return min(1.0, (step + 1) / max(1, warmup_steps))


def decay_factor(
    step: int, *, schedule: LRSchedule, warmup_steps: int, decay_steps: int | None, min_factor: float
) -> float:
    """Return the share of the learning rate that its decay has left.

    Args:
        step: Optimizer steps of the whole run, from 0; a later warm-up does not set it back.
        schedule: The form of the fall.
        warmup_steps: Steps of the first warm-up, after which the fall begins.
        decay_steps: Steps of the fall; read unless the schedule is constant.
        min_factor: What is left at its end and from then on, in [0, 1].
    """
    if schedule == "constant" or decay_steps is None:
        return 1.0
    progress = min(1.0, max(0, step - warmup_steps) / decay_steps)
    left = 1.0 - progress if schedule == "linear" else 0.5 * (1.0 + math.cos(math.pi * progress))
    return min_factor + (1.0 - min_factor) * left
