"""`rllib train file`: load an experiment, check it, train it, leave what a person wants to find afterwards."""

from pathlib import Path
from typing import Any

import typer
from ray import tune

# Besides, this import registers ProRL with Ray and mutes its notices in the workers.
from prorl_rllib.algorithms import ProRLConfig
from prorl_rllib.algorithms.prorl.batch_arithmetic import batch_arithmetic
from prorl_rllib.algorithms.prorl.engine_checks import with_engine
from prorl_rllib.algorithms.prorl.preflight import NotEnoughError, check_room
from prorl_rllib.algorithms.prorl.run_setup import with_base_model
from prorl_rllib.cli.after_training import finish_trial
from prorl_rllib.cli.cluster import ray_cluster
from prorl_rllib.cli.config_check import check_config
from prorl_rllib.cli.console import complain, say
from prorl_rllib.cli.errors import FAILURE, INTERRUPTED, CommandError, root_cause
from prorl_rllib.cli.experiment_file import Experiment, load_experiment
from prorl_rllib.cli.metrics import Result, number
from prorl_rllib.cli.options import TrainOptions
from prorl_rllib.cli.quiet import mute_loggers
from prorl_rllib.cli.resources import check_resources
from prorl_rllib.cli.resume import find_experiment
from prorl_rllib.cli.storage import check_experiment_name, default_experiment_name, is_remote, prepare_storage
from prorl_rllib.cli.tuning import Outcome, run_trials
from prorl_rllib.cli.warm_start_phase import run_warm_start


def train_file(reference: str, options: TrainOptions) -> None:
    """Train the experiment that `reference` names.

    Args:
        reference: a Python file, a packaged example's id, or a module's dotted name.
        options: what the command line says.

    Raises:
        CommandError: with code 2 for what is wrong before anything runs, with code 1 when a trial failed.
        typer.Exit: with code 130 when the run was interrupted.
    """
    mute_loggers(options.verbosity)
    experiment = load_experiment(reference)
    config = check_config(experiment.config, experiment.path)
    name = check_experiment_name(options.experiment_name or default_experiment_name(experiment.path))
    storage_path = prepare_storage(options.storage_path)
    if options.resume:
        name = find_experiment(storage_path, experiment.path, options.experiment_name).name
    with ray_cluster(options.cluster, options.verbosity):
        check_resources(config)
        say(f"Training {config.algo_class.__name__} from {experiment.path}")
        say(f"Results go to {storage_path}/{name}")
        if arithmetic := batch_arithmetic(config):
            say(arithmetic)
        warm_start_seconds = run_warm_start(config)
        _say_engine(config)
        _say_room(config, storage_path)
        if isinstance(config, ProRLConfig):
            say("Starting learners, env runners and engines, which can take a minute")
        outcome = run_trials(experiment, options, storage_path, name)
        _finish(outcome, experiment, warm_start_seconds)


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


def _finish(outcome: Outcome, experiment: Experiment, warm_start_seconds: float) -> None:
    """Leave the artefacts of the trials that did not fail, then report those that did."""
    ended = [result for result in outcome.results if result.error is None]
    failed = [result for result in outcome.results if result.error is not None]
    cut_short = [result for result in ended if outcome.cut_short(result)]
    interrupted = bool(cut_short) or (outcome.interrupted and not ended)
    say()
    if ended and not cut_short:
        say("Your training finished.", "bold green")
    elif interrupted and not ended:
        say("Interrupted.", "bold yellow")
    for result in ended:
        if result in cut_short:
            say(interrupted_at(result.metrics or {}, outcome.stop), "bold yellow")
        finish_trial(result, warm_start_seconds, experiment.file_option, interrupted=result in cut_short)
    for result in failed[1:]:
        complain(_failure(result))
    if failed:
        raise CommandError(_failure(failed[0]), FAILURE) from failed[0].error
    if interrupted:
        raise typer.Exit(INTERRUPTED)


def interrupted_at(result: Result, stop: dict[str, Any]) -> str:
    """Say how far a trial was when Ctrl-C was pressed.

    Args:
        result: its last result; empty when there was none.
        stop: the stop criteria.

    Returns:
        Text such as `Interrupted at iteration 2 of 500.`
    """
    iteration = number(result, "training_iteration")
    if not iteration:
        return "Interrupted before the end of the first iteration."
    last = f" of {stop['training_iteration']}" if "training_iteration" in stop else ""
    return f"Interrupted at iteration {iteration:.0f}{last}."


def _failure(result: tune.Result) -> str:
    """Say why a trial failed and where its traceback is."""
    return f"The trial failed. {root_cause(result.error)}\nIts traceback is in {Path(result.path) / 'error.txt'}"
