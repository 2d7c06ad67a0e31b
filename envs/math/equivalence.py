r"""Whether two mathematical answers are the same: by string or exact number where that decides, else symbolically.

`quick_equivalent` only compares; `symbolic_equivalent` parses and simplifies and belongs in a killable worker.
"""

import re
import unicodedata
from fractions import Fraction

MAX_DIGITS = 1000
"""Longest number that is compared as a number, in digits."""
MAX_EXPONENT = 300
MAX_DEPTH = 50
RELATIVE_ERROR = 1e-5
"""Two numbers that a symbolic check calls equal must also agree to this."""

_REMOVED = re.compile(
    r"\\left(?![a-zA-Z])|\\right(?![a-zA-Z])|\\[,;:! ]|~|\\displaystyle|\\(?:big|Big|bigg|Bigg)[lr]?(?![a-zA-Z])|\\\$|\$"
)
_WRAPPER = re.compile(r"\\(?:text|textbf|textit|textrm|mathrm|mathbf|mathit|operatorname|mbox)\s*\{([^{}]*)\}")
_SYMBOLS = {
    "−": "-", "–": "-", "×": "\\times ", "·": "\\cdot ", "÷": "/", "π": "\\pi ", "∞": "\\infty ", "≤": "\\le ",
    "≥": "\\ge ", "√": "\\sqrt ", "°": "^\\circ", "½": "\\frac12", "¼": "\\frac14", "¾": "\\frac34", "⅓": "\\frac13",
    "⅔": "\\frac23", "²": "^2", "³": "^3", "∅": "\\emptyset ", "∪": "\\cup ", "∩": "\\cap ",
}  # fmt: skip
_SAME = (
    ("\\dfrac", "\\frac"),
    ("\\tfrac", "\\frac"),
    ("\\cfrac", "\\frac"),
    ("\\leq", "\\le"),
    ("\\geq", "\\ge"),
    ("\\varnothing", "\\emptyset"),
    ("\\%", "%"),
    ("{,}", ","),
    ("^{\\circ}", "^\\circ"),
)
_INTEGER = r"\d+|\d{1,3}(?:,\d{3})+"
_DECIMAL = rf"(?:{_INTEGER})(?:\.\d*)?|\.\d+"
_BRACED = r"(?:\{(\d+)\}|(\d))"
_NUMBER = re.compile(rf"([+-]?)({_DECIMAL})(?:(?:e|E|\\times10\^|\*10\^)(?:\{{([+-]?\d+)\}}|([+-]?\d+)))?")
_RATIO = re.compile(rf"([+-]?)({_INTEGER})/({_INTEGER})")
_FRAC = re.compile(rf"([+-]?)(\d+)?\\frac{_BRACED}{_BRACED}")
_MIXED = re.compile(r"([+-]?\d+) +(\d+)/(\d+)")
_UNIT = re.compile(r"([+-]?[\d.,/]*\d\.?)(?:\s*\^\\circ|\s*[a-zA-Z]{2,}(?:[ /][a-zA-Z]+)*)")
_WORDS = re.compile(r"[A-Za-z][A-Za-z '-]*[A-Za-z]")
_ELLIPSIS = re.compile(r"\\[lcd]?dots|\.\.\.|…")
_BASE = re.compile(r"\d_\{?\d")
_ASSIGNMENT = re.compile(r"\\?[a-zA-Z]+(?:_\{?\w+\}?)?\s*(?:=|\\in\b)\s*(?=\S)")


def normalise(text: str) -> str:
    """Return an answer with the accidents of LaTeX and typography taken away; its meaning stays."""
    text = "".join(_SYMBOLS.get(char, char) for char in text)
    text = unicodedata.normalize("NFKC", text)
    text = _REMOVED.sub(lambda match: " " if match[0] in ("~", "\\ ", "\\,", "\\;", "\\:") else "", text)
    for _ in range(3):
        text = _WRAPPER.sub(r" \1 ", text)
    for old, new in _SAME:
        text = text.replace(old, new)
    text = re.sub(r"\s+", " ", text).strip()
    return text[:-1].rstrip() if text.endswith(".") else text


def exact_number(text: str) -> tuple[Fraction, bool] | None:
    """Return the number a normalised text is, and whether it is in percent; None for anything else.

    Understands integers, thousands separators, decimals, scientific notation, fractions and mixed numbers.
    """
    if sum(char.isdigit() for char in text) > MAX_DIGITS:
        return None
    percent = text.endswith("%")
    text = text[:-1].strip() if percent else text
    if mixed := _MIXED.fullmatch(text):
        value = _mixed(mixed[1], mixed[2], mixed[3])
    else:
        value = _plain_number(text.replace(" ", "") if not re.search(r"\d \d", text) else text)
    if value is None:
        return None
    return (value / 100 if percent else value), percent


def _plain_number(text: str) -> Fraction | None:
    """Return the value of a number without spaces, or None."""
    if not text.isascii():
        return None
    if match := _NUMBER.fullmatch(text):
        exponent = int(match[3] or match[4] or 0)
        if abs(exponent) > MAX_EXPONENT:
            return None
        value = Fraction(match[2].replace(",", "").rstrip(".")) * Fraction(10) ** exponent
        return -value if match[1] == "-" else value
    if match := _RATIO.fullmatch(text):
        top, bottom = (int(part.replace(",", "")) for part in match.group(2, 3))
        return None if bottom == 0 else Fraction(-top if match[1] == "-" else top, bottom)
    if match := _FRAC.fullmatch(text):
        return _mixed(match[1] + (match[2] or "0"), match[3] or match[4], match[5] or match[6])
    return None


