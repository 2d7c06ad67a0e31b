"""The same number, pair or set in any notation is the same; another one never is; and junk raises nothing."""

import re
from fractions import Fraction

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from prorl_rllib.envs.math.equivalence import quick_equivalent

NUMBERS = st.fractions(min_value=-500, max_value=500, max_denominator=64)


def notations(value):
    """Returns the ways to write a number that everybody reads in the same way."""
    sign, size = ("-" if value < 0 else ""), abs(value)
    top, bottom = size.numerator, size.denominator
    ways = [
        rf"{sign}\frac{{{top}}}{{{bottom}}}",
        rf"\frac{{{sign}{top}}}{{{bottom}}}",
        rf"{sign}\dfrac{{{3 * top}}}{{{3 * bottom}}}",
        f"{sign}{top}/{bottom}",
        rf"x = {sign}\frac{{{top}}}{{{bottom}}}",
        rf"{sign}\left(\frac{{{top}}}{{{bottom}}}\right)",
        rf"{sign}\frac{{{top}}}{{{bottom}}}\text{{ cm}}",
        rf"{sign}\sqrt{{\frac{{{top**2}}}{{{bottom**2}}}}}",
    ]
    if bottom == 1:
        ways += [f"{sign}{top}", f"{sign}{top}.0", f"{sign}{top:,}", f"{sign}0{top}"]
    elif top > bottom:
        ways += [
            rf"{sign}{top // bottom}\frac{{{top % bottom}}}{{{bottom}}}",
            f"{sign}{top // bottom} {top % bottom}/{bottom}",
        ]
    if not re.sub("[25]", "", "".join(map(str, prime_factors(bottom)))):
        ways.append(f"{float(value):.10f}".rstrip("0").rstrip("."))
    return ways


def prime_factors(number):
    """Returns the prime factors of a small number."""
    for factor in range(2, number + 1):
        if number % factor == 0:
            return [factor, *prime_factors(number // factor)]
    return []


@settings(max_examples=100, deadline=None)
@given(NUMBERS, st.data())
def test_a_number_is_the_same_in_every_notation(value, data):
    gold, answer = (data.draw(st.sampled_from(notations(value))) for _ in range(2))
    gold = gold.removeprefix("x = ")
    assert quick_equivalent(gold, answer) is True


@settings(max_examples=60, deadline=None)
@given(NUMBERS, NUMBERS, st.data())
def test_another_number_never_is(value, other, data):
    assume(value != other and abs(value) != 100 * abs(other))
    gold, answer = data.draw(st.sampled_from(notations(value))), data.draw(st.sampled_from(notations(other)))
    assert quick_equivalent(gold.removeprefix("x = "), answer) is False


@settings(max_examples=60, deadline=None)
@given(st.lists(NUMBERS, min_size=2, max_size=4, unique=True), st.data())
def test_pairs_keep_their_order_and_sets_do_not(values, data):
    def written(items):
        chosen = [data.draw(st.sampled_from(notations(item)[:4])) for item in items]
        return ", ".join(chosen)

    turned = values[1:] + values[:1]
    assert quick_equivalent(f"({written(values)})", rf"\left({written(values)}\right)") is True
    assert quick_equivalent(f"({written(values)})", f"({written(turned)})") is False
    assert quick_equivalent(rf"\{{{written(values)}\}}", rf"\{{{written(turned)}\}}") is True
    assert quick_equivalent(written(values), written(turned)) is True
    assert quick_equivalent(rf"\{{{written(values)}\}}", rf"\{{{written(values[1:])}\}}") is False


def sums(inner):
    """Returns a strategy of sums, products, quotients and powers: the text and the value."""
    return st.one_of(
        st.tuples(inner, inner).map(lambda pair: (f"({pair[0][0]} + {pair[1][0]})", pair[0][1] + pair[1][1])),
        st.tuples(inner, inner).map(lambda pair: (f"({pair[0][0]} - {pair[1][0]})", pair[0][1] - pair[1][1])),
        st.tuples(inner, inner).map(lambda pair: (rf"{pair[0][0]} \cdot {pair[1][0]}", pair[0][1] * pair[1][1])),
        st.tuples(inner, inner).map(lambda pair: (f"{pair[0][0]}({pair[1][0]})", pair[0][1] * pair[1][1])),
        inner.map(lambda part: (rf"\frac{{{part[0]}}}{{7}}", part[1] / 7)),
        inner.map(lambda part: (rf"\left({part[0]}\right)^2", part[1] ** 2)),
    )


ARITHMETIC = st.recursive(st.integers(0, 99).map(lambda value: (str(value), Fraction(value))), sums, max_leaves=8)


@settings(max_examples=100, deadline=None)
@given(ARITHMETIC, st.integers(-3, 3))
def test_arithmetic_has_the_value_that_python_computes(expression, offset):
    text, value = expression
    other = value + Fraction(offset, 5)
    assert quick_equivalent(f"{other.numerator}/{other.denominator}", text) is (offset == 0)


_PIECES = (
    r"\frac \sqrt \binom \pm \cup \infty \{ \} { } ( ) [ ] | ! ^ _ = < > \le , & \\ \begin{pmatrix} \end{pmatrix} \sin "
    r"\log x y e i 0 2 99 1.5 / + - \cdot \text{or} and \ldots % ^\circ cm"
)
PIECES = st.sampled_from(_PIECES.split(" "))
GOLDS = st.sampled_from(
    [
        "5",
        r"\frac{1}{2}",
        "x^2+1",
        "(1,2)",
        r"\{1,2\}",
        "[0,1)",
        "y=2x+1",
        r"\begin{pmatrix}1\\2\end{pmatrix}",
        "52_8",
        "B",
    ]
)


@settings(max_examples=300, deadline=None)
@given(GOLDS, st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=60))
def test_junk_raises_nothing(gold, junk):
    assert quick_equivalent(gold, junk) in (True, False, None)
    assert quick_equivalent(junk or "x", gold) in (True, False, None)
