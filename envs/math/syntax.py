r"""Reading an expression in LaTeX or plain text as a tree, as far as it can be read in one way only.

What a careful reader could take in two ways (`1/2x`, `\sin(x)^2`, `f(x)`), and what this grammar does not know
(integrals, sums, words), raises `Unreadable`: a computer algebra system then has the last word.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from prorl_rllib.envs.math.relations import GREEK

MAX_CHARS = 400
"""Longest text that is read."""
MAX_DEPTH = 30
"""Deepest nesting that is read."""
MAX_DIGITS = 300

_FUNCTIONS = "sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh ln exp log"
FUNCTIONS = frozenset(_FUNCTIONS.split())
_LETTERS = frozenset((*GREEK.split("|"), "infty"))
_TIMES = ("\\cdot", "\\times", "\\ast", "*")
_TOKEN = re.compile(r"\s*(\\[a-zA-Z]+|\\[{}%|]|\d+\.\d+|\d+|\.\d+|[a-zA-Z]|\S)")
_NAMED = {name: "\\" + name for name in ("sqrt", "pi", "infty", *FUNCTIONS)}
_PLAIN_NAME = re.compile(rf"(?<![\\a-zA-Z])({'|'.join(sorted(_NAMED, key=len, reverse=True))})(?![a-zA-Z])")
_WORD = re.compile(r"(?<![\\a-zA-Z])[a-zA-Z]{4,}")
_FUNCTION_LETTERS = frozenset("fghFGHPQ")
_OPENING = {"(": ")", "{": "}", "\\lfloor": "\\rfloor", "\\lceil": "\\rceil", "|": "|"}
_STARTS = re.compile(r"[a-zA-Z\d.({|]|\\(?:frac|sqrt|binom|pi|lfloor|lceil)$")


class Unreadable(Exception):
    """The text is no expression of this grammar, or could be read in more than one way."""


@dataclass(frozen=True)
class Node:
    """An operation or a leaf.

    Attributes:
        kind: "number", "variable", "constant", "add", "negate", "multiply", "divide", "power", "root", "factorial",
            "binomial", "absolute", "floor", "ceiling", "degrees", "logarithm" or the name of a function.
        arguments: the operands; of a leaf, its value or name.
    """

    kind: str
    arguments: tuple[Any, ...]


def read_expression(text: str) -> Node:
    """Return the tree of a normalised expression.

    Args:
        text: without unit, relation and top-level comma.

    Raises:
        Unreadable: when this grammar does not cover it, or it is too long or deep.
    """
    if len(text) > MAX_CHARS or _WORD.search(_PLAIN_NAME.sub("", text)):
        raise Unreadable(text)
    reader = _Reader(_PLAIN_NAME.sub(r"\\\1 ", text))
    tree = reader.sum(0)
    if reader.token is not None:
        raise Unreadable(text)
    return tree


def number(digits: str) -> Node:
    """Return the leaf of a decimal numeral.

    Raises:
        Unreadable: when it is too long.
    """
    if len(digits) > MAX_DIGITS:
        raise Unreadable(digits)
    return Node("number", (Fraction(digits),))


class _Reader:
    """A recursive-descent reader; `token` is the next token, None at the end."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._end = 0
        self.token: str | None = None
        self._absolute = 0
        self.advance()

    def advance(self) -> str:
        """Move to the next token and return the one that was read."""
        read = self.token
        match = _TOKEN.match(self._text, self._end)
        self.token, self._end = (match[1], match.end()) if match else (None, self._end)
        return read or ""

    def take(self, expected: str) -> None:
        """Move past a token that must be there.

        Raises:
            Unreadable: when another is.
        """
        if self.token != expected:
            raise Unreadable(f"{expected} expected, not {self.token}")
        self.advance()

    def sum(self, depth: int) -> Node:
        """Read terms joined by + and -; only the first may bear a sign of its own."""
        if depth > MAX_DEPTH:
            raise Unreadable("too deep")
        total = self.signed(depth)
        while self.token in ("+", "-"):
            negative = self.advance() == "-"
            term = self.product(depth)
            total = Node("add", (total, Node("negate", (term,)) if negative else term))
        return total

    def signed(self, depth: int) -> Node:
        """Read a term that may bear a sign."""
        if self.token not in ("+", "-"):
            return self.product(depth)
        negative = self.advance() == "-"
        term = self.product(depth)
        return Node("negate", (term,)) if negative else term

    def product(self, depth: int) -> Node:
        """Read factors joined by signs of multiplication and division, or by nothing."""
        left, divided = self.first_factor(depth), False
        while self.token is not None:
            if self.token in _TIMES:
                self.advance()
                left, divided = Node("multiply", (left, self.first_factor(depth))), False
            elif self.token in ("/", "\\div"):
                self.advance()
                left, divided = Node("divide", (left, self.factor(depth))), True
            elif self.starts_factor():
                if divided or (left.kind != "factorial" and self.token[0] in "0123456789."):
                    raise Unreadable("1/2x, or two numbers side by side")
                left = Node("multiply", (left, self.factor(depth)))
            else:
                break
        return left

    def starts_factor(self) -> bool:
        """Tell whether the next token can follow a factor as another one."""
        token = self.token or ""
        if token == "|":
            return not self._absolute
        name = token[1:] if token.startswith("\\") else ""
        return name in FUNCTIONS or name in _LETTERS or _STARTS.match(token) is not None

    def first_factor(self, depth: int) -> Node:
        r"""Read a factor, or a mixed number such as 2\frac{1}{2}."""
        whole = self.token or ""
        factor = self.factor(depth)
        if self.token != "\\frac" or not whole.isdigit() or factor.kind != "number":
            return factor
        part = self.factor(depth)
        if part.kind == "divide" and all(argument.kind == "number" for argument in part.arguments):
            top, bottom = (argument.arguments[0] for argument in part.arguments)
            if top >= bottom or top.denominator != 1 or bottom.denominator != 1:
                raise Unreadable("2 3/2, mixed or a product")
            return Node("add", (factor, part))
        return Node("multiply", (factor, part))

    def factor(self, depth: int) -> Node:
        """Read a base with what follows it: powers, factorials, degrees."""
        base = self.base(depth)
        while self.token in ("^", "!"):
            if self.advance() == "!":
                if self.token == "!":
                    raise Unreadable("double factorial")
                base = Node("factorial", (base,))
            elif self.token == "\\circ":
                self.advance()
                base = Node("degrees", (base,))
            else:
                base = Node("power", (base, self.script(depth)))
                if self.token == "^":
                    raise Unreadable("a^b^c")
        return base

    def script(self, depth: int) -> Node:
        """Read an exponent or an argument: a group, a sign and digits, or one factor's base."""
        if self.token == "-":
            self.advance()
            return Node("negate", (self.base(depth + 1),))
        return self.base(depth + 1)

    def base(self, depth: int) -> Node:
        """Read a number, a letter, a group, a command with its arguments."""
        token = self.token
        if token is None or depth > MAX_DEPTH:
            raise Unreadable("ends too early, or is too deep")
        if token[0].isdigit() or (token[0] == "." and len(token) > 1):
            return number(self.advance())
        if token in _OPENING:
            return self.group(depth)
        if token.isalpha() and token.isascii():
            return self.letter(self.advance())
        if not token.startswith("\\"):
            raise Unreadable(token)
        self.advance()
        name = token[1:]
        if name in FUNCTIONS:
            return self.function(name, depth)
        if name in _LETTERS:
            return Node("variable", (token + self.subscript(),))
        return self.command(name, depth)

    def command(self, name: str, depth: int) -> Node:
        """Read the arguments of a command that is neither a function nor a letter."""
        if name == "pi":
            return Node("constant", ("pi",))
        if name in ("frac", "binom"):
            top = self.argument(depth)
            return Node("divide" if name == "frac" else "binomial", (top, self.argument(depth)))
        if name == "sqrt":
            return self.root(depth)
        raise Unreadable(name)

    def letter(self, name: str) -> Node:
        """Return the leaf of a letter that was read: a constant or a variable."""
        if name in ("e", "i") and self.token != "_":
            return Node("constant", (name,))
        subscript = self.subscript()
        if name in _FUNCTION_LETTERS and self.token == "(":
            raise Unreadable("f(x)")
        return Node("variable", (name + subscript,))

    def subscript(self) -> str:
        """Read the subscript of a variable, if there is one."""
        if self.token != "_":
            return ""
        self.advance()
        braced = self.token == "{"
        if braced:
            self.advance()
        name = self.advance()
        while braced and self.token not in ("}", None):
            name += self.advance()
        if braced:
            self.take("}")
        terms = sorted(name.split("+"))  # F_{1+n} is F_{n+1}
        if not all(term.isalnum() for term in terms):
            raise Unreadable("a computed subscript")
        return "_" + "+".join(terms)

    def group(self, depth: int) -> Node:
        """Read what stands in brackets, braces, bars or between floor or ceiling signs."""
        opening = self.advance()
        outer, self._absolute = self._absolute, opening == "|"
        inner = self.sum(depth + 1)
        self._absolute = outer
        self.take(_OPENING[opening])
        kind = {"|": "absolute", "\\lfloor": "floor", "\\lceil": "ceiling"}.get(opening)
        return Node(kind, (inner,)) if kind else inner

    def argument(self, depth: int) -> Node:
        r"""Read a command's argument: a group, or one character as TeX does, so that \frac34 is 3/4."""
        token = self.token or ""
        if token.isdigit() and len(token) > 1:
            self._end -= len(token) - 1
            self.token = token[0]
        return self.base(depth + 1)

    def root(self, depth: int) -> Node:
        """Read the index and the argument of a root."""
        index = Node("number", (Fraction(2),))
        if self.token == "[":
            self.advance()
            index = self.sum(depth + 1)
            self.take("]")
        elif self.token == "(":
            return Node("root", (self.group(depth), index))
        return Node("root", (self.base(depth + 1), index))

    def function(self, name: str, depth: int) -> Node:
        r"""Read a function's base or power, and its argument: a group, or the factors up to the next sign."""
        base = None
        if self.token == "_" and name == "log":
            self.advance()
            base = self.argument(depth)
        power = None
        if self.token == "^":
            self.advance()
            power = self.script(depth)
            if power.kind != "number":
                raise Unreadable("sin^{-1}")
        argument = self.function_argument(depth)
        called = Node("logarithm", (argument, base)) if base else Node(name, (argument,))
        return Node("power", (called, power)) if power else called

    def function_argument(self, depth: int) -> Node:
        """Read a function's argument."""
        if self.token in ("(", "{"):
            argument = self.group(depth)
            if self.token in ("^", "!"):
                raise Unreadable("sin(x)^2")
            return argument
        argument = self.factor(depth + 1)
        while self.starts_factor() and (self.token or "\\")[1:] not in FUNCTIONS:
            if self.token in ("(", "|") or (self.token or "")[0].isdigit():
                raise Unreadable("sin x (y)")
            argument = Node("multiply", (argument, self.factor(depth + 1)))
        if self.token in ("/", "\\div"):
            raise Unreadable("sin x/2")
        return argument
