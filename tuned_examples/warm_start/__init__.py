"""Tuned examples of the warm start."""
