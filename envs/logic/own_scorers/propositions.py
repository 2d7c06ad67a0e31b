"""Answers that are a conclusion from premises in propositional logic.

Upstream gives all of the reward to a premise copied, to any weakening of one and to all of them joined by "and", a
quarter to a tautology, and crumbs to any formula. Here a conclusion is a formula with one two-place connective at
most, as upstream's own conclusions are, and it must need more than one premise.

A formula is held as its truth table: an int with one bit for each assignment of the variables.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations, product
from typing import Any

ONE_PREMISE_CREDIT = 0.25
"""For what follows from one premise alone and is not that premise."""
MAX_CHARS = 2000
MAX_DEPTH = 50
MAX_VARIABLES = 14
NOT, AND, OR, IMPLIES, IFF = "\u00ac\u2227\u2228\u2192\u2194"
CONNECTIVES = (IFF, IMPLIES, OR, AND)
"""The loosest first; of one kind the last in a text is the outermost, as upstream reads them."""


class WrongFormula(ValueError):
    """A text is no formula over the variables."""


def score_conclusion(answer: str, entry: dict[str, Any]) -> float:
    """Score a conclusion: 1 when the premises together imply it and no single one does.

    `ONE_PREMISE_CREDIT` when a single one does; 0 for a tautology, for a premise in other words, for more than one
    two-place connective, and for what does not follow.
    """
    premises, variables = entry["metadata"]["premises"], entry["metadata"]["variables"]
    try:
        if sum(answer.count(connective) for connective in CONNECTIVES) > 1:
            return 0.0
        return value_of(
            read_table(answer, variables), [read_table(premise, variables) for premise in premises], variables
        )
    except WrongFormula:
        return 0.0


def value_of(conclusion: int, premises: Sequence[int], variables: Sequence[str]) -> float:
    """Return the reward of a conclusion, all formulas as truth tables over the variables."""
    together = every_row = all_rows(variables)
    for premise in premises:
        together &= premise
    if conclusion in (every_row, *premises) or together & ~conclusion:
        return 0.0
    return ONE_PREMISE_CREDIT if any(not premise & ~conclusion for premise in premises) else 1.0


def example_conclusion(entry: dict[str, Any]) -> str | None:
    """Return the first conclusion that earns the whole reward, None when there is none."""
    premises, variables = entry["metadata"]["premises"], entry["metadata"]["variables"]
    tables = [read_table(premise, variables) for premise in premises]
    for candidate in candidates(variables):
        if value_of(read_table(candidate, variables), tables, variables) == 1.0:
            return candidate
    return None


def candidates(variables: Sequence[str]) -> Iterator[str]:
    """Yield conclusions with one two-place connective at most, one for each truth table."""
    for variable, sign in product(variables, ("", NOT)):
        yield f"{sign}{variable}"
    for left, right in combinations(variables, 2):
        for connective, first, second in product((AND, OR), ("", NOT), ("", NOT)):
            yield f"{first}{left} {connective} {second}{right}"
        for sign in ("", NOT):
            yield f"{left} {IFF} {sign}{right}"


def all_rows(variables: Sequence[str]) -> int:
    """Return the truth table of a tautology."""
    if len(variables) > MAX_VARIABLES:
        raise WrongFormula(f"{len(variables)} variables, more than {MAX_VARIABLES}")
    return (1 << (1 << len(variables))) - 1


def variable_table(variable: str, variables: Sequence[str]) -> int:
    """Return the truth table of a variable: bit `i` is its value in assignment `i`."""
    if variable not in variables:
        raise WrongFormula(f"unknown variable {variable!r:.50}")
    place = variables.index(variable)
    return sum(1 << row for row in range(1 << len(variables)) if row >> place & 1)


def read_table(text: str, variables: Sequence[str], depth: int = 0) -> int:
    """Return the truth table of a formula.

    Raises:
        WrongFormula: when the text is none over these variables.
    """
    if len(text) > MAX_CHARS or depth > MAX_DEPTH:
        raise WrongFormula("too long or nested too deep")
    text = without_brackets(text.strip())
    for connective in CONNECTIVES:
        place = last_outside_brackets(text, connective)
        if place >= 0:
            left = read_table(text[:place], variables, depth + 1)
            return joined(connective, left, read_table(text[place + 1 :], variables, depth + 1), all_rows(variables))
    if text.startswith(NOT):
        return all_rows(variables) & ~read_table(text[1:], variables, depth + 1)
    return variable_table(text, variables)


def joined(connective: str, left: int, right: int, every_row: int) -> int:
    """Return the truth table of two formulas under a connective."""
    if connective == AND:
        return left & right
    if connective == OR:
        return left | right
    if connective == IMPLIES:
        return every_row & ~left | right
    return every_row & ~(left ^ right)


def last_outside_brackets(text: str, connective: str) -> int:
    """Return the place of the last connective that stands in no brackets, -1 when there is none."""
    level = 0
    for place in range(len(text) - 1, -1, -1):
        level += (text[place] == ")") - (text[place] == "(")
        if level == 0 and text[place] == connective:
            return place
    return -1


def without_brackets(text: str) -> str:
    """Return a formula without the brackets around all of it."""
    while text.startswith("(") and text.endswith(")"):
        level = 0
        for place, character in enumerate(text):
            level += (character == "(") - (character == ")")
            if level == 0 and place < len(text) - 1:
                return text
        if level:
            return text
        text = text[1:-1].strip()
    return text
