"""ProRL: configuration, algorithm and learner."""

from prorl_rllib.algorithms.prorl.prorl import ProRL
from prorl_rllib.algorithms.prorl.prorl_config import ProRLConfig

__all__ = ["ProRL", "ProRLConfig"]
