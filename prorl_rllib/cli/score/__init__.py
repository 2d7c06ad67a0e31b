"""`rllib score`: verdicts on the responses of a file."""
