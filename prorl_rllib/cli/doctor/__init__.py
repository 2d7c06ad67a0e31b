"""`rllib doctor`: what a run depends on, looked at."""
