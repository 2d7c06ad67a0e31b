"""`rllib train`: load experiments, check them, train them, leave what a person wants to find afterwards."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import typer

# Besides, this import registers ProRL with Ray and mutes its notices in the workers.
from prorl_rllib.algorithms import ProRLConfig
from prorl_rllib.algorithms.prorl.batch_arithmetic import batch_arithmetic
from prorl_rllib.algorithms.prorl.engine_checks import with_engine
from prorl_rllib.algorithms.prorl.preflight import NotEnoughError, check_room
from prorl_rllib.algorithms.prorl.run_setup import with_base_model
from prorl_rllib.cli.cluster import ray_cluster
from prorl_rllib.cli.console import complain, say
from prorl_rllib.cli.errors import FAILURE, INTERRUPTED, CommandError, describe
from prorl_rllib.cli.evaluate.checkpoint import read_algorithm
from prorl_rllib.cli.evaluate.source import find_source, is_model_folder
from prorl_rllib.cli.experiment.algorithm_choice import (
    experiment_of_algorithm,
    require_environment,
    with_environment,
)
from prorl_rllib.cli.experiment.config_check import check_config
from prorl_rllib.cli.experiment.experiment import Experiment
from prorl_rllib.cli.experiment.experiment_file import load_experiments
from prorl_rllib.cli.experiment.overrides import apply_overrides
from prorl_rllib.cli.experiment.stop_metrics import check_stop_metrics
from prorl_rllib.cli.quiet import mute_loggers
from prorl_rllib.cli.training.options import TrainOptions
from prorl_rllib.cli.training.resources import check_resources
from prorl_rllib.cli.training.resume import find_experiment, refuse_changes
from prorl_rllib.cli.training.storage import (
    check_experiment_name,
    default_experiment_names,
    is_remote,
    new_experiment_name,
    prepare_storage,
)
from prorl_rllib.cli.training.trial_results import finish_trials
from prorl_rllib.cli.training.tuning import check_scheduler_needs, checkpoint_config_of, run_trials, tune_config_of
from prorl_rllib.cli.training.warm_start_phase import run_warm_start


def train_file(reference: str, options: TrainOptions) -> None:
    """Train the experiments that `reference` names.

    Args:
        reference: a Python or YAML file, a packaged example's id, a module's dotted name, or a URL.
        options: what the command line says.

    Raises:
        CommandError: with code 2 for what is wrong before anything runs, with code 1 when a trial failed.
        typer.Exit: with code 130 when the run was interrupted.
    """
    mute_loggers(options.verbosity)
    _train(load_experiments(reference), options)


def train_algorithm(name: str, env: str | None, settings: Mapping[str, Any], options: TrainOptions) -> None:
    """Train an algorithm that the command line names.

    Args:
        name: the algorithm.
        env: the environment, or None.
        settings: keys of the algorithm's config.
        options: what else the command line says.

    Raises:
        CommandError: as `train_file`.
        typer.Exit: as `train_file`.
    """
    mute_loggers(options.verbosity)
    _train([experiment_of_algorithm(name, env, settings)], options)


def _train(experiments: list[Experiment], options: TrainOptions) -> None:
    """Check all experiments, then train one after the other; the first failure is raised when all have ended."""
    experiments = [_with_options(experiment, options) for experiment in experiments]
    variants = [_check(experiment, options) for experiment in experiments]
    _check_name(experiments, options.experiment_name)
    storage_path = prepare_storage(options.storage_path)
    names = _folder_names(experiments, options, storage_path)
    failures: list[CommandError] = []
    with ray_cluster(options.cluster, options.verbosity):
        for variant in (one for several in variants for one in several):
            check_resources(variant)
        for experiment, (config, *_), name in zip(experiments, variants, names, strict=True):
            try:
                _train_one(experiment, config, options, storage_path, name)
            except CommandError as error:
                if len(experiments) > 1:
                    complain(f"{name}: {error.message}")
                failures.append(error)
    if failures:
        raise _in_all(failures, len(experiments))


def _in_all(failures: list[CommandError], count: int) -> CommandError:
    """Return what a command comes to whose experiments, or some of them, failed; the reasons are on the console."""
    if count == 1:
        return failures[0]
    code = FAILURE if any(error.exit_code == FAILURE for error in failures) else failures[0].exit_code
    return CommandError(f"{len(failures)} of {count} experiments failed.", code)


def _with_options(experiment: Experiment, options: TrainOptions) -> Experiment:
    """Apply the settings of the command line to an experiment."""
    config = with_environment(experiment.config, options.env, "--env")
    return replace(experiment, config=apply_overrides(config, options.overrides))


def _check(experiment: Experiment, options: TrainOptions) -> list[Any]:
    """Refuse what is wrong with an experiment; return the variants of its config."""
    if options.resume:
        refuse_changes(options)
    variants = check_config(experiment.config, experiment.source)
    require_environment(variants[0], f"Set one in {experiment.source}, or give it with --env.")
    where = "--stop" if options.stop else f"`stop` in {experiment.source}"
    check_stop_metrics(options.stop or experiment.stop, variants[0], where)
    check_scheduler_needs(tune_config_of(experiment, options), checkpoint_config_of(experiment, options))
    if restore := options.restore or experiment.restore:
        _check_restorable(restore, variants[0])
    return variants


def _check_restorable(path: str, config: Any) -> None:
    """Refuse what the algorithm of a config cannot be restored from."""
    folder = find_source(path)
    if is_model_folder(folder):
        raise CommandError(
            f"{path} is a model's folder, not a checkpoint; train from it with the setting model={path}."
        )

    saved = read_algorithm(folder, "").algorithm_class
    # By name: a class of an experiment's file, or one that travelled by value, is another object.
    if saved.__name__ != config.algo_class.__name__:
        raise CommandError(
            f"{path} is a checkpoint of {saved.__name__}, and {config.algo_class.__name__} is to be trained; a "
            "trial starts from a checkpoint of its own algorithm."
        )


def _check_name(experiments: list[Experiment], name: str | None) -> None:
    """Refuse a name of the results' folder that cannot be one, or is to be that of several."""
    if name is None:
        return
    check_experiment_name(name)
    if len(experiments) > 1:
        raise CommandError(
            f"--experiment-name names one folder, and there are {len(experiments)} experiments; leave it out."
        )


