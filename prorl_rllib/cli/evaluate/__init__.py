"""`rllib evaluate`: checkpoints and models, measured on held-out tasks."""
