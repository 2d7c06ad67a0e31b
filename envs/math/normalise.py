"""Taking the accidents of LaTeX and typography away from an answer."""

import itertools
import re
import unicodedata

_REMOVED = re.compile(
    r"\\(?:left|right|[bB]igg?[lr]?)(?![a-zA-Z])|\\(?:text)?color\s*\{[a-zA-Z]+\}|\\q?quad(?![a-zA-Z])"
    r"|\\displaystyle(?![a-zA-Z])|(?<!\\)\\[,;:! ]|~|\\\$|\$"
)
_ARRAY = re.compile(r"\\begin\s*\{array\}\s*\{[lcr ]*\}((?:(?!\\(?:begin|end)).)*)\\end\s*\{array\}", re.DOTALL)
_FRAMED = re.compile(r"[(\[] ?\\begin\s*\{matrix\}((?:(?!\\(?:begin|end)).)*)\\end\s*\{matrix\} ?[)\]]", re.DOTALL)
_ROW_GAP = re.compile(r"\\\\\s*\[[\d.]+ ?(?:mm|cm|pt|em|ex|in)\]")
_GROUPING = re.compile(r"(?<=\d),\\! ?(?=\d)")
_BRACED_SIGN = re.compile(r"(?<![\^_}a-zA-Z])\{([+-])\}")
_SPACES = ("~", "\\ ", "\\,", "\\;", "\\:", "\\quad", "\\qquad")
_WRAPPER = re.compile(
    r"\\(?:text|textbf|textit|textrm|mathrm|mathbf|mathit|operatorname|mbox|underline)\s*\{([^{}]*)\}"
)
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
    "\u00b1": "\\pm ",
    "\u2044": "/",  # fraction slash
    "\u2215": "/",  # division slash
    "\u2192": "\\to ",
    "\u21d2": "\\implies ",
    "\u2248": "\\approx ",
    "\u2260": "\\ne ",
    "\u2208": "\\in ",
    "\u2227": "\\wedge ",
    "\u2205": "\\emptyset ",
    "\u222a": "\\cup ",
    "\u2229": "\\cap ",
    "\u00a2": " cents ",
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
    ("{:}", ":"),
    ("\\colon", ":"),
    ("^{\\circ}", "^\\circ"),
)
_FRACTION = re.compile("(\\d+)\u2044(\\d+)")
_BUILT_FRACTION = re.compile("([\u2070\u00b9\u00b2\u00b3\u2074-\u2079]+)[\u2044/]([\u2080-\u2089]+)")


def plain_characters(text: str) -> str:
    """Return a text with raised, lowered and fraction characters as LaTeX, and the digits of every script as 0 to 9.

    NFKC alone would turn a raised 2 into an ordinary one: 5 squared into 52.
    """
    if text.isascii():
        return text
    text = _BUILT_FRACTION.sub(lambda m: f"\\frac{{{_nfkc(m[1])}}}{{{_nfkc(m[2])}}}", text)
    parts: list[str] = []
    for kind, run in itertools.groupby(text, _kind):
        chars = "".join(run)
        if kind in ("<super>", "<sub>"):
            parts.append(f"{'^' if kind == '<super>' else '_'}{{{_nfkc(chars)}}}")
        else:
            parts += [_FRACTION.sub(r"\\frac{\1}{\2}", _nfkc(char)) if kind else _digit(char) for char in chars]
    return _nfkc("".join(parts))


def _kind(char: str) -> str:
    """Return "<super>", "<sub>", "<fraction>" or "" for a character, as Unicode classes it."""
    kind = unicodedata.decomposition(char).partition(" ")[0]
    return kind if kind in ("<super>", "<sub>", "<fraction>") else ""


def _digit(char: str) -> str:
    """Return a decimal digit of any script as one of 0 to 9, any other character as it is."""
    digit = unicodedata.decimal(char, None)
    return char if digit is None else str(digit)


def _nfkc(text: str) -> str:
    """Return a text in Unicode's compatibility form, the minus sign as a hyphen."""
    return unicodedata.normalize("NFKC", text).replace("\u2212", "-")


def normalise(text: str) -> str:
    r"""Return an answer in a plainer notation; its meaning stays.

    Unicode symbols become LaTeX commands; spacing, sizing and font commands go; `\dfrac` becomes `\frac`; a final full
    stop goes.
    """
    text = _GROUPING.sub(",", plain_characters(text))
    text = "".join(_SYMBOLS.get(char, char) for char in text)
    text = _ROW_GAP.sub(r"\\\\", _ARRAY.sub(r"\\begin{matrix}\1\\end{matrix}", text))
    text = _REMOVED.sub(lambda match: " " if match[0] in _SPACES else "", text)
    text = _FRAMED.sub(r"\\begin{pmatrix}\1\\end{pmatrix}", text)
    for _ in range(3):
        text = _WRAPPER.sub(r" \1 ", text)
    text = _BRACED_SIGN.sub(r"\1", text)
    for old, new in _SAME:
        text = text.replace(old, new)
    text = re.sub(r"\s+", " ", text).strip()
    if text.startswith("**") and text.endswith("**"):
        text = text[2:-2].strip()
    return text[:-1].rstrip() if text.endswith(".") else text
