r"""What an answer states beside a value: `x =` before it, `= y` after it, a relation, words."""

import re

from prorl_rllib.envs.math.units import VALUE_WORDS

MAX_SIDES = 4
"""Most expressions that an answer may chain with `=`."""
GREEK = (
    "alpha|beta|gamma|delta|epsilon|varepsilon|zeta|eta|theta|vartheta|iota|kappa|lambda|mu|nu|xi|rho|sigma|tau|"
    "upsilon|phi|varphi|chi|psi|omega|Gamma|Delta|Theta|Lambda|Xi|Sigma|Phi|Psi|Omega"
)
RESULT = "answer|result|solution|value|sum|total|product|difference|area|volume|perimeter|length|probability|distance"
_FUNCTIONS = (
    "sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh log ln exp sqrt pi min max gcd lcm abs infty infinity"
)
FUNCTIONS = frozenset(_FUNCTIONS.split())
"""Words that are mathematics."""

_LETTER = rf"(?:[a-zA-Z]|\\(?:{GREEK}))(?:_(?:\{{\w+\}}|\w))?'*(?: ?\(\w(?:, ?\w)*\))?"
_TERM = r"\d*(?:[a-zA-Z]|\\angle ?[A-Z]{1,3}|(?-i:[A-Z]{2,3}))"
_LETTERS = rf"\({_LETTER}(?:, ?{_LETTER})*\)"
_TERMS = rf"{_TERM}(?: ?[+-] ?{_TERM})*"
_ASSIGNMENT = re.compile(
    rf"(?:(?:{_LETTER}|{_LETTERS}|{_TERMS}) ?(?:=|\\in(?![a-zA-Z]))|"
    rf"(?:the )?(?:final )?(?:{RESULT}) ?(?:is|=|:)) ?:?(?=\S)",
    re.IGNORECASE,
)
_RELATION = re.compile(r"[=<>]|\\(?:in|ne|neq|le|ge|lt|gt|equiv|approx|sim|mid|to|subset)(?![a-zA-Z])|\|")
_OTHER_CLAIM = re.compile(
    r"\\(?:neq?|not|to|rightarrow|longrightarrow|Rightarrow|Longrightarrow|implies|iff|Leftrightarrow|mapsto|approx|"
    r"sim|simeq|cong|equiv|propto|mid)(?![a-zA-Z])|->|=>|(?<=[\w)}\]]) \| (?=[\w(\\-])"
)
_COMMAND = re.compile(r"\\(?:begin|end) ?\{[a-z]+\*?\}|\\[a-zA-Z]+")


def is_relation(gold: str) -> bool:
    """Tell whether a normalised reference answer is a statement, such as an equation, and not a value."""
    return _RELATION.search(top_level(gold)) is not None


def drop_assignment(answer: str) -> str:
    """Return a normalised answer without a leading `x =` or `the answer is`."""
    match = _ASSIGNMENT.match(answer)
    return answer[match.end() :].strip() if match else answer


def claims_otherwise(answer: str) -> bool:
    r"""Tell whether an answer relates terms by more than equality: `x \ne 5` or `5 | 6` is not the value 5."""
    outer = top_level(answer)
    return _OTHER_CLAIM.search(outer) is not None or outer.count("|") % 2 == 1


def foreign_words(gold: str, answer: str) -> bool:
    """Tell whether an answer holds words that its reference does not: "5 million" is not 5.

    A run of letters that all stand in the reference may be a product of variables.
    """
    known, letters = set(words(gold)), set(re.findall("[A-Za-z]", _COMMAND.sub(" ", gold)))
    differentials = {"d" + letter for letter in "xytu"} if "\\int" in answer else set()
    others = [word for word in words(answer) if word not in known | FUNCTIONS | differentials]
    return any(word.lower() in VALUE_WORDS or not set(word) <= letters for word in others)


def words(text: str) -> list[str]:
    """Return the runs of two and more letters in a text, commands aside."""
    return re.findall("[A-Za-z]{2,}", _COMMAND.sub(" ", text))


def has_letters(text: str) -> bool:
    """Tell whether a text holds a variable or a word, commands aside."""
    return re.search("[A-Za-z]", _COMMAND.sub(" ", text)) is not None


def sides(answer: str) -> list[str]:
    """Return the expressions that an answer chains with `=`; one when there is no `=` outside braces."""
    outer = top_level(answer)
    ends = [*(place for place, char in enumerate(outer) if char == "="), len(answer)]
    starts = [0, *(end + 1 for end in ends)]
    return [answer[start:end].strip() for start, end in zip(starts, ends, strict=False)]


def top_level(text: str) -> str:
    """Return a text of the same length with all within braces blanked, such as the bounds of a sum."""
    depth, shown = 0, []
    for place, char in enumerate(text):
        brace = char in "{}" and text[place - 1 : place] != "\\"
        depth = max(0, depth - 1) if brace and char == "}" else depth
        shown.append(" " if depth and not (brace and char == "}") else char)
        depth += brace and char == "{"
    return "".join(shown)
