r"""One form for the ways to write several values in words: `x = 2 or x = 3`, `2 and 3`, `x = 1, y = 2`, `2 million`."""

import re

from prorl_rllib.envs.math.collections import read_values, split_commas

_NAMED = re.compile(r"([a-zA-Z]|\\(?:theta|alpha|beta|lambda|mu)) ?= ?([^=]+)")
_ALTERNATIVES = re.compile(r",? (?:or|and) (?=\S)| ?\\lor(?![a-zA-Z]) ?")
_BOTH = re.compile(r" and .*[<>]|[<>].* and ", re.DOTALL)
_TOGETHER = re.compile(r",? and (?=\S)| ?\\\\ ?")
_SCALED = re.compile(r"([+-]?[\d.,]+) (thousand|million|billion|trillion)")
_POWERS = {"thousand": 3, "million": 6, "billion": 9, "trillion": 12}


def as_list(text: str) -> str:
    """Return a normalised text with words between values as a list, `x =` before each of them left out."""
    if _BOTH.search(text):
        return text
    parts = [part for piece in _ALTERNATIVES.split(text) for part in split_commas(piece)]
    named = [_NAMED.fullmatch(part) for part in parts]
    if len(parts) > 1 and all(named) and len({match[1] for match in named if match}) == 1:
        return ", ".join(match[2] for match in named if match)
    if _ALTERNATIVES.search(text) is None or not all(re.search(r"\d", part) for part in parts):
        return text
    return ", ".join(parts)


def is_list(text: str) -> bool:
    """Tell whether a normalised text is several values whose order does not count."""
    values = read_values(text)
    return values is not None and not values.is_ordered and values.brackets != "\\cup"


def named_pair(text: str) -> str | None:
    """Return the pair that `x = 2, y = -1` says, None for anything else; the values in the order of their letters."""
    named = [_NAMED.fullmatch(part) for part in split_commas(_TOGETHER.sub(", ", text))]
    values = {match[1]: match[2] for match in named if match}
    if not 2 <= len(values) == len(named):
        return None
    return f"({','.join(values[letter] for letter in sorted(values, key=_place_in_alphabets))})"


def _place_in_alphabets(letter: str) -> tuple[bool, str]:
    r"""Return what sorts Latin letters before Greek ones, as in (r, \theta)."""
    return letter.startswith("\\"), letter


def scaled(text: str) -> str:
    r"""Return `2 million` as `2\times10^{6}`, any other text as it is."""
    match = _SCALED.fullmatch(text)
    return f"{match[1]}\\times10^{{{_POWERS[match[2]]}}}" if match else text
