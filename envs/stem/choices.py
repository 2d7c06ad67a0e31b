r"""Multiple choice: a letter, a letter with its text, or the text of exactly one option."""

import re
from collections.abc import Mapping
from string import ascii_uppercase

from prorl_rllib.envs.stem.notation import plain

_LEAD = re.compile(
    r"(?:the )?(?:(?:final|correct|best|right) )?(?:answer|option|choice)(?: is)? ?:? ?"
    r"(?:option |choice )?(?=\W|[A-Z]\b)",
    re.I,
)
_LETTER = re.compile(r"[(\[]? ?([A-Za-z]) ?[)\]]?[.:]?")
_LETTER_AND_TEXT = re.compile(r"(?:[(\[] ?([A-Z]) ?[)\]] ?[.:]?|([A-Z]) ?[).:]|([A-Z]) [-=]) ?(.+)", re.DOTALL)
_OTHER_CHOICE = re.compile(r"\b(?:or|and|not|nor|no|neither|both|either)\b|[(\[][A-Z][)\]]|\b[A-Z][).:]")
_SEVERAL = re.compile(r"[(\[]?[A-Za-z][)\]]?(?:(?: ?[,;&] ?(?:and )?| and )[(\[]?[A-Za-z][)\]]?)+")


def lettered(options: Mapping[str, str] | list[str] | tuple[str, ...]) -> dict[str, str]:
    """Return options as letter -> text; those of a list are lettered from A."""
    if isinstance(options, Mapping):
        return {letter.upper(): text for letter, text in options.items()}
    return dict(zip(ascii_uppercase, options, strict=False))


def chosen(answer: str, options: Mapping[str, str]) -> frozenset[str]:
    """Return the letters of the options that an answer names; none when it is unclear or names what is not offered.

    Args:
        answer: as written.
        options: letter -> text.
    """
    text = plain(answer)
    by_text = [letter for letter, option in options.items() if _key(option) == _key(text)]
    if lead := _LEAD.match(text):
        text = text[lead.end() :]
    if (letter := _LETTER.fullmatch(text)) and letter[1].upper() in options:
        return frozenset(letter[1].upper())
    if _SEVERAL.fullmatch(text):
        letters = re.findall(r"(?<![A-Za-z])[A-Za-z](?![A-Za-z])", text)
        named = frozenset(found.upper() for found in letters)
        return named if named <= options.keys() else frozenset()
    if match := _LETTER_AND_TEXT.fullmatch(text):
        named_letter = match[1] or match[2] or match[3]
        if _stands_for(named_letter, match[4], options):
            return frozenset(named_letter)
    return frozenset(by_text) if len(by_text) == 1 else frozenset()


def gold_letters(answer: str, options: Mapping[str, str]) -> frozenset[str]:
    """Return the letters that a reference answer names: one, several ("A, C"), or the option of its text."""
    return chosen(answer, options)


def _stands_for(letter: str, text: str, options: Mapping[str, str]) -> bool:
    """Tell whether a letter and the text behind it name one option."""
    if letter not in options:
        return False
    said = [other for other, option in options.items() if _key(option) == _key(text)]
    if said:
        return letter in said
    return _OTHER_CHOICE.search(text) is None


def _key(text: str) -> str:
    """Return what two ways to write an option have in common."""
    return re.sub(r"[\s{}]+", "", plain(text)).casefold()
