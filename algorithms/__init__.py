"""Algorithms; importing this package registers "ProRL" with Ray Tune and mutes RLlib's start-up noise."""

from prorl_rllib.algorithms.process import prepare_process

prepare_process()

from ray.tune.registry import register_trainable  # noqa: E402 - Ray reads its switches at import

from prorl_rllib.algorithms.prorl import ProRL, ProRLConfig  # noqa: E402
from prorl_rllib.envs.registration import register_environments  # noqa: E402

register_trainable("ProRL", ProRL)
# Once more: a folder named prorl_rllib in the working directory, such as a clone, hides the __init__ of an editable
# installation, but not its parts.
register_environments()

__all__ = ["ProRL", "ProRLConfig"]
