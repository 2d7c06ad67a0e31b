"""Evaluation: pass@k of a policy, how sure it is, and what bounds it."""

from prorl_rllib.evaluation.pass_at_k import pass_at_k

__all__ = ["pass_at_k"]
