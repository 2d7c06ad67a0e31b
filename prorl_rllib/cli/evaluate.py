"""`rllib evaluate`: restore a checkpoint and run the evaluation its config defines."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ray.rllib.algorithms.algorithm import Algorithm
from rich.table import Table

import prorl_rllib.algorithms  # noqa: F401 - registers ProRL with Ray and mutes its notices
from prorl_rllib.cli.cluster import ray_cluster
from prorl_rllib.cli.console import console, say
from prorl_rllib.cli.errors import FAILURE, CommandError, describe
from prorl_rllib.cli.experiment_file import load_experiment
from prorl_rllib.cli.metrics import num_tasks, number, pass_at_1
from prorl_rllib.cli.progress_table import figure
from prorl_rllib.cli.quiet import mute_loggers

MARKERS = ("rllib_checkpoint.json", "algorithm_state.pkl")


def check_checkpoint(path: str) -> Path:
    """Make sure that `path` is an algorithm's checkpoint.

    Args:
        path: a folder on this machine.

    Returns:
        The absolute folder.

    Raises:
        CommandError: if it does not exist or is something else; checkpoints found in it are named.
    """
    folder = Path(path).expanduser().absolute()
    if not folder.exists():
        raise CommandError(f"There is no checkpoint at {folder}. Name the folder that a training printed at its end.")
    missing = [name for name in MARKERS if not (folder / name).is_file()]
    if not missing:
        return folder
    message = f"{folder} is not a checkpoint of an RLlib algorithm: it has no {' and no '.join(missing)}."
    inside = (
        sorted(marker.parent for marker in folder.rglob("checkpoint_*/rllib_checkpoint.json"))
        if folder.is_dir()
        else []
    )
    hint = f"The newest checkpoint in it is {inside[-1]}" if inside else "Expected a folder such as checkpoint_000000."
    raise CommandError(f"{message} {hint}")


def evaluate_checkpoint(
    path: str, file: str | None, ray_address: str | None, ray_num_cpus: int | None, verbosity: int
) -> None:
    """Evaluate the algorithm saved at `path` and print the result.

    Args:
        path: a checkpoint folder.
        file: the experiment it was trained with, executed first for what it registers; None if nothing is needed.
        ray_address: a running cluster, or None to start Ray here.
        ray_num_cpus: CPUs of the Ray that is started; None takes this machine's.
        verbosity: number of `-v`.

    Raises:
        CommandError: with code 2 if `path` is no checkpoint or `file` no experiment, with code 1 if the checkpoint
            cannot be restored or evaluated.
    """
    folder = check_checkpoint(path)
    mute_loggers(verbosity)
    hint = "" if file else "\nIf its environment or model is registered in an experiment's file, add --file FILE.py."
    if file is not None:
        load_experiment(file)
    with ray_cluster(ray_address, ray_num_cpus, verbosity):
        say(f"Restoring algorithm from {folder}")
        print_evaluation(_evaluate(folder, hint))


def _evaluate(folder: Path, hint: str) -> Mapping[str, Any]:
    """Restore, evaluate, and stop what was started; `hint` follows the reason when it cannot be restored."""
    try:
        algorithm = Algorithm.from_checkpoint(str(folder))
    except Exception as error:
        raise CommandError(f"{folder} could not be restored. {describe(error)}{hint}", FAILURE) from error
    try:
        return algorithm.evaluate()
    except Exception as error:
        raise CommandError(f"The algorithm of {folder} could not be evaluated. {describe(error)}", FAILURE) from error
    finally:
        algorithm.stop()


def print_evaluation(results: Mapping[str, Any]) -> None:
    """Print pass@1 by domain for ProRL, the mean return for other algorithms.

    Args:
        results: what `Algorithm.evaluate()` returned.
    """
    result = {"evaluation": results}
    shares, tasks = pass_at_1(result, "evaluation"), num_tasks(result, "evaluation")
    if not shares:
        mean, episodes = number(results, "env_runners/episode_return_mean"), number(results, "env_runners/num_episodes")
        say(f"Mean return: {figure(mean, '.2f')} over {figure(episodes, '.0f')} episodes")
        return
    table = Table("domain", title="Held-out evaluation")
    table.add_column("pass@1", justify="right")
    table.add_column("tasks", justify="right")
    for name, share in shares.items():
        table.add_row(name, figure(share), figure(tasks.get(name), ".0f"))
    console().print(table)
