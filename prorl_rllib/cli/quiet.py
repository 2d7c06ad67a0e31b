"""A console that shows the training and nothing else: environment variables before Ray is imported, loggers after."""

import logging
import os

from prorl_rllib.process_environment import set_process_environment

ENVIRONMENT = {
    # Tune's newer reporter prints a table of the experiment even at verbose=0.
    "RAY_AIR_NEW_OUTPUT": "0",
    # Relative paths in a config mean the folder that the command runs in, as they do in a script.
    "RAY_CHDIR_TO_TRIAL_DIR": "0",
}

# Besides those that importing `prorl_rllib.algorithms` mutes, in the workers too. "ray.rllib" has a level of its own.
NOISY_LOGGERS = ("ray", "ray.rllib")

REPORTED_BY_THE_COMMAND = ("ray.tune", "ray.tune.tune", "ray.tune.execution.tune_controller")


def prepare_environment() -> None:
    """Set the variables that Ray and the tokenizers read on import; what the user has set is kept."""
    set_process_environment()
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)


def mute_loggers(verbosity: int) -> None:
    """Mute Ray's and transformers' notices in this process; errors still show.

    Args:
        verbosity: number of `-v` on the command line; from 1 on nothing is muted.
    """
    if verbosity > 0:
        return
    for name in NOISY_LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)
    # Tune logs the traceback of a trial that failed; the command names the file that has it.
    for name in REPORTED_BY_THE_COMMAND:
        logging.getLogger(name).setLevel(logging.CRITICAL)

    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
