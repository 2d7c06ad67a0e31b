"""Whether training moved what a model can solve: base, middle and trained model compared task by task."""
