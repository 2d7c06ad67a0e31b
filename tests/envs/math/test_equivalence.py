import pytest

from prorl_rllib.envs.math.equivalence import parse_answer, quick_equivalent, symbolic_equivalent, too_costly

SAME_QUICKLY = [
    ("5", "5.0"),
    ("1000", "1,000"),
    ("1000", "1{,}000"),
    ("1234", r"1\,234"),
    ("033", "33"),
    ("7", "+7"),
    ("0.5", r"\frac12"),
    (r"\frac{1}{2}", "1/2"),
    (r"\frac{1}{2}", r"\dfrac{1}{2}"),
    (r"-\frac{1}{2}", r"\frac{-1}{2}"),
    ("1/3", r"\frac{2}{6}"),
    ("5/2", "2 1/2"),
    ("-5/2", r"-2\frac{1}{2}"),
    ("\u00bd", "0.5"),
    ("50%", "0.5"),
    ("0.5", r"50\%"),
    ("61.5", r"61.5\%"),
    ("20", "20 percent"),
    ("32", "32 dollars"),
    ("32", r"\$32"),
    ("32", r"32\text{ apples}"),
    ("90", r"90^\circ"),
    (r"90^{\circ}", "90"),
    ("5 cm", r"5\text{ cm}"),
    ("120000", "1.2e5"),
    ("120000", r"1.2\times 10^{5}"),
    ("5", "x = 5."),
    ("-3", "\u22123"),
    ("B", "(B)"),
    ("B", "b"),
    ("C", r"\textbf{(C)}\ 12"),
    ("east", "East"),
    (r"\text{no solution}", "No solution"),
    ("x^2", "x^{2}"),
    (r"\emptyset", r"\varnothing"),
    ("1010_2", "1010_{2}"),
    (r"\begin{pmatrix}1\\2\end{pmatrix}", r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}"),
]
SAME_SYMBOLICALLY = [
    (r"\sqrt{8}", r"2\sqrt{2}"),
    (r"\sqrt{2}", "\u221a2"),
    ("x^2+2x+1", "(x+1)^2"),
    (r"\{1,2\}", r"\{2,1\}"),
    (r"\frac{\pi}{2}", r"\pi/2"),
    (r"\frac{1}{\sqrt{2}}", r"\frac{\sqrt{2}}{2}"),
    (r"\begin{pmatrix}1\\2\end{pmatrix}", r"\begin{pmatrix} 1 \\ 1+1 \end{pmatrix}"),
    ("n^2", r"\sum_{k=1}^{n} (2k-1)"),
    ("0", r"\sqrt{2}\sqrt{3}-\sqrt{6}"),
    ("256", "2^{8}"),
    ("17", "2^3+3^2"),
    ("2^{1000}", "4^{500}"),
    ("6", "3!"),
    ("y=2x+3", "y = 3+2x"),
    (r"(-\infty,1)\cup[2,3)", r"[2,3)\cup(-\infty,1)"),
]
DIFFERENT = [
    ("5", "6"),
    ("5", "-5"),
    ("0.333", "1/3"),
    (r"\frac{1}{3}", "0.333333"),
    (r"\frac1{2^{99}}", r"\frac1{2^{98}}"),
    ("10^{-400}", "10^{-401}"),
    ("0.0000001", "0.0000002"),
    ("10^{-7}", "0.0"),
    (r"\frac{2^{2005}+1}{3\cdot2^{2006}}", r"\frac1{3\cdot2^{2006}}"),
    ("east", "seat"),
    ("ab", "ba"),
    ("1010_2", "1010_3"),
    (r"1,2,\ldots,n", r"1,3,5,\ldots,2n-1"),
    ("5", "1=2=5"),
    ("5", "x=y=z=5"),
    ("(1,2)", r"\{1,2\}"),
    ("(0,1)", "[0,1]"),
    ("(1,2,3)", "(1,2)"),
    ("1331 and 1728", "1728"),
    ("235", r"1\,234"),
    ("5", "nan"),
    ("nan", "5"),
    ("5 cm", "5 m"),
    ("B", "C"),
    ("5", "5xy"),
    ("5", "5 pi"),
    ("5", "5 or 6"),
    ("7", "7,8"),
    ("5", "9^{9^{9^9}}"),
    ("1", "1/0"),
    ("x+1", "x-1"),
    (r"\sqrt{17}", "17"),
    ("4", r"4\sqrt(2)"),
    ("10", "1e400"),
    ("0", "10^{-30}"),
    ("5", "\ud800"),
]


def equivalent(gold, answer):
    quick = quick_equivalent(gold, answer)
    return symbolic_equivalent(gold, parse_answer(gold), answer) if quick is None else quick


@pytest.mark.parametrize(("gold", "answer"), SAME_QUICKLY)
def test_same_answers_are_recognised_without_a_worker(gold, answer):
    assert quick_equivalent(gold, answer) is True


@pytest.mark.parametrize(("gold", "answer"), SAME_SYMBOLICALLY)
def test_same_answers_are_recognised_symbolically(gold, answer):
    assert quick_equivalent(gold, answer) is None
    assert equivalent(gold, answer)


@pytest.mark.parametrize(("gold", "answer"), DIFFERENT)
def test_different_answers_are_told_apart(gold, answer):
    assert not equivalent(gold, answer)


@pytest.mark.parametrize("gold", [gold for gold, _ in SAME_QUICKLY + SAME_SYMBOLICALLY + DIFFERENT])
def test_every_answer_equals_itself(gold):
    assert quick_equivalent(gold, gold) is True


@pytest.mark.parametrize(
    "answer",
    ["9^{9^9}", "2^{2^{2^{2^{2}}}}", "10^{1000000}", "100000!", r"\sum_{k=1}^{10^9} k", r"\binom{100000}{5}", "(" * 99],
)
def test_costly_answers_are_rejected_before_they_are_parsed(answer):
    assert too_costly(answer)
    assert quick_equivalent("5", answer) is False


@pytest.mark.parametrize("answer", ["2^{3^2}", "x^{2^n}", "10!", r"\sum_{k=1}^{n} k", r"\binom{10}{3}", "2^{1000}"])
def test_ordinary_answers_are_not_rejected(answer):
    assert not too_costly(answer)


def test_long_numbers_are_not_converted():
    assert quick_equivalent("5", "9" * 5000) is None or quick_equivalent("5", "9" * 5000) is False
    assert quick_equivalent("9" * 5000, "9" * 5000) is True
