"""Finding the program in a response: the last fenced code block after the thinking."""

import re

from prorl_rllib.envs.answers import check_length, visible_text
from prorl_rllib.envs.errors import UnparseableAnswer

MAX_PROGRAM_CHARS = 50_000
PYTHON_TAGS = frozenset({"", "python", "python3", "py", "py3"})
"""First words after a fence that mark a program; blocks of other languages are passed over."""

_FENCE = re.compile(r"([ \t]*)(`{3,}|~{3,})[ \t]*(.*)")


def extract_program(response: str) -> str:
    """Return the content of the last fenced block that is tagged as Python or not tagged at all.

    A fence is three or more backticks or tildes at the start of a line; it is closed by a line that holds nothing but
    as many of the same, or more. A last block that is not closed was cut off and is no answer.

    Args:
        response: all the model wrote.

    Raises:
        UnparseableAnswer: when there is no such block, or it is not closed, empty or too long.
    """
    program: str | None = None
    indent, fence, tag, lines = "", "", "", [""]
    for line in visible_text(response).replace("\r\n", "\n").split("\n"):
        match = _FENCE.fullmatch(line)
        if not fence:
            if match and is_opening(match[2], match[3]):
                indent, fence, tag, lines = match[1], match[2], tag_of(match[3]), []
        elif match and not match[3].strip() and match[2].startswith(fence):
            program, fence = "\n".join(lines) if tag in PYTHON_TAGS else program, ""
        else:
            lines.append(unindent(line, len(indent)))
    if fence:
        raise UnparseableAnswer("the last code block was opened and never closed")
    if program is None:
        raise UnparseableAnswer("there is no fenced block of Python code")
    return check_length(program if program.strip() else "", MAX_PROGRAM_CHARS)


def is_opening(fence: str, rest: str) -> bool:
    """Tell whether a line opens a block: after backticks there are no further ones (that is code within a line)."""
    return not (fence.startswith("`") and "`" in rest)


def tag_of(rest: str) -> str:
    """Return the language named after a fence: its first word, in lower case, without braces and dots."""
    words = rest.replace("{", " ").replace("}", " ").split()
    return words[0].lower().lstrip(".") if words else ""


def unindent(line: str, width: int) -> str:
    """Return a line without up to `width` of its leading blanks: blocks in lists are indented as a whole."""
    blanks = len(line) - len(line.lstrip(" \t"))
    return line[min(width, blanks) :]
