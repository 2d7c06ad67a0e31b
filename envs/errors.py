"""The errors the environments raise; a message says what happened, the value, the allowed range, the key to change."""


class EnvConfigError(ValueError):
    """The configuration of an environment is wrong: an unknown key, a value out of range, an unknown data set."""


class TaskError(ValueError):
    """A task cannot be made or cannot be scored: its reference is malformed or belongs to another version."""


class UnparseableAnswer(ValueError):
    """A response holds no answer in the form its domain asks for (an ordinary outcome, scored 0)."""


class VerifierError(RuntimeError):
    """The machinery of verification failed, not the answer."""
