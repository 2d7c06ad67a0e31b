"""`rllib boundary`: base, middle and trained model on the same tasks, and what training moved."""
