"""Read experiments from YAML, in the form that RLlib's own command took."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from ray import tune

from prorl_rllib.algorithms.plain_config import load_yaml
from prorl_rllib.cli.errors import CommandError, describe
from prorl_rllib.cli.experiment.algorithm_choice import default_config, require_environment, with_environment
from prorl_rllib.cli.experiment.config_settings import apply_settings
from prorl_rllib.cli.experiment.experiment import Experiment, folder_name
from prorl_rllib.cli.experiment.schedulers import make_scheduler
from prorl_rllib.cli.training.options import check_stop
from prorl_rllib.envs.settings import did_you_mean

EXAMPLE = "NAME: {run: ProRL, env: prorl_rllib:prorl/Math-v0, stop: {training_iteration: 100}, config: {...}}"
KINDS: dict[str, tuple[type, str]] = {
    "run": (str, "text"),
    "env": (str, "text"),
    "stop": (dict, "a mapping"),
    "config": (dict, "a mapping"),
    "num_samples": (int, "a whole number"),
    "restore": (str, "text"),
    "checkpoint_config": (dict, "a mapping"),
    "scheduler": (str, "text"),
    "scheduler_config": (dict, "a mapping"),
}
MOVED = {
    "checkpoint_freq": "checkpoint_config: {checkpoint_frequency: ...}",
    "checkpoint_at_end": "checkpoint_config: {checkpoint_at_end: ...}",
    "keep_checkpoints_num": "checkpoint_config: {num_to_keep: ...}",
    "checkpoint_score_attr": "checkpoint_config: {checkpoint_score_attribute: ...}",
    "local_dir": "the option --storage-path",
    "storage_path": "the option --storage-path",
    "upload_dir": "the option --storage-path with a URI",
    "resources_per_trial": "keys of `config` such as num_env_runners, num_cpus_per_env_runner, num_learners",
    "time_budget_s": "stop: {time_total_s: ...}",
}


def load_yaml_experiments(path: Path, source: str) -> list[Experiment]:
    """Read the experiments of a YAML file.

    Args:
        path: the file.
        source: what it is called in messages; its URL, for one that was downloaded.

    Returns:
        The experiments in the file's order.

    Raises:
        CommandError: if the file cannot be read or understood.
    """
    try:
        entries = load_yaml(path)
    except (OSError, ValueError) as error:
        raise CommandError(f"{source} cannot be read. {describe(error)}") from error
    if not entries:
        raise CommandError(f"{source} has no experiment. It maps names to experiments, such as {EXAMPLE}.")
    return [_experiment(name, entry, source) for name, entry in entries.items()]


def _experiment(name: str, entry: Any, source: str) -> Experiment:
    """Read one experiment."""
    where = f"{source}, experiment {name!r}"
    _check_entry(entry, where)
    config = apply_settings(default_config(entry["run"], where), entry.get("config", {}), f"{where}, `config`")
    config = with_environment(config, entry.get("env"), where)
    require_environment(config, f"Name it in {where}, with the key `env`.")
    check_stop(stop := entry.get("stop", {}), f"{where}, `stop`")
    return Experiment(
        name=folder_name(name),
        source=source,
        config=config,
        stop=stop,
        num_samples=_num_samples(entry, where),
        scheduler=_optional(
            entry, "scheduler", lambda value: make_scheduler(value, entry.get("scheduler_config", {}), where)
        ),
        checkpoint=_checkpoint(entry.get("checkpoint_config", {}), where),
        restore=entry.get("restore"),
    )


def _optional(entry: Mapping[str, Any], key: str, read: Callable[[Any], Any]) -> Any:
    """Read a key that may be missing."""
    return read(entry[key]) if key in entry else None


def _check_entry(entry: Any, where: str) -> None:
    """Check an experiment's keys and the kinds of their values."""
    if not isinstance(entry, dict):
        raise CommandError(f"{where} is {entry!r}, of type {type(entry).__name__}; expected is {EXAMPLE}.")
    if "run" not in entry:
        raise CommandError(f"{where} names no algorithm: give it with the key `run`, such as run: ProRL.")
    for key, value in entry.items():
        if key in MOVED:
            raise CommandError(f"{where}: {key!r} is written as {MOVED[key]}.")
        if key not in KINDS:
            near = did_you_mean(str(key), KINDS)
            raise CommandError(f"{where}: unknown key {key!r}{near}. Keys: {', '.join(KINDS)}.")
        kind, in_words = KINDS[key]
        if not isinstance(value, kind) or isinstance(value, bool):
            raise CommandError(f"{where}: {key}={value!r} is of type {type(value).__name__}; it must be {in_words}.")
        if value == "":
            raise CommandError(f"{where}: {key} is empty; give it a value, or leave it out.")
    if "scheduler_config" in entry and "scheduler" not in entry:
        raise CommandError(f"{where}: scheduler_config needs a scheduler; name one with the key `scheduler`.")


def _num_samples(entry: Mapping[str, Any], where: str) -> int | None:
    """Read the number of samples."""
    count = entry.get("num_samples")
    if count is not None and count < 1:
        raise CommandError(f"{where}: num_samples={count} must be at least 1.")
    return count


def _checkpoint(settings: dict[str, Any], where: str) -> dict[str, Any]:
    """Check what is to be saved."""
    known = [entry.name for entry in fields(tune.CheckpointConfig)]
    for key in settings:
        if key not in known:
            near = did_you_mean(str(key), known)
            raise CommandError(f"{where}: unknown key {key!r} in checkpoint_config{near}. Keys: {', '.join(known)}.")
    try:
        tune.CheckpointConfig(**settings)
    except (TypeError, ValueError) as error:
        raise CommandError(f"{where}, `checkpoint_config`: {describe(error)}") from error
    return settings
