"""What several scorers read numbers with."""

MAX_NUMBER_CHARS = 100
"""Longest answer, or part of one, that is read as a number."""
DECIMAL = r"(?:\d+(?:\.\d*)?|\.\d+)"
"""A decimal without a sign, as a regular expression; to be compiled with `re.ASCII`."""
