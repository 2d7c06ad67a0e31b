"""Answers that are a filled grid of numbers: futoshiki, sudoku and mini_sudoku.

Upstream rewards the cells that were given, up to 0.9 of the reward, and a grid that stops half way.
"""

import re
from typing import Any

PARTIAL_CREDIT = 0.5
"""For all but one of the empty cells, about; for none of them 0."""
MAX_LINES = 100
_LINE = re.compile(r"[0-9\s<>\u2227\u2228^v|+-]*")

Grid = list[list[int]]


def score_number_grid(answer: str, entry: dict[str, Any]) -> float:
    """Score a grid by its numbers: 1 for the solution, else `PARTIAL_CREDIT` for the share of empty cells filled right.

    A grid without all its cells, or that changes one of those given, earns nothing.
    """
    solution, puzzle = entry["metadata"]["solution"], entry["metadata"]["puzzle"]
    grid = read_grid(answer, len(solution))
    if grid is None:
        return 0.0
    if grid == [list(row) for row in solution]:
        return 1.0
    cells = [(row, column) for row in range(len(solution)) for column in range(len(solution))]
    if any(puzzle[r][c] and grid[r][c] != puzzle[r][c] for r, c in cells):
        return 0.0
    empty = [(r, c) for r, c in cells if not puzzle[r][c]]
    return PARTIAL_CREDIT * sum(grid[r][c] == solution[r][c] for r, c in empty) / len(empty)


def read_grid(text: str, size: int) -> Grid | None:
    """Return the numbers of a square grid, None when the text is none of that size.

    Args:
        text: a line a row; signs between the cells, and lines that hold nothing else, are passed over.
        size: number of rows and columns.
    """
    lines = text.split("\n")
    if len(lines) > MAX_LINES or not all(_LINE.fullmatch(line) for line in lines):
        return None
    digits = [re.findall(r"\d{1,3}", line) for line in lines]
    rows = [[int(number) for number in numbers] for numbers in digits if numbers]
    return rows if len(rows) == size and all(len(row) == size for row in rows) else None
