"""Solver of the code domain: a program with one line an operation."""

import ast
import random
from collections.abc import Iterator

from prorl_rllib.algorithms.warm_start.solutions.solver import Solver, goes_wrong
from prorl_rllib.envs import Task

EXPRESSIONS = {
    "add_to_each": "[v + {0} for v in values]",
    "multiply_each": "[v * {0} for v in values]",
    "take_remainders": "[v % {0} for v in values]",
    "reverse_list": "values[::-1]",
    "running_sums": "[sum(values[:i + 1]) for i in range(len(values))]",
    "differences": "[b - a for a, b in zip(values, values[1:])]",
    "rotate_left": "[values[(i + {0}) % len(values)] for i in range(len(values))]",
    "keep_every": "values[{0} - 1::{0}]",
    "swap_neighbours": "[v for i in range(0, len(values), 2) for v in values[i:i + 2][::-1]]",
    "window_sums": "[sum(values[i:i + {0}]) for i in range(len(values) - {0} + 1)]",
    "replace_value": "[{1} if v == {0} else v for v in values]",
    "keep_multiples": "[v for v in values if v % {0} == 0]",
    "drop_multiples": "[v for v in values if v % {0} != 0]",
    "keep_above": "[v for v in values if v > {0}]",
    "keep_below": "[v for v in values if v < {0}]",
    "clip_each": "[min(max(v, {0}), {1}) for v in values]",
    "take_absolute": "[abs(v) for v in values]",
    "sort_up": "sorted(values)",
    "sort_down": "sorted(values)[::-1]",
    "drop_repeats": "list(dict.fromkeys(values))",
}
"""Operation of a generated problem -> an expression on `values`, with places for its constants."""
PLAIN = tuple(name for name, expression in EXPRESSIONS.items() if "{0}" not in expression)
"""Operations without constants."""
READ_VALUES = "input()\nvalues = [int(word) for word in input().split()]"

Operation = tuple[str, tuple[int, ...]]
"""Name and constants."""


def solve_list_pipeline(task: Task, rng: random.Random, mistake_rate: float) -> tuple[str, str]:
    """Write one line an operation; a wrong one has a constant that is off by 1, or is another one without constants."""
    operations = [_slip(each, rng, mistake_rate) for each in operations_of(task.reference["solution"])]
    *before, last = [EXPRESSIONS[name].format(*constants) for name, constants in operations]
    if task.metadata["form"] == "stdin":
        return "", "\n".join([READ_VALUES, *(f"values = {each}" for each in before), f"print(*{last})"])
    lines = [f"values = {each}" for each in before] + [f"return {last}"]
    return "", "\n    ".join(["def transform(values):", *lines])


def operations_of(solution: str) -> Iterator[Operation]:
    """Yield the operations of a generated solution, whose last function calls them one after the other.

    Args:
        solution: A program; its last function has lines such as `result = keep_above(values, 3)`.
    """
    functions = [node for node in ast.parse(solution).body if isinstance(node, ast.FunctionDef)]
    for statement in functions[-1].body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call):
            _, *constants = statement.value.args
            yield ast.unparse(statement.value.func), tuple(ast.literal_eval(each) for each in constants)


def _slip(operation: Operation, rng: random.Random, mistake_rate: float) -> Operation:
    """Return the operation or, at the mistake rate, one that is like it."""
    name, constants = operation
    if not goes_wrong(rng, mistake_rate):
        return operation
    if not constants:
        return rng.choice([other for other in PLAIN if other != name]), ()
    place = rng.randrange(len(constants))
    shifted = constants[place] + rng.choice((-1, 1))
    return name, (*constants[:place], shifted, *constants[place + 1 :])


SOLVERS: dict[str, Solver] = {"list_pipeline": solve_list_pipeline}
