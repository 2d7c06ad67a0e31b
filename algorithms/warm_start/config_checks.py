"""Checks of a warm start's config that read as one table: key, value, allowed range."""

from typing import Any

from prorl_rllib.algorithms.prorl.config_checks import Rule, check_rules, integer, number
