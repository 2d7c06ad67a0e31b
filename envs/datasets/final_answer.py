"""A short final answer out of a worked solution, by rules; a solution without one is no gold answer."""

import re

from prorl_rllib.envs.datasets.rows import RowRejected

MAX_CHARS = 100
"""A longer "answer" is a sentence of the solution."""
LABEL = re.compile(r"\banswer ?(?:is\b|:|=) ?:? ?(.+)$", re.IGNORECASE)
LAST_VALUE = re.compile(r"(?:=|≈|\\approx|\\simeq) ?([+-]? ?(?:\\frac|\.?\d)[^=≈]*)$")
"""Both read a line in which every run of spaces is one."""
BOX = "\\boxed{"
PAIRS = {"(": ")", "[": "]", "{": "}"}


def final_answer(solution: str) -> str:
    r"""Return the final answer of a worked solution.

    In this order: the content of its last `\boxed{}`; what follows "answer:" or "the answer is" in its last line; the
    number, with unit, behind the last equals sign of its last line.

    Raises:
        RowRejected: when none of these is there, or what is there is too long or cut off.
    """
    last_line = " ".join(solution.rstrip().rpartition("\n")[2].split())
    if not last_line:
        raise RowRejected("no answer")
    found = last_box(solution) or _labelled(last_line) or _last_value(last_line)
    if not found or len(found) > MAX_CHARS or not is_balanced(found):
        raise RowRejected("no short answer at the end of the solution", last_line[-100:])
    return found


def bare_answer(answer: str) -> str:
    r"""Return an answer without the dollar signs or the `\boxed{}` around the whole of it."""
    answer = answer.strip()
    for opening, closing in (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]")):
        inner = answer[len(opening) : -len(closing)]
        if answer.startswith(opening) and answer.endswith(closing) and inner.strip() and opening not in inner:
            answer = inner.strip()
            break
    box = last_box(answer)
    return box if box is not None and answer == f"{BOX}{box}}}" else answer


def last_box(text: str) -> str | None:
    r"""Return the content of the last `\boxed{}`, None when there is none or it is not closed."""
    start = text.rfind(BOX)
    if start < 0:
        return None
    depth = 1
    for end in range(start + len(BOX), len(text)):
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        if depth == 0:
            return text[start + len(BOX) : end].strip()
    return None


def is_balanced(text: str) -> bool:
    """Tell whether every bracket of a text is closed by its like."""
    open_brackets: list[str] = []
    for char in text:
        if char in PAIRS:
            open_brackets.append(PAIRS[char])
        elif char in PAIRS.values() and (not open_brackets or open_brackets.pop() != char):
            return False
    return not open_brackets


def _labelled(line: str) -> str:
    """Return what a line calls the answer, "" when it does not."""
    found = LABEL.search(line)
    return _trim(found[1]) if found else ""


def _last_value(line: str) -> str:
    """Return the number behind the last equals sign of a line, "" when there is none."""
    found = LAST_VALUE.search(_trim(line))
    return _trim(found[1]) if found else ""


def _trim(text: str) -> str:
    """Return text without a full stop, stars and dollar signs around it; one left over of a pair goes too."""
    text = text.strip().strip("*").strip().removesuffix(".").strip()
    return text.replace("$", "").strip() if text.count("$") % 2 else bare_answer(text)
