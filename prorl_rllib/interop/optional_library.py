"""The error for a library that an adapter needs and that is not installed."""


def missing_library(adapter: str, requirement: str, error: ImportError) -> ImportError:
    """Return the error to raise when an adapter's library cannot be imported.

    Args:
        adapter: module of the adapter.
        requirement: name and tested range of the library, as pip takes it.
        error: what the import raised.
    """
    return ImportError(
        f"{adapter} needs a library that is not part of this package, tested in the range {requirement!r}: "
        f"pip install '{requirement}' (the import said: {error})",
        name=error.name,
    )
