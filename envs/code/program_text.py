"""Trusted functions as the text of a program: a generated task's solution is the code that made its outputs."""

import inspect
import types
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any


@dataclass(frozen=True)
class Step:
    """One operation of a generated problem.

    Attributes:
        function: takes the value before it (the first step: all arguments) and the constants.
        constants: literals, functions, or tuples of them.
        text: what it does, as an instruction.
    """

    function: Callable[..., Any]
    constants: tuple[Any, ...]
    text: str


def step(function: Callable[..., Any], text: str, *constants: Any) -> Step:
    """Return a step; the constants fill the places `{}` of its text, those that are functions left out."""
    shown = [constant for constant in constants if not callable(constant)]
    return Step(function, constants, text.format(*shown))


def run_steps(steps: Sequence[Step], arguments: Sequence[Any]) -> Any:
    """Return what a chain of steps makes of some arguments."""
    first, *rest = steps
    value = first.function(*arguments, *first.constants)
    for each in rest:
        value = each.function(value, *each.constants)
    return value


def solution_text(name: str, parameters: Sequence[str], steps: Sequence[Step]) -> str:
    """Return a program that defines the function `name`, which does what `run_steps` does.

    Args:
        name: of the function.
        parameters: its names of arguments.
        steps: the operations.
    """
    used = [function for each in steps for function in functions_in((each.function, *each.constants))]
    lines = [f"def {name}({', '.join(parameters)}):"]
    given = list(parameters)
    for each in steps:
        lines.append(f"    result = {each.function.__name__}({', '.join(given + literals(each.constants))})")
        given = ["result"]
    return "\n\n\n".join([*definitions(used), "\n".join([*lines, "    return result"])])


def literals(constants: Iterable[Any]) -> list[str]:
    """Return constants as Python source, functions by name."""
    return [literal(constant) for constant in constants]


def literal(constant: Any) -> str:
    """Return one constant as Python source."""
    if isinstance(constant, tuple):
        return f"({''.join(part + ', ' for part in literals(constant))})"
    return constant.__name__ if callable(constant) else repr(constant)


def functions_in(constants: Iterable[Any]) -> Iterator[types.FunctionType]:
    """Yield the functions among constants, within tuples too."""
    for constant in constants:
        if isinstance(constant, tuple):
            yield from functions_in(constant)
        elif isinstance(constant, types.FunctionType):
            yield constant


def definitions(functions: Iterable[types.FunctionType]) -> list[str]:
    """Return the source of functions and of all they use of their modules, each once, imports first."""
    imports: list[str] = []
    sources: list[str] = []
    for function in functions:
        for text in closure(function):
            found = imports if text.startswith("import ") else sources
            if text not in found:
                found.append(text)
    return (["\n".join(imports)] if imports else []) + sources


@lru_cache(512)
def closure(function: types.FunctionType) -> tuple[str, ...]:
    """Return the source of a function, after that of the functions and modules it uses."""
    texts: list[str] = []
    for name in names_used(function.__code__):
        value = function.__globals__.get(name)
        if isinstance(value, types.FunctionType):
            texts.extend(closure(value))
        elif isinstance(value, types.ModuleType):
            texts.append(f"import {value.__name__}")
    return (*texts, inspect.getsource(function).rstrip())


def names_used(code: types.CodeType) -> list[str]:
    """Return the global names of a function's code and of the functions within it, sorted."""
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names.update(names_used(constant))
    return sorted(names)
