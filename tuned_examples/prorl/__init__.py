"""Experiments with ProRL."""
