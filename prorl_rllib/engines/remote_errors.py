"""Exceptions that cross from an engine process to its parent, as the name of a class and a text."""

from prorl_rllib.engines.errors import CanaryError, EngineDeadError, EngineStartError, WeightsMissingError

KINDS: dict[str, type[Exception]] = {
    kind.__name__: kind
    for kind in (
        ValueError,
        TypeError,
        RuntimeError,
        NotImplementedError,
        ImportError,
        ModuleNotFoundError,
        OSError,
        FileNotFoundError,
        PermissionError,
        MemoryError,
        CanaryError,
        EngineDeadError,
        EngineStartError,
        WeightsMissingError,
    )
}
"""The classes that arrive as themselves. Others arrive as the nearest base class among these, or as RuntimeError."""


def describe(error: Exception) -> tuple[str, str]:
    """Describe an exception for the parent.

    Args:
        error: what was raised.

    Returns:
        A key of `KINDS`, and the message; it begins with the class's own name where that is not the key.
    """
    name = type(error).__name__
    if KINDS.get(name) is type(error):
        return name, str(error)
    kind = next((base.__name__ for base in type(error).__mro__ if KINDS.get(base.__name__) is base), "RuntimeError")
    return kind, f"{name}: {error}"


def rebuild(kind: str, text: str, where: str) -> Exception:
    """Make the exception again.

    Args:
        kind: a key of `KINDS`.
        text: its message.
        where: a note that is shown below it.

    Returns:
        The exception, to be raised.
    """
    error = KINDS[kind](text)
    error.add_note(where)
    return error
