"""Answers that are a polynomial, multiplied out (upstream's scorer executes them as Python)."""

from collections.abc import Mapping
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
)

MAX_EXPONENT = 200
Monomial = tuple[tuple[str, int], ...]
"""Variables and their exponents, sorted, exponents above 0."""


def score_polynomial(answer: str, entry: dict[str, Any]) -> float:
    """Return 1 for a sum of monomials that equals the product asked for, in any order; 0 for anything else."""
    try:
        return 1.0 if read_polynomial(answer) == read_polynomial(str(entry["answer"])) else 0.0
    except WrongExpression:
        return 0.0


def read_polynomial(text: str) -> dict[Monomial, Fraction]:
    """Return the coefficients of a polynomial that is written as a sum of monomials.

    Raises:
        WrongExpression: when the text is none; the product of two sums is none.
    """
    total: dict[Monomial, Fraction] = {}
    for coefficient, monomial in terms_of(parse(text)):
        total[monomial] = total.get(monomial, Fraction(0)) + coefficient
    return {monomial: coefficient for monomial, coefficient in total.items() if coefficient}


def terms_of(tree: Tree) -> list[tuple[Fraction, Monomial]]:
    """Return the terms of a tree, like ones apart."""
    if isinstance(tree, Sum):
        return [
            (-coefficient if negative else coefficient, monomial)
            for negative, term in tree.terms
            for coefficient, monomial in terms_of(term)
        ]
    coefficient, exponents = monomial_of(tree)
    return [(coefficient, tuple(sorted((name, power) for name, power in exponents.items() if power)))]


def monomial_of(tree: Tree) -> tuple[Fraction, Mapping[str, int]]:
    """Return the coefficient and the exponents of a product of numbers and powers of variables.

    Raises:
        WrongExpression: when the tree is no such product.
    """
    match tree:
        case Number():
            return tree.value, {}
        case Name():
            return Fraction(1), {tree.name: 1}
        case Power(base=Name() as base, exponent=Number() as exponent):
            if exponent.value.denominator != 1 or exponent.value > MAX_EXPONENT:
                raise WrongExpression(f"exponent {exponent.text}")
            return Fraction(1), {base.name: int(exponent.value)}
        case Sum(terms=((negative, term),)):
            coefficient, exponents = monomial_of(term)
            return (-coefficient if negative else coefficient), exponents
        case Product():
            return product_of(tree)
        case Sum() | Call() | Power():
            raise WrongExpression("not multiplied out")


def product_of(tree: Product) -> tuple[Fraction, Mapping[str, int]]:
    """Return the coefficient and the exponents of factors that are each a number or a power of a variable."""
    coefficient, exponents = Fraction(1), dict[str, int]()
    for divides, factor in tree.factors:
        number, powers = monomial_of(factor)
        if divides and (powers or not number):
            raise WrongExpression("a division by something else than a number")
        coefficient = coefficient / number if divides else coefficient * number
        for name, power in powers.items():
            exponents[name] = exponents.get(name, 0) + power
    return coefficient, exponents
