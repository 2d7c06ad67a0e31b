"""The arms of a sweep, and the trials that belong to each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Arm:
    """One of the ways that a sweep compares.

    Attributes:
        name: what it is called in picture and table.
        settings: keys of the config and their values, by which its trials are told from others.
    """

    name: str
    settings: Mapping[str, Any]


def arm_of(parameters: Mapping[str, Any], arms: Sequence[Arm]) -> Arm | None:
    """Find the arm that a trial belongs to.

    Args:
        parameters: the trial's config, as Tune writes it to `params.json`.
        arms: the sweep's arms.

    Returns:
        The first arm all of whose settings the trial has; None if there is none.
    """
    for arm in arms:
        if all(key in parameters and parameters[key] == value for key, value in arm.settings.items()):
            return arm
    return None
