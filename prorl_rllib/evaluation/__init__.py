"""Evaluation: pass@k of a policy, and what bounds it."""
