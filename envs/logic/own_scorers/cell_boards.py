"""Answers that are a board of living and dead cells, as JSON (game_of_life)."""

import json
from itertools import chain
from typing import Any

PARTIAL_CREDIT = 0.5

Board = list[list[int]]


def score_cell_board(answer: str, entry: dict[str, Any]) -> float:
    """Score a board: 1 when every cell is right, else `PARTIAL_CREDIT` for how far it beats a board of one value.

    Upstream gives the share of right cells, which for an empty board is most of the reward.
    """
    expected = list(chain.from_iterable(json.loads(entry["answer"])))
    board = read_board(answer, len(json.loads(entry["answer"])))
    if board is None or len(board) != len(expected):
        return 0.0
    wrong = sum(a != b for a, b in zip(board, expected, strict=True))
    if not wrong:
        return 1.0
    free = min(sum(expected), len(expected) - sum(expected))
    return PARTIAL_CREDIT * max(0.0, 1 - wrong / free) if free else 0.0


def read_board(text: str, num_rows: int) -> list[int] | None:
    """Return the cells of a board in one list, None when the text is no JSON board with that many rows of 0 and 1."""
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(rows, list) or len(rows) != num_rows or not all(isinstance(row, list) for row in rows):
        return None
    cells = list(chain.from_iterable(rows))
    sound = len({len(row) for row in rows}) == 1 and all(type(cell) is int and cell in (0, 1) for cell in cells)
    return cells if sound else None
