"""Counting words and sentences, in linear time."""

import re

_WORD = re.compile(r"\w+")
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")
# The lookbehind makes a run of marks start at its first one only, and nothing is given back, so that no text of marks
# is scanned twice.
_SENTENCE_END = re.compile(
    r"(?<![.!?\u2026])[.!?\u2026]++[\"'\u201d\u2019\u00bb)\]*_]*+(?=\s|$)|[\u3002\uff01\uff1f\u0964\u061f]++"
)
_LAST_TOKEN = re.compile(r"[^\s(\[\"'\u201c\u2018*_]*\Z")
_LIST_NUMBER = re.compile(r"^[ \t]*\d{1,3}\Z", re.MULTILINE)
_INITIAL = re.compile(r"[A-HJ-Z]|(?:[A-Za-z]\.)+[A-Za-z]")
_NEXT = re.compile(r"\s*[\"'\u201c\u2018(\[*_]*(\S?)")
LONGEST_TOKEN = 16
"""Characters before a full stop that are looked at."""

NEVER_LAST = frozenset(
    (
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "st",
        "rev",
        "sgt",
        "lt",
        "capt",
        "gov",
        "vs",
        "cf",
        "e.g",
        "i.e",
        "viz",
        "approx",
    )
)
"""Abbreviations after which a sentence goes on."""
MAY_BE_LAST = frozenset(
    ("etc", "inc", "ltd", "co", "corp", "jr", "sr", "a.m", "p.m", "ave", "blvd", "dept", "u.s", "u.k", "u.n", "ph.d")
)
"""Abbreviations after which a sentence goes on when the next word starts in lower case."""
BEFORE_NUMBER = frozenset(
    ("no", "nos", "vol", "p", "pp", "fig", "figs", "ch", "sec", "eq", "jan", "feb", "aug", "sept", "oct", "nov", "dec")
)
"""Abbreviations after which a sentence goes on when a number follows."""


def count_words(text: str) -> int:
    r"""Return the number of runs of letters, digits and underscores (`\w+`, as IFEval)."""
    return sum(1 for _ in _WORD.finditer(text))


def count_sentences(text: str) -> int:
    """Return the number of sentences.

    A sentence ends at `.`, `!`, `?` or an ellipsis before white space or the end of the text (closing quotes and
    brackets may stand between), or at a full stop of Chinese, Japanese, Hindi or Arabic. Known abbreviations,
    initials and the numbers of a numbered list do not end one. A rest without a full stop is a sentence, a piece
    without a letter or digit is none. IFEval counts with NLTK's trained model instead, which has to be downloaded; the
    two differ on abbreviations that are in neither list here, on list numbers and on pieces of punctuation only.
    """
    count = start = 0
    for match in _SENTENCE_END.finditer(text):
        if match[0][0] == "." and match[0][:2] != ".." and _goes_on(text, match.start(), match.end()):
            continue
        count += _LETTER_OR_DIGIT.search(text, start, match.end()) is not None
        start = match.end()
    return count + (_LETTER_OR_DIGIT.search(text, start) is not None)


def _goes_on(text: str, stop: int, end: int) -> bool:
    """Tell whether a sentence goes on after the full stop at `stop`, which with its closing marks ends at `end`."""
    begin = max(0, stop - LONGEST_TOKEN)
    if _LIST_NUMBER.search(text, begin, stop):
        return True
    found = _LAST_TOKEN.search(text, begin, stop)
    token = found[0] if found else ""
    if token.lower() in NEVER_LAST:
        return end < len(text)
    following = _NEXT.match(text, end, end + LONGEST_TOKEN)
    next_char = following[1] if following else ""
    if token.lower() in MAY_BE_LAST:
        return next_char.islower()
    if token.lower() in BEFORE_NUMBER:
        return next_char.isdigit()
    return _INITIAL.fullmatch(token) is not None and next_char.isupper()
