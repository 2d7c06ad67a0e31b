"""Assert statements taken apart, so that the comparison happens outside of the program.

`assert f(2) == 4` becomes the expression `f(2)`, whose value comes out of the sandbox, and the expected 4, which never
enters it. A statement that cannot be taken apart runs inside, where a program could tamper with it: a weak check. The
statements are the task's own; of them, only literals are evaluated, by `ast.literal_eval`.
"""

import ast
from dataclasses import dataclass
from typing import Any

from prorl_rllib.envs.code.comparison import Tolerance
from prorl_rllib.envs.code.reference import plain_json

ISCLOSE_TOLERANCE = 1e-9
"""Relative tolerance of `math.isclose` when none is given."""
_SORTED_SET = "(lambda value: [isinstance(value, (set, frozenset)), sorted(map(repr, value))])({})"


@dataclass(frozen=True)
class SplitAssert:
    """An assert statement whose comparison is made outside.

    Attributes:
        expression: what is evaluated in the program's namespace.
        expected: the JSON value it must have.
        tolerance: of expected floats where the statement itself gives one, else None.
    """

    expression: str
    expected: Any
    tolerance: Tolerance | None = None


def split_assert(statement: str) -> SplitAssert | None:
    """Take an assert statement apart.

    Understood are `CALL == LITERAL` and its reverse, `CALL is None` (True, False), `CALL`, `not CALL`,
    `math.isclose(CALL, NUMBER, ...)` and `abs(CALL - NUMBER) < NUMBER`.

    Args:
        statement: Python source.

    Returns:
        The parts, or None when the statement has another form.
    """
    try:
        body = ast.parse(statement.strip()).body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
    if len(body) != 1 or not isinstance(body[0], ast.Assert):
        return None
    test = body[0].test
    return split_close(test) or split_comparison(test) or split_truth(test)


def split_comparison(test: ast.expr) -> SplitAssert | None:
    """Take `CALL == LITERAL`, `LITERAL == CALL` or `CALL is None` apart."""
    sides = sides_of(test, (ast.Eq, ast.Is))
    if sides is None:
        return None
    left, right = sides
    if is_literal(left):
        left, right = right, left
    if is_literal(left) or not is_literal(right) or holds_comparison(left):
        return None
    return expect(left, ast.literal_eval(right))


def expect(call: ast.expr, expected: Any) -> SplitAssert | None:
    """Return a call and its expected value, None for a value that JSON cannot bring out of the sandbox."""
    expression = ast.unparse(call)
    if isinstance(expected, (set, frozenset)):
        return SplitAssert(_SORTED_SET.format(expression), [True, sorted(map(repr, expected))])
    try:
        return SplitAssert(expression, plain_json(expected))
    except ValueError:
        return None


def split_truth(test: ast.expr) -> SplitAssert | None:
    """Take `CALL` or `not CALL` apart, for a call on literals: one on calls may be a comparison made inside."""
    expected = True
    while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, expected = test.operand, not expected
    if not isinstance(test, ast.Call) or not all(map(is_literal, values_given(test))):
        return None
    return SplitAssert(f"not not ({ast.unparse(test)})", expected)


def split_close(test: ast.expr) -> SplitAssert | None:
    """Take `math.isclose(CALL, NUMBER)` or `abs(CALL - NUMBER) < NUMBER` apart."""
    if isinstance(test, ast.Call) and name_of(test.func) in ("isclose", "math.isclose") and len(test.args) == 2:
        return with_number(test.args[0], test.args[1], isclose_tolerance(test))
    sides = sides_of(test, (ast.Lt, ast.LtE))
    if sides is None or (bound := number(sides[1])) is None:
        return None
    call = sides[0]
    if isinstance(call, ast.Call) and name_of(call.func) == "abs" and len(call.args) == 1 and not call.keywords:
        difference = call.args[0]
        if isinstance(difference, ast.BinOp) and isinstance(difference.op, ast.Sub):
            return with_number(difference.left, difference.right, Tolerance(absolute=bound))
    return None


def with_number(left: ast.expr, right: ast.expr, tolerance: Tolerance | None) -> SplitAssert | None:
    """Return the side that is a call, and the number on the other with its tolerance."""
    for call, literal in ((left, right), (right, left)):
        value = number(literal)
        if value is not None and tolerance is not None and not is_literal(call) and not holds_comparison(call):
            return SplitAssert(ast.unparse(call), value, tolerance)
    return None


def isclose_tolerance(call: ast.Call) -> Tolerance | None:
    """Return the tolerance that the keywords of `math.isclose` give, None for any that are no numbers."""
    given = {keyword.arg: number(keyword.value) for keyword in call.keywords}
    relative, absolute = given.pop("rel_tol", ISCLOSE_TOLERANCE), given.pop("abs_tol", 0.0)
    return None if given or relative is None or absolute is None else Tolerance(relative, absolute)


def values_given(call: ast.Call) -> list[ast.expr]:
    """Return the arguments of a call, those with keywords too."""
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def sides_of(test: ast.expr, operators: tuple[type[ast.cmpop], ...]) -> tuple[ast.expr, ast.expr] | None:
    """Return the two sides of a comparison by one of some operators; None for chains and anything else."""
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0], operators):
        return None
    return test.left, test.comparators[0]


def is_literal(node: ast.expr) -> bool:
    """Tell whether an expression is a literal."""
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, MemoryError, RecursionError):
        return False
    return True


def number(node: ast.expr) -> float | None:
    """Return the float that a literal number is, or None."""
    value = ast.literal_eval(node) if is_literal(node) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def holds_comparison(node: ast.expr) -> bool:
    """Tell whether an expression compares anything: its outcome would be decided inside of the program."""
    return any(isinstance(part, ast.Compare) for part in ast.walk(node))


def name_of(node: ast.expr) -> str:
    """Return a plain or dotted name, "" for any other expression."""
    return ast.unparse(node) if isinstance(node, (ast.Name, ast.Attribute)) else ""
