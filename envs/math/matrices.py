r"""Matrices and vectors, compared cell by cell."""

import re

from prorl_rllib.envs.math.collections import Compare, all_of

MAX_SIDE = 10
"""Most rows or columns that are compared."""
_MATRIX = re.compile(r"\( ?\\begin\{matrix\}(.*)\\end\{matrix\} ?\)|\\begin\{([pb]?)matrix\}(.*)\\end\{\2matrix\}")

Cells = tuple[tuple[str, ...], ...]


def read_matrix(text: str) -> Cells | None:
    """Return the rows of a normalised matrix in round or square brackets, None for anything else."""
    match = _MATRIX.fullmatch(text)
    if match is None or text.count("\\begin") != 1:
        return None
    body = (match[1] or match[3] or "").strip().removesuffix("\\\\")
    return tuple(tuple(cell.strip() for cell in row.split("&")) for row in body.split("\\\\"))


def too_large(cells: Cells) -> bool:
    """Tell whether a matrix has more than 10 rows or columns."""
    return len(cells) > MAX_SIDE or any(len(row) > MAX_SIDE for row in cells)


def same_matrix(gold: Cells, answer: Cells, compare: Compare) -> bool | None:
    """Compare two matrices.

    Args:
        gold: of the reference answer.
        answer: of the answer.
        compare: compares two cells; None where it cannot tell.
    """
    if [len(row) for row in gold] != [len(row) for row in answer]:
        return False
    return all_of([compare(*pair) for rows in zip(gold, answer, strict=True) for pair in zip(*rows, strict=True)])
