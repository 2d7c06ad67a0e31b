"""Read which algorithm a checkpoint is of, and its config, without building it."""

import pickle
from dataclasses import dataclass
from pathlib import Path

from ray.rllib.algorithms.algorithm import Algorithm
from ray.rllib.algorithms.algorithm_config import AlgorithmConfig

from prorl_rllib.algorithms.prorl.checkpoints import read_marker
from prorl_rllib.cli.errors import FAILURE, CommandError, describe


@dataclass(frozen=True)
class SavedAlgorithm:
    """A checkpoint and what it says of itself.

    Attributes:
        folder: the absolute folder.
        algorithm_class: the algorithm's class.
        config: the config it was built with; a copy, not frozen.
        iteration: iterations it was trained for; None where the checkpoint does not say.
    """

    folder: Path
    algorithm_class: type[Algorithm]
    config: AlgorithmConfig
    iteration: int | None


def read_algorithm(folder: Path, hint: str) -> SavedAlgorithm:
    """Read which algorithm a checkpoint is of, and its config; nothing is built.

    Args:
        folder: a checkpoint.
        hint: follows the reason when it cannot be read.

    Raises:
        CommandError: with code 1 if it cannot be read.
    """
    try:
        with (folder / Algorithm.CLASS_AND_CTOR_ARGS_FILE_NAME).open("rb") as file:
            saved = pickle.load(file)
        arguments, keywords = saved["ctor_args_and_kwargs"]
        config = arguments[0] if arguments else keywords["config"]
        if isinstance(config, dict):
            config = AlgorithmConfig.from_state(config)
        iteration = (read_marker(folder) or {}).get("iteration")
        return SavedAlgorithm(folder, saved["class"], config.copy(copy_frozen=False), iteration)
    except Exception as error:
        raise CommandError(f"{folder} could not be restored. {describe(error)}{hint}", FAILURE) from error
