"""Answers that are an arithmetic expression over given numbers: countdown and puzzle24.

Reasoning Gym executes them as Python, and does not look whether puzzle24's are made of the numbers given.
"""

import re
from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from prorl_rllib.envs.logic.own_scorers.expression_tree import (
    Call,
    Name,
    Number,
    Power,
    Product,
    Sum,
    Tree,
    WrongExpression,
    parse,
    walk,
)

MAX_EXPRESSION_CHARS = 1000
PUZZLE24_TARGET = 24
_OFFERED = re.compile(r"You can use the operators (.+)\.$", re.MULTILINE)


def score_countdown(answer: str, entry: dict[str, Any]) -> float:
    """Score an expression that must use every number once and be the target."""
    metadata = entry["metadata"]
    return score_expression(answer, metadata["numbers"], metadata["target"], "+-*/")


def score_puzzle24(answer: str, entry: dict[str, Any]) -> float:
    """Score an expression that must use every number once, only the operators offered, and be 24."""
    offered = _OFFERED.search(entry["question"])
    operators = offered[1] if offered else "+-*/"
    return score_expression(answer, entry["metadata"]["numbers"], PUZZLE24_TARGET, operators)


def score_expression(answer: str, numbers: Iterable[int], target: int, operators: str) -> float:
    """Return 1 for an expression of given numbers, each used once, with a given value; 0 for anything else.

    Args:
        answer: the model's.
        numbers: to be used.
        target: the value, exact.
        operators: those that may be used; a sign before a number counts for "-".
    """
    try:
        tree = parse(answer, MAX_EXPRESSION_CHARS)
        right = evaluate(tree) == target
    except (WrongExpression, ZeroDivisionError):
        return 0.0
    used = Counter(part.text for part in walk(tree) if isinstance(part, Number))
    fair = used == Counter(str(number) for number in numbers) and operators_of(tree) <= set(operators)
    return 1.0 if right and fair else 0.0


def evaluate(tree: Tree) -> Fraction:
    """Return the exact value of a tree of numbers, sums and products.

    Raises:
        WrongExpression: when it holds anything else.
        ZeroDivisionError: when it divides by zero.
    """
    match tree:
        case Number():
            return tree.value
        case Sum():
            return sum(((-1 if negative else 1) * evaluate(term) for negative, term in tree.terms), Fraction(0))
        case Product():
            value = Fraction(1)
            for divides, factor in tree.factors:
                value = value / evaluate(factor) if divides else value * evaluate(factor)
            return value
        case Name() | Call() | Power():
            raise WrongExpression("only numbers, + - * / and brackets are arithmetic here")


def operators_of(tree: Tree) -> set[str]:
    """Return the operators that a tree of sums and products uses."""
    used = set()
    for part in walk(tree):
        if isinstance(part, Sum):
            used |= {"-" if negative else "+" for negative, _ in (part.terms if part.terms[0][0] else part.terms[1:])}
        elif isinstance(part, Product):
            used |= {"/" if divides else "*" for divides, _ in part.factors[1:]}
    return used
