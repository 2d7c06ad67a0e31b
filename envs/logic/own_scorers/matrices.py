"""Answers that are a string, a sequence or a matrix of characters or digits, plain or as a Python list.

Reasoning Gym gives part of the reward to a list and reads it by executing it as Python.
"""

import json
from typing import Any

LIST_CREDIT = 0.1
"""For the right characters or numbers as a list instead of in the asked form."""
BOARD_LIST_CREDIT = 0.5
"""For a solved chess board as a list of lists."""
MAX_DEPTH = 3


def score_string_insertion(answer: str, entry: dict[str, Any]) -> float:
    """Score a string; a list of its characters earns `LIST_CREDIT`."""
    if answer.strip() == entry["answer"]:
        return 1.0
    items = read_list(answer)
    return LIST_CREDIT if items is not None and joined(items, "") == entry["answer"] else 0.0


def score_spiral_matrix(answer: str, entry: dict[str, Any]) -> float:
    """Score numbers with spaces between them; a list of them earns `LIST_CREDIT`."""
    expected = entry["answer"].split()
    if answer.split() == expected:
        return 1.0
    items = read_list(answer)
    return LIST_CREDIT if items is not None and joined(items, " ") == " ".join(expected) else 0.0


def score_binary_matrix(answer: str, entry: dict[str, Any]) -> float:
    """Score a matrix, a line a row; a list of lists earns `LIST_CREDIT`."""
    expected = tidied(entry["answer"])
    if tidied(answer) == expected:
        return 1.0
    return LIST_CREDIT if matrix_of(answer) == expected else 0.0


def score_n_queens(answer: str, entry: dict[str, Any]) -> float:
    """Score a chess board with all queens placed; a list of lists earns `BOARD_LIST_CREDIT`."""
    solutions = entry["metadata"]["valid_answers"]
    if tidied(answer) in solutions:
        return 1.0
    return BOARD_LIST_CREDIT if matrix_of(answer) in solutions else 0.0


def score_manipulated_matrix(answer: str, entry: dict[str, Any]) -> float:
    """Score a matrix, a line a row (upstream gives part of the reward to a text that holds the matrix)."""
    return 1.0 if tidied(answer) == tidied(entry["answer"]) else 0.0


def tidied(text: str) -> str:
    """Return the lines of a text with one space between their words."""
    return "\n".join(" ".join(line.split()) for line in text.strip().split("\n"))


def matrix_of(text: str) -> str | None:
    """Return a list of lists as the lines of a matrix, None when the text is no such list."""
    rows = read_list(text)
    if rows is None or not all(isinstance(row, list) for row in rows):
        return None
    lines = [joined(row, " ") for row in rows]
    return None if None in lines else "\n".join(line for line in lines if line is not None)


def joined(items: list[Any], separator: str) -> str | None:
    """Return the items of a list as one text, None when one is neither a str nor an int."""
    if any(isinstance(item, bool) or not isinstance(item, (str, int)) for item in items):
        return None
    return separator.join(str(item) for item in items)


def read_list(text: str) -> list[Any] | None:
    """Return the list, or tuple, of texts and numbers that a Python or JSON literal is; None for anything else."""
    plain = text.translate(str.maketrans("'()", '"[]'))
    if depth(plain) > MAX_DEPTH:
        return None
    try:
        items = json.loads(plain)
    except ValueError:
        return None
    return items if isinstance(items, list) else None


def depth(text: str) -> int:
    """Return how deep the square brackets of a text are nested."""
    level = deepest = 0
    for character in text:
        level += (character == "[") - (character == "]")
        deepest = max(deepest, level)
    return deepest
