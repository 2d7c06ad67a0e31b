"""Prepare a process that trains: no start-up noise of RLlib, and threads that do not spin while they wait."""

import logging

from prorl_rllib.process_environment import set_process_environment

_NOISY_LOGGERS = (
    "ray.tune.utils.util",
    # Its advice for a set-up of more than ten seconds, reuse_actors=True, is none for learners.
    "ray.tune.trainable.trainable",
    "ray.train.torch.config",
    "ray._private.authentication.authentication_token_setup",
)
# Two warnings that RLlib prints once a process, about a choice made on purpose and about RLlib's own code.
_ONCE = ("ProRL_on_new_api_stack", "WarmStart_on_new_api_stack", "RLModule(config=[RLModuleConfig object])")


def prepare_process() -> None:
    """Set the environment variables and mute known messages; anything else still gets through."""
    set_process_environment()
    from ray.util.debug import log_once

    for name in _NOISY_LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)
    for message in _ONCE:
        log_once(message)
