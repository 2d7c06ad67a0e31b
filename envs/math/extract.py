r"""Finding the boxed answer in a response."""

import re

from prorl_rllib.envs.answers import check_length, visible_text
from prorl_rllib.envs.errors import UnparseableAnswer

MAX_ANSWER_CHARS = 1000
_TOKEN = re.compile(r"(?P<box>\\{1,2}(?:boxed|fbox|framebox)\s*\{)|\\.|(?P<open>\{)|(?P<close>\})", re.DOTALL)


def extract_answer(response: str) -> str:
    r"""Return what the last balanced `\boxed{}` (or `\fbox{}`, `\framebox{}`) after the thinking holds.

    A doubled backslash, as in text that was escaped once too often, is taken for one.

    Args:
        response: all the model wrote.

    Raises:
        UnparseableAnswer: when there is none, or when it is empty or too long.
    """
    content = last_box(visible_text(response))
    if content is None:
        raise UnparseableAnswer("no \\boxed{} in the response")
    return check_length(content.strip(), MAX_ANSWER_CHARS)


def last_box(text: str) -> str | None:
    """Return the content of the balanced box that opens last, or None; one pass, whatever the nesting."""
    opened: list[tuple[bool, int]] = []
    best: tuple[int, int] | None = None
    for token in _TOKEN.finditer(text):
        if token["box"] or token["open"]:
            opened.append((bool(token["box"]), token.end()))
        elif token["close"] and opened:
            is_box, start = opened.pop()
            if is_box and (best is None or start > best[0]):
                best = (start, token.start())
    return None if best is None else text[best[0] : best[1]]
