"""Keep RLlib's start-up noise out of the console, in this process and in every actor that imports the algorithms."""

import logging
import os

_SWITCHES = {"RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0", "TOKENIZERS_PARALLELISM": "false"}
_NOISY_LOGGERS = ("ray.tune.utils.util", "ray.train.torch.config")
# Two warnings that RLlib prints once a process, about a choice made on purpose and about RLlib's own code.
_ONCE = ("ProRL_on_new_api_stack", "WarmStart_on_new_api_stack", "RLModule(config=[RLModuleConfig object])")


def mute_ray() -> None:
    """Mute known start-up messages; anything else still gets through."""
    for key, value in _SWITCHES.items():
        os.environ.setdefault(key, value)
    from ray.util.debug import log_once

    for name in _NOISY_LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)
    for message in _ONCE:
        log_once(message)
