"""The models of `rllib boundary`: found, and what they say of the length of their answers."""

from collections.abc import Mapping
from pathlib import Path

from prorl_rllib.algorithms import ProRL
from prorl_rllib.cli.errors import CommandError
from prorl_rllib.cli.evaluate.checkpoint import SavedAlgorithm, read_algorithm
from prorl_rllib.cli.evaluate.config import checkpoint_config, model_config
from prorl_rllib.cli.evaluate.options import EvaluateOptions
from prorl_rllib.cli.evaluate.source import find_source, is_model_folder
from prorl_rllib.evaluation.boundary.report import Role

Source = SavedAlgorithm | Path

_NO_FILE = "\nIf its environment or model is registered in an experiment's file, add --file FILE.py."


def find_models(paths: Mapping[Role, str], file: str | None) -> dict[Role, Source]:
    """Find the models.

    Args:
        paths: of checkpoints or Hugging Face folders by role.
        file: the experiment they were trained with; for the message only.

    Returns:
        Checkpoints or folders by role.

    Raises:
        CommandError: naming the option whose path is neither, or a checkpoint of another algorithm.
    """
    return {role: _find(role, path, "" if file else _NO_FILE) for role, path in paths.items()}


def completion_length(source: Source, options: EvaluateOptions) -> int:
    """Return how many tokens an answer may have by default: what the model was trained with, or its context allows.

    Args:
        source: a checkpoint or a folder.
        options: of its evaluation, with an environment.
    """
    config = checkpoint_config(source) if isinstance(source, SavedAlgorithm) else model_config(source, options)
    return int(config.max_completion_length)


def _find(role: str, path: str, hint: str) -> Source:
    """Find one model."""
    try:
        folder = find_source(path)
    except CommandError as error:
        raise CommandError(f"--{role}: {error.message}", error.exit_code) from error
    if is_model_folder(folder):
        return folder
    saved = read_algorithm(folder, hint)
    if not issubclass(saved.algorithm_class, ProRL):
        raise CommandError(
            f"--{role} {folder} is a checkpoint of {saved.algorithm_class.__name__}: pass@k of answers needs a "
            "language model, a ProRL checkpoint or a Hugging Face folder."
        )
    return saved
