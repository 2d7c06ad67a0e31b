"""Sweeps with several seeds an arm: what came out, with intervals."""
