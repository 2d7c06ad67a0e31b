"""A parser of arithmetic and elementary functions that executes nothing: text in, a tree of plain records out.

sum     := ["+" | "-"] product {("+" | "-") product}
product := factor {("*" | "/") factor}
factor  := ("+" | "-") factor | atom ["**" factor]
atom    := number | name | name "(" sum ")" | "(" sum ")"
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

MAX_CHARS = 20_000
MAX_DEPTH = 40
"""Deepest nesting of brackets, signs and exponents."""
MAX_DIGITS = 400
"""Longest number."""
_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d*)?|\.\d+)|([A-Za-z_][A-Za-z_0-9]*)|(\*\*|[-+*/()]))", re.ASCII)


class WrongExpression(ValueError):
    """A text is no expression of the grammar, or beyond its limits."""


@dataclass(frozen=True)
class Number:
    """A number, exact; `text` is how it was written."""

    value: Fraction
    text: str


@dataclass(frozen=True)
class Name:
    """A variable or a constant."""

    name: str


@dataclass(frozen=True)
class Call:
    """A function of one argument."""

    name: str
    argument: "Tree"


@dataclass(frozen=True)
class Sum:
    """Terms that are added, or subtracted where the flag is True."""

    terms: tuple[tuple[bool, "Tree"], ...]


@dataclass(frozen=True)
class Product:
    """Factors that are multiplied, or divided by where the flag is True."""

    factors: tuple[tuple[bool, "Tree"], ...]


@dataclass(frozen=True)
class Power:
    """A base and an exponent."""

    base: "Tree"
    exponent: "Tree"


Tree = Number | Name | Call | Sum | Product | Power


def parse(text: str, max_chars: int = MAX_CHARS) -> Tree:
    """Return the tree of an expression.

    Args:
        text: the expression.
        max_chars: its longest length.

    Raises:
        WrongExpression: when it is none.
    """
    if len(text) > max_chars:
        raise WrongExpression(f"{len(text)} characters, more than {max_chars}")
    parser = _Parser([*tokens(text.strip()), ""])
    tree = parser.sum(0)
    if parser.next:
        raise WrongExpression(f"unexpected {parser.next!r}")
    return tree


def tokens(text: str) -> Iterator[str]:
    """Yield the numbers, names and operators of a text."""
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise WrongExpression(f"unexpected {text[position : position + 10]!r}")
        yield match[0].strip()
        position = match.end()


def walk(tree: Tree) -> Iterator[Tree]:
    """Yield a tree and all its parts."""
    yield tree
    children: tuple[Tree, ...] = ()
    if isinstance(tree, Call):
        children = (tree.argument,)
    elif isinstance(tree, Sum):
        children = tuple(term for _, term in tree.terms)
    elif isinstance(tree, Product):
        children = tuple(factor for _, factor in tree.factors)
    elif isinstance(tree, Power):
        children = (tree.base, tree.exponent)
    for child in children:
        yield from walk(child)


class _Parser:
    """Recursive descent over tokens; the last token is empty."""

    def __init__(self, texts: list[str]) -> None:
        self._tokens, self._position = texts, 0

    @property
    def next(self) -> str:
        """The token that was not taken yet."""
        return self._tokens[self._position]

    def take(self) -> str:
        """Return the next token and go on."""
        token = self.next
        self._position += 1
        return token

    def expect(self, token: str) -> None:
        """Take a token that must be the next."""
        if self.next != token:
            raise WrongExpression(f"expected {token!r}, got {self.next!r}")
        self.take()

    def sum(self, depth: int) -> Tree:
        """Parse terms."""
        terms = [(False, self.product(depth))]
        while self.next in ("+", "-"):
            negative = self.take() == "-"
            terms.append((negative, self.product(depth)))
        return terms[0][1] if len(terms) == 1 else Sum(tuple(terms))

    def product(self, depth: int) -> Tree:
        """Parse factors; a sign before them counts for the whole product."""
        if self.next in ("+", "-"):
            negative = self.take() == "-"
            self._check(depth)
            return Sum(((negative, self.product(depth + 1)),))
        factors = [(False, self.factor(depth))]
        while self.next in ("*", "/"):
            divides = self.take() == "/"
            factors.append((divides, self.factor(depth)))
        return factors[0][1] if len(factors) == 1 else Product(tuple(factors))

    def factor(self, depth: int) -> Tree:
        """Parse a sign, or an atom and its exponent."""
        self._check(depth)
        if self.next in ("+", "-"):
            negative = self.take() == "-"
            return Sum(((negative, self.factor(depth + 1)),))
        base = self.atom(depth)
        if self.next != "**":
            return base
        self.take()
        return Power(base, self.factor(depth + 1))

    def atom(self, depth: int) -> Tree:
        """Parse a number, a name, a call, or what stands in brackets."""
        token = self.take()
        if token == "(":
            inner = self.sum(depth + 1)
            self.expect(")")
            return inner
        if token[:1].isdigit() or token[:1] == ".":
            if len(token) > MAX_DIGITS:
                raise WrongExpression(f"a number of {len(token)} characters, more than {MAX_DIGITS}")
            return Number(Fraction(token), token)
        if not token[:1].isalpha() and token[:1] != "_":
            raise WrongExpression(f"unexpected {token!r}")
        if self.next != "(":
            return Name(token)
        self.take()
        argument = self.sum(depth + 1)
        self.expect(")")
        return Call(token, argument)

    def _check(self, depth: int) -> None:
        """Raise when the nesting is too deep."""
        if depth > MAX_DEPTH:
            raise WrongExpression(f"nested deeper than {MAX_DEPTH}")
