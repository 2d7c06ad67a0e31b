"""Taking the accidents of LaTeX and typography away from an answer."""

import re
import unicodedata

_REMOVED = re.compile(
    r"\\(?:left|right|[bB]igg?[lr]?)(?![a-zA-Z])|\\displaystyle(?![a-zA-Z])|(?<!\\)\\[,;:! ]|~|\\\$|\$"
)
_SPACES = ("~", "\\ ", "\\,", "\\;", "\\:")
_WRAPPER = re.compile(r"\\(?:text|textbf|textit|textrm|mathrm|mathbf|mathit|operatorname|mbox)\s*\{([^{}]*)\}")
_SYMBOLS = {
    "\u2212": "-",  # minus sign
    "\u2013": "-",  # en dash
    "\u00d7": "\\times ",
    "\u00b7": "\\cdot ",
    "\u00f7": "/",
    "\u03c0": "\\pi ",
    "\u221e": "\\infty ",
    "\u2264": "\\le ",
    "\u2265": "\\ge ",
    "\u221a": "\\sqrt ",
    "\u00b0": "^\\circ",
    "\u00bd": "\\frac12",
    "\u00bc": "\\frac14",
    "\u00be": "\\frac34",
    "\u2153": "\\frac13",
    "\u2154": "\\frac23",
    "\u00b2": "^2",
    "\u00b3": "^3",
    "\u2205": "\\emptyset ",
    "\u222a": "\\cup ",
    "\u2229": "\\cap ",
}
_SAME = (
    ("\\dfrac", "\\frac"),
    ("\\tfrac", "\\frac"),
    ("\\cfrac", "\\frac"),
    ("\\leq", "\\le"),
    ("\\geq", "\\ge"),
    ("\\varnothing", "\\emptyset"),
    ("\\%", "%"),
    (" percent", "%"),
    ("{,}", ","),
    ("^{\\circ}", "^\\circ"),
)


def normalise(text: str) -> str:
    r"""Return an answer in a plainer notation; its meaning stays.

    Unicode symbols become LaTeX commands; spacing, sizing and font commands go; `\dfrac` becomes `\frac`; a final full
    stop goes.
    """
    text = "".join(_SYMBOLS.get(char, char) for char in text)
    text = unicodedata.normalize("NFKC", text)
    text = _REMOVED.sub(lambda match: " " if match[0] in _SPACES else "", text)
    for _ in range(3):
        text = _WRAPPER.sub(r" \1 ", text)
    for old, new in _SAME:
        text = text.replace(old, new)
    text = re.sub(r"\s+", " ", text).strip()
    return text[:-1].rstrip() if text.endswith(".") else text
