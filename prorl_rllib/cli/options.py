"""The options of `rllib train file`, as one record."""

import json
import math
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

from prorl_rllib.cli.cluster import ClusterOptions
from prorl_rllib.cli.errors import CommandError


@dataclass(frozen=True)
class TrainOptions:
    """What the command line asks of a training run.

    Attributes:
        stop: stop criteria; None takes those of the file.
        storage_path: folder or URI under which the experiment's folder is made; None is `~/ray_results`.
        checkpoint_freq: iterations between two checkpoints; 0 makes none on the way.
        checkpoint_at_end: whether the last iteration is saved.
        keep_checkpoints_num: number of newest checkpoints kept; None keeps all.
        num_samples: how often each trial is sampled; None takes the file's `tune_config`, else 1.
        experiment_name: the folder's name; None makes one of the file's name and the time.
        resume: go on with the run in that folder, or the file's newest, from its newest checkpoints.
        cluster: which Ray is used.
        verbosity: number of `-v`.
    """

    stop: dict[str, Any] | None = None
    storage_path: str | None = None
    checkpoint_freq: int = 0
    checkpoint_at_end: bool = True
    keep_checkpoints_num: int | None = None
    num_samples: int | None = None
    experiment_name: str | None = None
    resume: bool = False
    cluster: ClusterOptions = field(default_factory=ClusterOptions)
    verbosity: int = 0


def check_stop(stop: dict[Any, Any], where: str) -> None:
    """Make sure that stop criteria are metrics with numbers.

    Args:
        stop: metric names with the values at which to stop.
        where: option or file they come from, for the message.

    Raises:
        CommandError: if a name is no text, or a value no number (NaN included) and no bool.
    """
    for metric, value in stop.items():
        if not isinstance(metric, str):
            raise CommandError(f"{where}: the metric {metric!r} must be text, such as 'training_iteration'.")
        if not isinstance(value, Real) or math.isnan(value):
            raise CommandError(
                f"{where}: the value of {metric!r} must be a number or a bool, got {value!r}. "
                "Nested metrics are written with a slash, such as {'env_runners/episode_return_mean': 0.9}."
            )


def parse_stop(text: str) -> dict[str, Any] | None:
    """Read the value of `--stop`.

    Args:
        text: a JSON object; "{}" stands for "not given".

    Returns:
        Metric names with the values at which to stop, or None.

    Raises:
        CommandError: if `text` is not a JSON object of metrics with numbers.
    """
    example = """for example --stop '{"training_iteration": 100}'"""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise CommandError(f"--stop is not JSON: {text!r} ({error}); {example}.") from error
    if not isinstance(value, dict):
        raise CommandError(f"--stop must be a JSON object, got {text!r}; {example}.")
    check_stop(value, "--stop")
    return value or None