def _folder_names(experiments: list[Experiment], options: TrainOptions, storage_path: str) -> list[str]:
    """Name the folders of the results: new ones, or those of the runs to go on with."""
    if options.resume:
        return [find_experiment(storage_path, each.name, options.experiment_name).name for each in experiments]
    if options.experiment_name is not None:
        return [new_experiment_name(options.experiment_name, storage_path)]
    return default_experiment_names([each.name for each in experiments], storage_path)


def _train_one(experiment: Experiment, config: Any, options: TrainOptions, storage_path: str, name: str) -> None:
    """Train one experiment, whose first variant is `config`."""
    say(f"Training {config.algo_class.__name__}, as {experiment.source} says")
    say(f"Results go to {storage_path}/{name}")
    if not (options.stop or experiment.stop):
        say("No stop criterion is given: the run goes on until Ctrl-C.", "yellow")
    if arithmetic := batch_arithmetic(config):
        say(arithmetic)
    warm_start_seconds = run_warm_start(config)
    _say_engine(config)
    _say_room(config, storage_path)
    if isinstance(config, ProRLConfig):
        say("Starting learners, env runners and engines, which can take a minute")
    outcome = run_trials(experiment, options, storage_path, name)
    interrupted = finish_trials(outcome, experiment, warm_start_seconds)
    if interrupted:
        raise typer.Exit(INTERRUPTED)
    _report(experiment, storage_path, name)


def _report(experiment: Experiment, storage_path: str, name: str) -> None:
    """Let the experiment's file sum up what all its trials came to."""
    if experiment.report is None:
        return
    if is_remote(storage_path):
        say(f"The report of {experiment.source} is made for results in a local folder; these are at {storage_path}.")
        return
    try:
        experiment.report(Path(storage_path) / name)
    except (Exception, SystemExit) as error:
        raise CommandError(f"The report of {experiment.source} failed. {describe(error)}", FAILURE) from error


def _say_engine(config: Any) -> None:
    """Print which engine samples, and why; refuse settings that do not fit it."""
    if not isinstance(config, ProRLConfig):
        return
    try:
        say(f"Sampling with {with_engine(with_base_model(config)).engine_choice}")
    except (ValueError, ImportError) as error:
        raise CommandError(str(error)) from error


def _say_room(config: Any, storage_path: str) -> None:
    """Print what the run takes, and what will be tight; refuse what cannot work."""
    if not isinstance(config, ProRLConfig) or is_remote(storage_path):
        return
    try:
        text, tight = check_room(config, with_base_model(config).model_path, storage_path)
    except NotEnoughError as error:
        raise CommandError(str(error)) from error
    if text:
        say(f"Estimate: {text}")
    for line in tight:
        say(line, "yellow")
