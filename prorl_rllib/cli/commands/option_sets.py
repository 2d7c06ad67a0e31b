"""Let several commands have the same options without writing them twice."""

import inspect
from collections.abc import Callable
from typing import Any


def takes_options_of(*sets: Callable[..., Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command the parameters of other functions, in place of its `**options`.

    Args:
        *sets: functions whose parameters are annotated as typer's options.

    Returns:
        A decorator for a command that ends in `**options`, which then get the values of those parameters.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        """Put the parameters together, where typer looks for them."""
        own = [p for p in _parameters(command) if p.kind is not inspect.Parameter.VAR_KEYWORD]
        added = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for options in sets for p in _parameters(options)]
        parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own] + added
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return command

    return decorate


def names_of(options: Callable[..., Any]) -> set[str]:
    """Return the names of the parameters that a set of options adds."""
    return {parameter.name for parameter in _parameters(options)}


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """Return a function's parameters, with annotations that are no text."""
    return list(inspect.signature(function, eval_str=True).parameters.values())
