"""`rllib evaluate`: tell a language model from another algorithm's checkpoint, and evaluate it."""

from pathlib import Path

import prorl_rllib.algorithms  # noqa: F401 - registers ProRL with Ray and mutes its notices
from prorl_rllib.algorithms import ProRL
from prorl_rllib.cli.cluster import ClusterOptions
from prorl_rllib.cli.errors import CommandError
from prorl_rllib.cli.evaluate.algorithm import evaluate_algorithm
from prorl_rllib.cli.evaluate.checkpoint import read_algorithm
from prorl_rllib.cli.evaluate.language_model import evaluate_language_model
from prorl_rllib.cli.evaluate.open_model import OpenModel
from prorl_rllib.cli.evaluate.options import EvaluateOptions
from prorl_rllib.cli.evaluate.source import is_model_folder
from prorl_rllib.cli.experiment.experiment_file import load_experiment
from prorl_rllib.cli.quiet import mute_loggers
from prorl_rllib.cli.termination import sigterm_interrupts

_NO_FILE = "\nIf its environment or model is registered in an experiment's file, add --file FILE.py."


def evaluate(folder: Path, file: str | None, options: EvaluateOptions, cluster: ClusterOptions, verbosity: int) -> None:
    """Evaluate a checkpoint or a model and print the result.

    Args:
        folder: a checkpoint, or a Hugging Face folder; see `find_source`.
        file: the experiment it was trained with, executed first for what it registers; None if nothing is needed.
        options: of the command line.
        cluster: which Ray is used; a language model needs none.
        verbosity: number of `-v`.

    Raises:
        CommandError: with code 2 for a wrong folder, file or option; with code 1 if the evaluation fails.
    """
    mute_loggers(verbosity)
    if file is not None:
        load_experiment(file)
    if is_model_folder(folder):
        _refuse_cluster(cluster)
        with sigterm_interrupts(), OpenModel(folder) as model:
            evaluate_language_model(model, options)
        return
    hint = "" if file else _NO_FILE
    saved = read_algorithm(folder, hint)
    if issubclass(saved.algorithm_class, ProRL):
        _refuse_cluster(cluster)
        with sigterm_interrupts(), OpenModel(saved) as model:
            evaluate_language_model(model, options)
    else:
        evaluate_algorithm(saved, options, cluster, hint, verbosity)


def _refuse_cluster(cluster: ClusterOptions) -> None:
    """Refuse options that would do nothing."""
    for name, value in (("--ray-address", cluster.address), ("--ray-num-cpus", cluster.num_cpus)):
        if value is not None:
            raise CommandError(
                f"{name} {value} is for checkpoints of other algorithms: a language model is evaluated in this "
                "process, without Ray. Leave it out."
            )
