r"""One plain notation for the ways to write an answer: LaTeX, Unicode and ASCII."""

import re
from functools import lru_cache

from prorl_rllib.envs.math.normalise import plain_characters

MAX_CHARS = 1000
"""Longest answer that is read, in characters."""
MAX_NESTED_FONTS = 4

_WRAPPER = re.compile(
    r"\\(?:text|textbf|textit|textrm|textsf|mathrm|mathbf|mathit|mathsf|boldsymbol|operatorname|mbox|ce|pu|si|unit)"
    r"\s*\{((?:[^{}]|\{[^{}]*\})*)\}"
)
_SIUNITX = re.compile(r"\\(?:SI|qty)\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_FONT = re.compile(r"\\(?:rm|bf|it|displaystyle|left|right|[bB]igg?[lr]?)(?![a-zA-Z])|\\!|\\?\$")
_SPACE = re.compile(r"\\[,;: ]|\\quad|\\qquad|~|\s+")
_SYMBOLS = (
    (r"\\(?:times|cdot|ast)(?![a-zA-Z])|[\u00d7\u00b7\u22c5\u2022\u2219\u2217]", "*"),
    (r"[\u00f7\u2044\u2215]", "/"),
    (r"[\u2010-\u2015\u2212]", "-"),
    (r"\\[dtc]frac(?![a-zA-Z])", r"\\frac"),
    (r"\\(?:mathring|r)\s*\{\s*A\s*\}|\\AA(?![a-zA-Z])|\\angstrom(?![a-zA-Z])", "\u00c5"),
    (r"\^\s*\{\s*(?:\\circ|\u00b0|o)\s*\}|\^\s*\\circ|\\(?:degree|circ)(?![a-zA-Z])", "\u00b0"),
    (r"\\celsius(?![a-zA-Z])", "\u00b0C"),
    (r"\\(?:Omega|ohm)(?![a-zA-Z])", "\u03a9"),
    (r"\\(?:mu|micro)(?![a-zA-Z])|\u00b5", "\u03bc"),
    (r"M_\{?\s*(?:\\odot|\u2299|\\text\{sun\})\s*\}?", " solar_mass "),
    (r"\\(?:approx|simeq|thickapprox|sim)(?![a-zA-Z])|[\u2248\u2243\u223c]|~=", "\u2248"),
    (r"^\s*~", "\u2248"),
    (r"\\pm(?![a-zA-Z])|\+/-", "\u00b1"),
    (r"\\(?:to|rightarrow|longrightarrow)(?![a-zA-Z])|-+>|\u27f6", "\u2192"),
    (r"\\(?:rightleftharpoons|leftrightharpoons|leftrightarrow)(?![a-zA-Z])", "\u21cc"),
    (r"\\%", "%"),
    (r"\{,\}", ","),
    (r"\*\*", "^"),
)
_REPLACED = [(re.compile(pattern), plain) for pattern, plain in _SYMBOLS]
_PREFIX = re.compile("(?:\u03bc (?=[A-Za-z\u03a9])|(?<![A-Za-z])([kMGm\u03bc]) (?=\u03a9))")
_DEGREES = re.compile(r"(?:\u00b0|\bdeg(?:ree)?s?\b) ?(C(?:elsius)?|F(?:ahrenheit)?|K(?:elvin)?)\b", re.IGNORECASE)


@lru_cache(4096)
def plain(text: str) -> str:
    r"""Return an answer in a plainer notation; its meaning and its case stay.

    Fonts and spacing commands go; `\times` and `\cdot` become `*`, `\Omega` the letter, degrees the sign, raised and
    lowered characters `^{}` and `_{}`; a final full stop goes.
    """
    text = plain_characters(text[:MAX_CHARS])
    text = _SIUNITX.sub(r"\1 \2", text)
    for pattern, replacement in _REPLACED:
        text = pattern.sub(replacement, text)
    for _ in range(MAX_NESTED_FONTS):
        text = _WRAPPER.sub(r" \1 ", text)
    text = _FONT.sub(" ", text)
    text = _SPACE.sub(" ", text)
    text = _PREFIX.sub(lambda match: match[0][0], re.sub(r" +", " ", text)).strip()
    text = _DEGREES.sub(lambda match: f"\u00b0{match[1][0].upper()}", text)
    return without_full_stop(without_outer_braces(text))


def without_full_stop(text: str) -> str:
    """Return a text without one full stop at its end."""
    return text[:-1].rstrip() if text.endswith(".") else text


def without_outer_braces(text: str) -> str:
    """Return a text without a pair of braces around the whole of it."""
    while text.startswith("{") and text.endswith("}"):
        depth = 0
        for place, char in enumerate(text):
            depth += (char == "{") - (char == "}")
            if depth == 0 and place < len(text) - 1:
                return text
        text = text[1:-1].strip()
    return text
