"""Experiments to run and to copy."""
