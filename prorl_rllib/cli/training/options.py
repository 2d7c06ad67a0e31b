"""What `rllib train` was asked for, as one record."""

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
        env: environment in place of the experiment's; None keeps that.
        overrides: settings as `key=value`, which go before the experiment's.
        stop: stop criteria; None takes those of the experiment.
        storage_path: folder or URI under which the experiment's folder is made; None is `~/ray_results`.
        checkpoint: fields of a `tune.CheckpointConfig` that go before the experiment's.
        num_samples: how often each trial is sampled; None takes the experiment's, else 1.
        scheduler: name of the trials' scheduler; None takes the experiment's.
        scheduler_config: arguments of that scheduler.
        experiment_name: the folder's name; None makes one of the experiment's name and the time.
        resume: go on with the run in that folder, or the experiment's newest, from its newest checkpoints.
        restore: checkpoint folder that each trial starts from; None takes the experiment's, if it has one.
        wandb: arguments of Tune's callback for Weights & Biases; empty for none.
        cluster: which Ray is used.
        verbosity: number of `-v`.
    """

    env: str | None = None
    overrides: tuple[str, ...] = ()
    stop: dict[str, Any] | None = None
    storage_path: str | None = None
    checkpoint: dict[str, Any] = field(default_factory=dict)
    num_samples: int | None = None
    scheduler: str | None = None
    scheduler_config: dict[str, Any] = field(default_factory=dict)
    experiment_name: str | None = None
    resume: bool = False
    restore: str | None = None
    wandb: dict[str, Any] = field(default_factory=dict)
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
        if not isinstance(value, Real) or not _is_float(value):
            raise CommandError(
                f"{where}: the value of {metric!r} must be a number or a bool, got {value!r}. "
                "Nested metrics are written with a slash, such as {'env_runners/episode_return_mean': 0.9}."
            )


def _is_float(value: Real) -> bool:
    """Whether a number is one that metrics can be compared with."""
    try:
        return not math.isnan(value)
    except OverflowError:
        return False


def parse_json_object(text: str, option: str, example: str) -> dict[str, Any]:
    """Read the value of an option that is a JSON object.

    Args:
        text: the value.
        option: the option's name, for the message.
        example: a value that would do, for the message.

    Raises:
        CommandError: if `text` is something else.
    """
    hint = f"for example {option} '{example}'"
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{option} is not JSON: {text[:200]!r} ({error}); {hint}.") from error
    if not isinstance(value, dict):
        raise CommandError(f"{option} must be a JSON object, got {text!r}; {hint}.")
    return value


def parse_stop(text: str) -> dict[str, Any] | None:
    """Read the value of `--stop`.

    Args:
        text: a JSON object; "{}" stands for "not given".

    Returns:
        Metric names with the values at which to stop, or None.

    Raises:
        CommandError: if `text` is not a JSON object of metrics with numbers.
    """
    value = parse_json_object(text, "--stop", '{"training_iteration": 100}')
    check_stop(value, "--stop")
    return value or None
