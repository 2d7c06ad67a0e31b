"""What is not worth a worker's time: expressions that grow beyond it, and answers that are no expression at all.

It spares the worker's time; the deadline holds for what this lets through.
"""

import re

MAX_DEPTH = 50
"""Deepest nesting of brackets that is parsed."""
MAX_POWER = 10_000
"""Largest exponent, bound or factorial argument that is evaluated."""

_TOWER = re.compile(r"(?<!\d)(\d+) ?\^ ?\{? ?(\d+) ?\^ ?\{? ?(\d+)")
_HIGH_TOWER = re.compile(r"(?:\^ ?\{? ?\d+ ?){4,}")
_LARGE = re.compile(r"\^ ?\{? ?-?\d{6,}|(?<!\d)\d{5,}\}? ?\)? ?!")
_SERIES = re.compile(r"\\(?:sum|prod|d?binom)(?![a-zA-Z])")
_LARGE_BOUND = re.compile(r"\d{5,}|\d ?\^ ?\{? ?\d")
_CELLS = re.compile(r"\\\\|&")
_LONG_NUMBER = re.compile(r"\d{400}")
MAX_CELLS = 100
"""Most cells of a matrix."""
_DOUBLED_SIGN = re.compile(r"(?:^|[^-])--(?!-)|\+ ?\+|- -")
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")
_UNFINISHED = re.compile(r"(?:[-+*/=^_]|\\(?:cdot|times|frac))$")
_UNUSUAL = frozenset("?;:")
_ONE_IN_BRACKETS = re.compile(r"\[[^,\]]*\]")


def too_costly(answer: str) -> bool:
    """Tell whether an answer nests, grows or sums beyond what a worker can do in its time."""
    return (
        _depth(answer) > MAX_DEPTH
        or _LARGE.search(answer) is not None
        or _HIGH_TOWER.search(answer) is not None
        or any(_is_tall(*map(int, match.groups())) for match in _TOWER.finditer(answer))
        or (_SERIES.search(answer) is not None and _LARGE_BOUND.search(answer) is not None)
        or _LONG_NUMBER.search(answer) is not None
        or len(_CELLS.findall(answer)) > MAX_CELLS
    )


def malformed(gold: str, answer: str) -> bool:
    """Tell whether an answer is no value as a person writes one: `--5`, `[5]`, `5?`, `11:00`, a date.

    Args:
        gold: the reference answer, which may hold such signs itself.
        answer: the answer.
    """
    return (
        bool(_UNUSUAL & set(answer) - set(gold))
        or _DOUBLED_SIGN.search(answer) is not None
        or _UNFINISHED.search(answer) is not None
        or _DATE.fullmatch(answer) is not None
        or _ONE_IN_BRACKETS.fullmatch(answer) is not None
    )


def _is_tall(base: int, exponent: int, top: int) -> bool:
    """Tell whether base^(exponent^top) has too large an exponent to be evaluated."""
    return base > 1 and exponent > 1 and (top > 20 or exponent**top > MAX_POWER)


def _depth(text: str) -> int:
    """Return how deep the brackets of a text nest."""
    depth = deepest = 0
    for char in text:
        depth += (char in "([{") - (char in ")]}")
        deepest = max(deepest, depth)
    return deepest
