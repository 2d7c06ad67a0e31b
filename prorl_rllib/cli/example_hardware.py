"""Whether an example is made for GPUs, read from its source: building its config may need what is not installed."""

import ast
import re
from pathlib import Path

from prorl_rllib.cli.examples import PACKAGE, example_file

KEY_PREFIX = "num_gpus"
"""The keys of a config that ask for GPUs begin with this."""

_YAML_GPUS = re.compile(rf"^\s*{KEY_PREFIX}\w*\s*:\s*([0-9.]+)", re.MULTILINE)


def asks_for_gpus(path: Path) -> bool:
    """Tell whether an example asks for GPUs, itself or in another example that it imports.

    Args:
        path: of the example. Values that are computed, such as one GPU if there is one, do not count.
    """
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix != ".py":
        return any(float(value) > 0 for value in _YAML_GPUS.findall(text))
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    constants = _constants(tree)
    asked = (
        node for node in ast.walk(tree) if isinstance(node, ast.keyword) and (node.arg or "").startswith(KEY_PREFIX)
    )
    return any(_number(node.value, constants) > 0 for node in asked) or any(map(asks_for_gpus, _imported(tree)))


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    """Return the module's names that are assigned once each on a line of their own."""
    lines = (node for node in tree.body if isinstance(node, ast.Assign) and len(node.targets) == 1)
    return {node.targets[0].id: node.value for node in lines if isinstance(node.targets[0], ast.Name)}


def _number(value: ast.expr, constants: dict[str, ast.expr]) -> float:
    """Return the number that an expression is, or names; 0 for anything else."""
    if isinstance(value, ast.Name):
        value = constants.get(value.id, value)
    if isinstance(value, ast.Constant) and isinstance(value.value, int | float):
        return float(value.value)
    return 0.0


def _imported(tree: ast.Module) -> list[Path]:
    """Return the files of the packaged examples that a module imports from."""
    modules = (node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    ids = (name.removeprefix(f"{PACKAGE}.").replace(".", "/") for name in modules if name.startswith(f"{PACKAGE}."))
    return [path for path in map(example_file, ids) if path is not None]
