"""Warm start: a small base model that needs no download, taught by worked solutions with mistakes in them."""

from prorl_rllib.algorithms.warm_start.cache import WarmStartResult, ensure_warm_start
from prorl_rllib.algorithms.warm_start.config import WarmStartConfig
from prorl_rllib.algorithms.warm_start.warm_start import WarmStart

__all__ = ["WarmStart", "WarmStartConfig", "WarmStartResult", "ensure_warm_start"]
