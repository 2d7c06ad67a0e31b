"""What the trials of an experiment came to, in words: finished, interrupted, failed and why."""

from pathlib import Path
from typing import Any

from ray import tune

from prorl_rllib.cli.console import complain, say
from prorl_rllib.cli.errors import FAILURE, CommandError, root_cause
from prorl_rllib.cli.experiment.experiment import Experiment
from prorl_rllib.cli.metrics import Result, number
from prorl_rllib.cli.training.after_training import finish_trial, say_next_command
from prorl_rllib.cli.training.tuning import Outcome


def finish_trials(outcome: Outcome, experiment: Experiment, warm_start_seconds: float) -> bool:
    """Leave the artefacts of the trials that did not fail, then report those that did.

    Args:
        outcome: what `run_trials` returned.
        experiment: what was trained.
        warm_start_seconds: what the warm start before it took.

    Returns:
        Whether Ctrl-C ended it.

    Raises:
        CommandError: with code 1 if a trial failed, with code 2 if the stop criteria could not be met.
    """
    ended = [result for result in outcome.results if result.error is None]
    failed = [result for result in outcome.results if result.error is not None]
    cut_short = [result for result in ended if outcome.cut_short(result)]
    interrupted = bool(cut_short) or (outcome.interrupted and not ended)
    say()
    if outcome.missing_metrics:
        raise CommandError(_never_met(outcome.missing_metrics))
    if ended and not cut_short:
        say("Your training finished.", "bold green")
    elif interrupted and not ended:
        say("Interrupted.", "bold yellow")
    checkpoints = []
    for result in ended:
        if result in cut_short:
            say(interrupted_at(result.metrics or {}, outcome.stop), "bold yellow")
        checkpoints.append(finish_trial(result, warm_start_seconds, interrupted=result in cut_short))
    if any(checkpoints):
        say_next_command(next(filter(None, checkpoints)), experiment.file_option)
    for result in failed[1:]:
        complain(_failure(result))
    if failed:
        raise CommandError(_failure(failed[0]), FAILURE) from failed[0].error
    return interrupted


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


def _never_met(missing: dict[str, str]) -> str:
    """Say which stop criteria the first result did not have."""
    names = ", ".join(f"{name!r}{hint}" for name, hint in missing.items())
    return (
        f"The run was stopped after its first iteration: it has no metric {names} to stop at, so it would never end. "
        "Add a criterion such as training_iteration, or correct the name; docs/metrics.md lists ProRL's."
    )


def _failure(result: tune.Result) -> str:
    """Say why a trial failed and where its traceback is."""
    return f"The trial failed. {root_cause(result.error)}\nIts traceback is in {Path(result.path) / 'error.txt'}"
