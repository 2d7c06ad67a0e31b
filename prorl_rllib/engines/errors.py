"""The errors an engine raises when it, and not the request, is at fault.

All are `RuntimeError`: a caller that does not care which one it is may catch that. A wrong request or wrong weights
are a `ValueError` and leave the engine usable.
"""


class EngineStartError(RuntimeError):
    """The engine did not come up: it ran past its start deadline, or an exception ended its start."""


class EngineDeadError(RuntimeError):
    """The engine can answer no further call: it crashed, was killed, hung past a deadline, or failed half-way."""


class CanaryError(RuntimeError):
    """The engine gives other log-probabilities to known tokens than the weights it was handed should give."""


class WeightsMissingError(RuntimeError):
    """The engine holds no whole set of weights: none was loaded yet, or the last load failed half-way."""
