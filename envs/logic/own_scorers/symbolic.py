"""From a parsed expression to sympy, without sympy's parser: only known functions, only small exponents."""

from collections.abc import Mapping
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
)

MAX_EXPONENT = 60
MAX_POWER_BITS = 4096
"""Size of the largest number that a power of numbers may make."""
FUNCTIONS = frozenset(
    {"Abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "cos", "cosh", "cot", "csc", "erf", "exp"}
    | {"ln", "log", "sec", "sin", "sinh", "sqrt", "tan", "tanh"}
)
"""Functions of one argument, under sympy's names."""
CONSTANTS = ("E", "pi")


def to_sympy(tree: Tree, symbols: Mapping[str, Any]) -> Any:
    """Return a tree as a sympy expression.

    Args:
        tree: a parsed expression.
        symbols: name -> sympy symbol of the variables it may use.

    Raises:
        WrongExpression: when it uses another name, or an exponent that is too large.
    """
    import sympy

    match tree:
        case Number():
            return sympy.Rational(tree.value.numerator, tree.value.denominator)
        case Name():
            return name_to_sympy(tree.name, symbols)
        case Call():
            if tree.name not in FUNCTIONS:
                raise WrongExpression(f"unknown function {tree.name!r}")
            return getattr(sympy, tree.name)(to_sympy(tree.argument, symbols))
        case Sum():
            return sympy.Add(*((-1 if negative else 1) * to_sympy(term, symbols) for negative, term in tree.terms))
        case Product():
            factors = [(divides, to_sympy(factor, symbols)) for divides, factor in tree.factors]
            return sympy.Mul(*(1 / factor if divides else factor for divides, factor in factors))
        case Power():
            return power_to_sympy(to_sympy(tree.base, symbols), to_sympy(tree.exponent, symbols))


def name_to_sympy(name: str, symbols: Mapping[str, Any]) -> Any:
    """Return a variable or a constant."""
    import sympy

    if name in symbols:
        return symbols[name]
    if name not in CONSTANTS:
        raise WrongExpression(f"unknown name {name!r}")
    return getattr(sympy, name)


def power_to_sympy(base: Any, exponent: Any) -> Any:
    """Return a power, when its exponent is small or no number.

    Raises:
        WrongExpression: otherwise.
    """
    if exponent.is_number:
        if not exponent.is_Rational or max(abs(exponent.p), exponent.q) > MAX_EXPONENT:
            raise WrongExpression("an exponent that is no small number")
        if base.is_Rational and max(abs(base.p), base.q).bit_length() * abs(exponent.p) > MAX_POWER_BITS:
            raise WrongExpression("a power of numbers that is too large")
    return base**exponent
