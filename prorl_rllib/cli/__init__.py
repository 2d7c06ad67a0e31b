"""The `rllib` command: train from a file, evaluate a checkpoint."""
