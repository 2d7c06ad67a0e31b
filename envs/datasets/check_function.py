"""The `check(candidate)` function of HumanEval+ turned into tests by reading its source, never by running it."""

import ast
import builtins
import keyword
from typing import Any

from prorl_rllib.envs.datasets.code_tests import call_tests, check_pairs, evenly, is_json
from prorl_rllib.envs.datasets.rows import RowRejected

CANDIDATE = "candidate"
FLOAT_TOLERANCE = 1e-6
"""What the published tests allow floats to be off when they give no tolerance."""
NEEDS_RUNNING = "the tests cannot be read without running them"


def tests_of_check(source: str, entry_point: str) -> dict[str, Any]:
    """Return the tests of a check function.

    Two forms are understood: lists `inputs` and `results` that a loop compares by `assertion(candidate(*inp), exp,
    tolerance)`, and a plain series of assert statements.

    Args:
        source: the `test` column.
        entry_point: name of the function under test.

    Raises:
        RowRejected: for any other form.
    """
    if not entry_point.isidentifier() or keyword.iskeyword(entry_point):
        raise RowRejected("the tested function has no name", f"{entry_point!r:.100}")
    try:
        body = _check_of(ast.parse(source)).body
        tables = _tables(body)
        if tables is not None:
            return _table_tests(*tables, tolerance=_tolerance(body), entry_point=entry_point)
        return {"type": "asserts", "asserts": evenly(_asserts(body, entry_point))}
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        if isinstance(error, RowRejected):
            raise
        raise RowRejected(NEEDS_RUNNING, f"{type(error).__name__}: {error}"[:200]) from None


def _check_of(module: ast.Module) -> ast.FunctionDef:
    """Return the function `check(candidate)` of a module.

    Raises:
        RowRejected: when there is none.
    """
    for statement in module.body:
        if not isinstance(statement, ast.FunctionDef) or statement.name != "check":
            continue
        if [argument.arg for argument in statement.args.args] == [CANDIDATE]:
            return statement
    raise RowRejected("the tests have no function check(candidate)")


def _tables(body: list[ast.stmt]) -> tuple[list[Any], list[Any]] | None:
    """Return the literal lists `inputs` and `results`, None when the function has no such lists.

    Raises:
        RowRejected: when they are there and no literals, or the results are missing.
    """
    assigned = {
        statement.targets[0].id: statement.value
        for statement in body
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
    }
    if "inputs" not in assigned:
        return None
    if "results" not in assigned:
        raise RowRejected(NEEDS_RUNNING, "the results are computed by a reference function")
    inputs, results = (ast.literal_eval(assigned[name]) for name in ("inputs", "results"))
    if not isinstance(inputs, list) or not isinstance(results, list):
        raise RowRejected(NEEDS_RUNNING, "inputs and results are no lists")
    check_pairs(inputs, results)
    if not all(isinstance(each, (list, tuple)) for each in inputs):
        raise RowRejected(NEEDS_RUNNING, "inputs are no lists of arguments")
    return inputs, results


def _tolerance(body: list[ast.stmt]) -> float:
    """Return the tolerance of the loop `for ...: assertion(candidate(*inp), exp, tolerance)`, which ends the function.

    Raises:
        RowRejected: when the loop does anything else.
    """
    loop = body[-1]
    call = loop.body[0].value if isinstance(loop, ast.For) and isinstance(loop.body[0], ast.Expr) else None
    if not isinstance(loop, ast.For) or len(loop.body) != 1 or not isinstance(call, ast.Call):
        raise RowRejected(NEEDS_RUNNING, "the loop over the tests is not a single call")
    plain = [ast.unparse(argument) for argument in call.args]
    if ast.unparse(call.func) != "assertion" or len(plain) != 3 or plain[:2] != ["candidate(*inp)", "exp"]:
        raise RowRejected(NEEDS_RUNNING, ast.unparse(call)[:200])
    tolerance = ast.literal_eval(call.args[2])
    if isinstance(tolerance, bool) or not isinstance(tolerance, (int, float)):
        raise RowRejected(NEEDS_RUNNING, f"tolerance {tolerance!r:.100}")
    return float(tolerance) or FLOAT_TOLERANCE


def _table_tests(inputs: list[Any], results: list[Any], *, tolerance: float, entry_point: str) -> dict[str, Any]:
    """Return tests of lists of arguments and results: calls where JSON can hold them, else assert statements."""
    if all(is_json(list(each)) for each in inputs) and is_json(results, tuples=True):
        tests = call_tests(entry_point, [list(each) for each in inputs], results)
    else:
        pairs = list(zip(inputs, results, strict=True))
        tests = {"type": "asserts", "asserts": [_equality(entry_point, *pair) for pair in evenly(pairs)]}
    return tests | {"float_tol": tolerance}


def _equality(entry_point: str, arguments: Any, expected: Any) -> str:
    """Return the assert statement that a call gives an expected value."""
    return f"assert {entry_point}({', '.join(map(repr, arguments))}) == {expected!r}"


def _asserts(body: list[ast.stmt], entry_point: str) -> list[str]:
    """Return the assert statements about the candidate, in which the tested function has its own name.

    Raises:
        RowRejected: when there is none, another statement, or a name that means nothing outside the function.
    """
    found = []
    for statement in body:
        if isinstance(statement, ast.Pass) or (isinstance(statement, ast.Expr) and _is_remark(statement.value)):
            continue
        if not isinstance(statement, ast.Assert):
            raise RowRejected(NEEDS_RUNNING, f"a statement {type(statement).__name__}")
        names = {node.id for node in ast.walk(statement.test) if isinstance(node, ast.Name)}
        if CANDIDATE not in names:
            continue
        if unknown := names - _bound(statement.test) - {CANDIDATE} - set(dir(builtins)):
            raise RowRejected(NEEDS_RUNNING, f"names {', '.join(sorted(unknown))}"[:200])
        test = _Renamed(entry_point).visit(statement.test)
        found.append(f"assert {ast.unparse(test)}")
    if not found:
        raise RowRejected("the tests assert nothing")
    return found


def _is_remark(value: ast.expr) -> bool:
    """Tell whether an expression that stands alone does nothing: a docstring, or a line that prints."""
    prints = isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "print"
    return isinstance(value, ast.Constant) or prints


def _bound(test: ast.expr) -> set[str]:
    """Return the names that an expression binds itself, in comprehensions and lambdas."""
    stored = {n.id for n in ast.walk(test) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return stored | {node.arg for node in ast.walk(test) if isinstance(node, ast.arg)}


class _Renamed(ast.NodeTransformer):
    """Gives the candidate the name of the function under test."""

    def __init__(self, name: str) -> None:
        """Keep the name."""
        self.name = name

    def visit_Name(self, node: ast.Name) -> ast.Name:
        """Rename the candidate."""
        return ast.Name(self.name, node.ctx) if node.id == CANDIDATE else node
