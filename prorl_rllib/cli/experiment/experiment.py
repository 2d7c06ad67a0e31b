"""What a training is made of, wherever it was read from."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ray import tune
from ray.rllib.algorithms.algorithm_config import AlgorithmConfig
from ray.tune.schedulers import TrialScheduler

Report = Callable[[Path], None]


@dataclass(frozen=True)
class Experiment:
    """A configuration to train, and what goes with it.

    Attributes:
        name: what its results' folder is called, without the time.
        source: where it was read from, for messages.
        config: the algorithm's configuration; values may be search spaces.
        stop: stop criteria; empty when none are given.
        tune_config: sampling and scheduling of trials, or None.
        num_samples: trials per sampled configuration; None takes the `tune_config`'s.
        scheduler: scheduler of the trials; None takes the `tune_config`'s.
        checkpoint: fields of a `tune.CheckpointConfig`.
        restore: checkpoint folder that each trial starts from; None starts anew.
        report: called with the experiment's folder when all trials have ended; None for nothing.
        file_option: what `rllib evaluate` needs besides a checkpoint, to know what the file registers.
    """

    name: str
    source: str
    config: AlgorithmConfig
    stop: dict[str, Any] = field(default_factory=dict)
    tune_config: tune.TuneConfig | None = None
    num_samples: int | None = None
    scheduler: TrialScheduler | None = None
    checkpoint: dict[str, Any] = field(default_factory=dict)
    restore: str | None = None
    report: Report | None = None
    file_option: str = ""


def folder_name(text: str) -> str:
    """Make a folder's name of a text: what could not stand in a path becomes an underscore."""
    return re.sub(r"[^\w.-]+", "_", text).strip("._") or "experiment"