def _mixed(whole: str, top: str, bottom: str) -> Fraction | None:
    """Return a mixed number such as -2 1/2, or None for a denominator of 0."""
    if int(bottom) == 0:
        return None
    part = Fraction(int(top), int(bottom))
    return int(whole) - part if whole.startswith("-") else int(whole) + part


def quick_equivalent(gold: str, answer: str) -> bool | None:
    """Compare two answers as strings and as exact numbers.

    Args:
        gold: the reference answer.
        answer: the extracted answer.

    Returns:
        Whether they are the same, or None when only a symbolic comparison can tell.
    """
    gold, answer = normalise(gold), normalise(answer)
    answer = _drop_assignment(gold, answer)
    if gold.replace(" ", "") == answer.replace(" ", "") and not re.search(r"\d \d", gold + "|" + answer):
        return True
    number = exact_number(gold)
    if number is not None:
        return _equal_number(number, answer)
    if _WORDS.fullmatch(gold):
        return gold.casefold() == answer.casefold()
    if _ELLIPSIS.search(gold + answer) or _BASE.search(gold) or _BASE.search(answer):
        return gold.replace("{", "").replace("}", "") == answer.replace("{", "").replace("}", "")
    return False if is_hopeless(gold, answer) else None


def _drop_assignment(gold: str, answer: str) -> str:
    """Return the answer without a leading `x =`, when the gold answer has none."""
    if "=" in gold or "\\in" in gold:
        return answer
    match = _ASSIGNMENT.match(answer)
    return answer[match.end() :] if match else answer


def _equal_number(gold: tuple[Fraction, bool], answer: str) -> bool | None:
    """Compare an answer with a number; `x%` is accepted for x and for x/100."""
    found = exact_number(answer)
    if found is None and (unit := _UNIT.fullmatch(answer)):
        found = exact_number(unit[1])
    if found is None:
        return False if is_hopeless("", answer) or _WORDS.fullmatch(answer) else None
    if found[0] == gold[0]:
        return True
    if found[1] == gold[1]:
        return False
    return found[0] * 100 == gold[0] if found[1] else found[0] == gold[0] * 100


def is_hopeless(gold: str, answer: str) -> bool:
    """Tell whether an answer is wrong, or too costly to check, by its looks.

    Rejected: deep nesting, towers of powers, factorials, sums and products with large bounds, chains of equalities
    (`1=2=5`) and brackets of another kind than the gold's.
    """
    return (
        _depth(answer) > MAX_DEPTH
        or answer.count("=") > max(1, gold.count("="))
        or bool(re.search(r"\^\s*\{?[^{}^]*\^", answer) and re.search(r"\d\s*\^|\}\s*\^", answer) and "^" not in gold)
        or bool(re.search(r"\d{4,}\s*!|!\s*!|\)\s*!", answer))
        or bool(re.search(r"\^\s*\{?\s*-?\d{5,}", answer))
        or bool(re.search(r"\\(?:sum|prod|binom|int)\b", answer) and re.search(r"\d{5,}|\^\s*\{?\s*\d+\s*\^", answer))
        or _other_brackets(gold, answer)
    )


def _depth(text: str) -> int:
    """Return how deep the brackets of a text nest."""
    depth = deepest = 0
    for char in text:
        depth += (char in "([{") - (char in ")]}")
        deepest = max(deepest, depth)
    return deepest


def _other_brackets(gold: str, answer: str) -> bool:
    """Tell whether both are lists in brackets of different kinds: (1,2) is not {1,2}, nor [1,2]."""
    if "," not in gold or "," not in answer:
        return False
    kinds = [(text.startswith("\\{"), text[:1] in "([", text[:1], text[-1:]) for text in (gold, answer)]
    return (kinds[0][0] or kinds[0][1]) and (kinds[1][0] or kinds[1][1]) and kinds[0] != kinds[1]


def symbolic_equivalent(gold: str, answer: str) -> bool:
    r"""Compare two answers with math-verify. May hang or exhaust memory: call it in a killable worker only.

    Args:
        gold: the reference answer.
        answer: the extracted answer.
    """
    from math_verify import verify

    golds, answers = parse(normalise(gold)), parse(_drop_assignment(normalise(gold), normalise(answer)))
    if not golds or not answers or not verify(golds, answers, strict=True, timeout_seconds=None):
        return False
    return _numbers_agree(golds[0], answers[0])


def parse(text: str) -> list[object]:
    """Return math-verify's reading of a normalised answer: a sympy object and a string, or nothing."""
    from math_verify import ExprExtractionConfig, LatexExtractionConfig, parse

    configs = [LatexExtractionConfig(boxed_match_priority=0), ExprExtractionConfig()]
    parsed: list[object] = parse(f"\\boxed{{{text}}}", extraction_config=configs, parsing_timeout=None)
    return parsed


def _numbers_agree(gold: object, answer: object) -> bool:
    """Tell whether two numbers agree relatively: math-verify rounds to 6 decimals, which makes small ones all equal."""
    import sympy

    if not (isinstance(gold, sympy.Expr) and isinstance(answer, sympy.Expr)):
        return True
    if gold.free_symbols or answer.free_symbols:
        return True
    expected, found = gold.evalf(30), answer.evalf(30)
    if not (expected.is_number and found.is_number and expected.is_finite and found.is_finite):
        return True
    return bool(abs(expected - found) <= RELATIVE_ERROR * abs(expected))
