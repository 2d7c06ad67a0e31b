"""Answers that are an antiderivative: differentiated, and compared with the integrand number by number.

Reasoning Gym executes them as Python, and asks sympy to simplify a difference, which takes long and may fail.
"""

import random
from typing import Any

from prorl_rllib.envs.logic.own_scorers.expression_tree import WrongExpression, parse
from prorl_rllib.envs.logic.own_scorers.symbolic import to_sympy

MAX_EXPRESSION_CHARS = 2000
CONSTANT_OF_INTEGRATION = "C"
POINTS, CANDIDATES = 6, 200
"""Points at which both sides must agree, of so many that are tried: the integrand may not be real everywhere."""
SCALES = (0.3, 3.0, 12.0)
"""Largest distance of a point from 0, one of these: where the integrand is real may be a small interval."""
DIGITS = 30
MAX_RELATIVE_ERROR = 1e-15


def score_antiderivative(answer: str, entry: dict[str, Any]) -> float:
    """Return 1 for an antiderivative of the integrand, with or without a constant; 0 for anything else."""
    import sympy

    name = entry["metadata"]["variable"]
    variable = sympy.Symbol(name, real=True)
    symbols = {name: variable}
    integrand = to_sympy(parse(entry["metadata"]["integrand"]), symbols)
    constant = {CONSTANT_OF_INTEGRATION: sympy.Symbol(CONSTANT_OF_INTEGRATION, real=True)}
    try:
        found = to_sympy(parse(answer, MAX_EXPRESSION_CHARS), symbols | constant)
    except WrongExpression:
        return 0.0
    return 1.0 if same_function(sympy.diff(found, variable), integrand, variable) else 0.0


def same_function(found: Any, expected: Any, variable: Any) -> bool:
    """Tell whether two functions agree at points drawn for the expected one, wherever that is a real number.

    Args:
        found: a sympy expression.
        expected: another.
        variable: the only symbol they may hold.

    Raises:
        ValueError: when the expected one is real almost nowhere.
    """
    if found.free_symbols - {variable}:
        return False
    rng = random.Random(str(expected))
    agreed = 0
    for _ in range(CANDIDATES):
        point = rng.choice(SCALES) * rng.uniform(-1, 1)
        value = real_value(expected, variable, point)
        if value is None:
            continue
        other = real_value(found, variable, point)
        if other is None or abs(other - value) > MAX_RELATIVE_ERROR * (abs(value) + 1):
            return False
        agreed += 1
        if agreed == POINTS:
            return True
    raise ValueError(f"{expected} is real at {agreed} of {CANDIDATES} points, fewer than {POINTS}")


def real_value(expression: Any, variable: Any, point: float) -> Any:
    """Return the value of an expression at a point, None where it is no finite real number."""
    import sympy

    value = expression.subs(variable, sympy.Rational(point)).evalf(DIGITS)
    real, imaginary = value.as_real_imag()
    if not (real.is_Float or real.is_Integer) or not real.is_finite:
        return None
    return real if abs(imaginary) <= MAX_RELATIVE_ERROR * (abs(real) + 1) else None
