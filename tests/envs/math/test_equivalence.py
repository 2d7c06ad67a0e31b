import pytest

from prorl_rllib.envs.math.costs import too_costly
from prorl_rllib.envs.math.equivalence import parse_answer, quick_equivalent, symbolic_equivalent

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
    (r"\frac{5}{8}", "\u215d"),
    ("29/8", "3\u215d"),
    ("1/2", "1\u20442"),
    ("1/2", "\u00b9\u2044\u2082"),
    ("x^{10}", "x\u00b9\u2070"),
    ("x_2", "x\u2082"),
    ("x_{12}", "x\u2081\u2082"),
    ("1010_2", "1010\u2082"),
    ("5", "\u0665"),
    ("5", "x = 5 = 5"),
    ("1/2", "1/2 = 0.5"),
    ("5", "the answer is 5"),
    ("5", r"\text{The final answer is } 5"),
    ("5", "f(x) = 5"),
    ("5", r"\theta = 5"),
    (r"12\text{ cm}^2", "12"),
    (r"12\text{ cm}^2", "12 square cm"),
    ("5", "5 m/s"),
    ("5 miles/hour", "5 miles per hour"),
    ("30", "30 degrees"),
    (r"25\pi", r"25\pi\text{ square units}"),
    (r"2\sqrt{3}", r"2\sqrt{3}\text{ cm}"),
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
SAME_BY_VALUE = [
    ("5", "2+3=5"),
    ("32", "2\u2075"),
    ("0.001", "10\u207b\u00b3"),
    ("2 ab", "2 ba"),
    ("|x|+1", "1+|x|"),
    (r"2\sqrt{3}\text{ cm}", r"\sqrt{12}"),
    (r"\sqrt{8}", r"2\sqrt{2}"),
    (r"\sqrt{2}", "\u221a2"),
    ("x^2+2x+1", "(x+1)^2"),
    (r"\frac{\pi}{2}", r"\pi/2"),
    (r"\frac{1}{\sqrt{2}}", r"\frac{\sqrt{2}}{2}"),
    ("256", "2^{8}"),
    ("17", "2^3+3^2"),
    ("2^{1000}", "4^{500}"),
    ("6", "3!"),
    ("-1", r"e^{i\pi}"),
    ("- 2 e - 4", r"2 \left(- e - 2\right)"),
    ("-2e-4", "-4-2e"),
    ("2e-4", r"\frac{1}{5000}"),
    ("-2", r"\sqrt[3]{-8}"),
    ("p - q", "-(q-p)"),
    (r"\frac{1}{\sqrt{n}}", r"\sqrt{1/n}"),
    (r"\sin^2 x", r"1-\cos^2 x"),
    (r"\frac{\sqrt{3}}{2}", r"\sin 60^\circ"),
    ("4", r"\log_2 16"),
    (r"3\log 2", r"\log 8"),
    (r"\frac{n(n+1)}{2}", r"\binom{n+1}{2}"),
    ("n!", "n(n-1)!"),
    (r"\frac{3}{4}", r"\frac 3 4"),
    (r"\frac{3}{4}", r"\frac 34"),
    ("14/3", r"4 \frac23"),
    (r"\frac{1}{3}", r"0.\overline{3}"),
    ("1,000,000", "10^6"),
    ("11,\\! 111,\\! 100", "11111100"),
]
SAME_STRUCTURES = [
    (r"\{1,2\}", r"\{2,1\}"),
    (r"\{1,2\}", "2, 1"),
    (r"\{1,2\}", r"\lbrace 1,2\rbrace"),
    ("3, 5, 7", r"7, 3 \text{ and } 5"),
    (r"\emptyset", r"\{\}"),
    (r"\pm 2", "2, -2"),
    (r"\{1\pm\sqrt{5}\}", r"\{1-\sqrt{5},1+\sqrt{5}\}"),
    (r"(3, \frac{\pi}{2})", r"\left(3.0, \pi/2\right)"),
    ("(-1,6)", "(x,y)=(-1,6)"),
    ("(2,-1)", "x=2, y=-1"),
    ("(1,2),(3,4)", "(3,4), (1,2)"),
    ("(1,2)", r"\langle 1, 2 \rangle"),
    ("(0,1)", "0<x<1"),
    ("[0,1)", r"1 > x \ge 0"),
    (r"[2,\infty)", r"x \ge 2"),
    (r"x > 2", r"(2, +\infty)"),
    (r"(-\infty,1)\cup[2,3)", r"[2,3)\cup(-\infty,1)"),
    (r"(-\infty, 2) \cup (3, \infty)", r"x<2 \text{ or } x>3"),
    (r"\begin{pmatrix}1\\2\end{pmatrix}", r"\begin{pmatrix} 1 \\ 1+1 \end{pmatrix}"),
    (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \\ \end{bmatrix}"),
    ("y=2x+3", "y = 3+2x"),
    ("y=2x+3", "2x - y + 3 = 0"),
    ("x=5", "5 = x"),
    ("x=5", "5"),
    ("x^2+y^2=25", "y^2 + x^2 - 25 = 0"),
    ("5", "m+n=5"),
    ("30", r"\angle ABC = 30^\circ"),
    ("52_8", "0052_{8}"),
    ("113", "113_{10}"),
    ("1010_2", r"1010_{\text{two}}"),
    ("2A_{16}", "2a_{16}"),
    (r"1,2,\ldots,n", r"1, 2, \dots, n"),
    (r"12\text{ m/s}", r"12\text{ meters per second}"),
    ("25 mph", r"25\text{ miles per hour}"),
    ("5 cm", "5 centimeters"),
    ("204", "**204**"),
    ("-12", "{-}12"),
]
SAME_SYMBOLICALLY = [
    ("0", r"\sqrt{2}\sqrt{3}-\sqrt{6}"),
    ("n^2", r"\sum_{k=1}^{n} (2k-1)"),
    ("e-1", r"\int_0^1 e^x dx"),
    ("0", r"\sin \pi"),
    (r"\begin{pmatrix} 1/5 \\ 2/5 \end{pmatrix}", r"\frac{1}{5}\begin{pmatrix} 1 \\ 2 \end{pmatrix}"),
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
STATEMENTS = [
    ("6", "5 = 6"),
    ("5", "5 = 6"),
    ("5", "6 = 5"),
    ("6", "2+3=6"),
    ("5", "2+3=5=6"),
    ("5", "5 ="),
    ("x=5", "x=5=6"),
    ("5", r"\ne 5"),
    ("5", r"\neq5"),
    ("5", r"x \neq 5"),
    ("5", "5 \u2260 6"),
    ("5", r"5 \to 6"),
    ("5", r"x \rightarrow 5"),
    ("5", r"5 \implies 6"),
    ("5", r"\approx 5"),
    ("5", "5 | 6"),
    ("5", "5|6"),
    ("5", r"\pm = 5"),
    ("5", "not = 5"),
    ("5", "no = 5"),
    ("3", r"\text{not }3"),
    ("B", "B) or C) or D"),
]
"""Answers that say something else than that a value is the reference."""
WORDS = [
    *[("5", f"5 {word}") for word in ("million", "thousand", "dozen", "squared", "factorial", "is wrong", "over two")],
    *[("5", rf"5\text{{ {word}}}") for word in ("million", "plus three", "times two", "or six", "half")],
    ("5", "5 minus three"),
    ("10", "10 if not nine"),
    ("1000", "1,000 thousand"),
    ("3", "3 xy"),
    ("3 xy", "3"),
    ("2 ab", "2"),
    ("2 m", "2"),
    ("2 km", "2 KM"),
    ("2 mW", "2 MW"),
    ("2", r"2\mathrm{e}"),
    ("12%", "12 kg"),
    (r"5\text{ cm}^2", r"5\text{ cm}^3"),
    ("x+1", r"x+1 \text{ is wrong}"),
    ("5", "x = 5 wrong"),
]
"""Answers whose words are no unit, or another unit."""
RAISED = [("25", "2\u2075"), ("24", "2\u2074"), ("103", "10\u00b3"), ("10102", "1010\u2082"), ("35/8", "3\u215d")]
"""Answers with raised and lowered digits that are no ordinary ones."""
OTHER_VALUES = [
    ("5", "--5"),
    ("5", "[5]"),
    ("5", "5?"),
    ("5", "5-"),
    ("11", "11:00"),
    ("1/2", "1:2"),
    ("2021", "2024-01-02"),
    ("2^{99}", "2^{98}"),
    ("1-1/e", "1+1/e"),
    (r"\frac{1}{2}", r"\frac{1}{2}\%"),
    ("x", "|x|"),
    ("x", r"\sqrt{x^2}"),
    ("n", "n+10^{-9}"),
    ("e^{e^9}", r"e^{e^9}+\frac{1}{7}"),
    ("2e-4", "2"),
    (r"\frac{1}{1-x}", "1/1-x"),
    ("1/2004!", "1/2006!"),
    ("p-q", "q-p"),
    (r"\sin x^2", r"\sin^2 x"),
    (r"\frac{\sqrt{3}}{2}", r"\sin 60"),
    (r"e^{\pi\sqrt{163}}", "262537412640768744"),
    ("F_{n+1}", "F_n+1"),
    ("3R^2", "3r^2"),
]
"""Values that are near, or look alike."""
OTHER_STRUCTURES = [
    ("(1,6)", "(6,1)"),
    ("(1,6)", "1"),
    ("(1,6)", "(1,6,0)"),
    ("5", "5, 6"),
    ("3, 5", "3"),
    ("3, 5", "3, 5, 7"),
    (r"\{1,2\}", r"\{1,2,3\}"),
    (r"\{1,2\}", r"\{1,1\}"),
    (r"\emptyset", "0"),
    (r"\emptyset", r"\{\emptyset\}"),
    (r"\pm 2", "2"),
    ("(0,1)", r"0 \le x < 1"),
    ("(0,1)", "(1,0)"),
    (r"[2,\infty)", "x > 2"),
    (r"[2,\infty)", r"x \le 2"),
    ("[0,1)", "[0,1"),
    (r"(-\infty,2)\cup(3,\infty)", r"(-\infty,2]\cup[3,\infty)"),
    (r"(-\infty,2)\cup(3,\infty)", "(2,3)"),
    (r"\begin{pmatrix}1\\2\end{pmatrix}", r"\begin{pmatrix}2\\1\end{pmatrix}"),
    (r"\begin{pmatrix}1\\2\end{pmatrix}", r"\begin{pmatrix}1 & 2\end{pmatrix}"),
    (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", "-2"),
    ("y=2x+3", "y=3x+2"),
    ("y=2x+3", "2x+3=0"),
    ("x=5", "x>5"),
    ("x=5", r"x \ne 5"),
    ("x=5", "x^2=25"),
    ("x^2+y^2=25", "x^2-y^2=25"),
    ("52_8", "52_9"),
    ("52_8", "42"),
    ("113", "113_8"),
    ("5", "x^2 = 5"),
]
"""Pairs, sets, intervals, matrices, equations and numerals that are not the reference."""
SAME_IN_OTHER_WORDS = [
    (r"x \in [-2,7]", r"-2 \le x \le 7"),
    (r"x \in [-2,7]", r"\{x \mid -2 \le x \le 7\}"),
    ("x > 3", r"\{x \in \mathbb{R} : x > 3\}"),
    ("1,-2", r"x=1 \text{ or } x=-2"),
    ("1,-2", "x = -2, x = 1"),
    (r"2 \text{ or } 3", "3, 2"),
    (r"1+2i, 1-2i", r"1+2i \text{ or } 1-2i"),
    (r"x = 2, y = 3", r"y = 3 \text{ and } x = 2"),
    (r"x = 2, y = 3", "(2,3)"),
    ("(2,3)", r"x=2, \quad y=3"),
    (r"(3, \frac{\pi}{2})", r"r=3, \theta=\frac{\pi}{2}"),
    ("3:2", "6 : 4"),
    ("3:2", r"3 \text{ to } 2"),
    ("3:2", "1.5"),
    ("1:2:3", r"2 \colon 4 \colon 6"),
    ("6:30", "6{:}30"),
    (r"2 \text{ million}", r"\$2{,}000{,}000"),
    (r"5.4 \text{ cents}", "5.4\u00a2"),
    (r"\$18.90", r"18.9\text{ dollars}"),
    (r"\begin{pmatrix} -1 \\ 0 \end{pmatrix}", r"\left[\begin{array}{c} -1 \\ 0 \end{array}\right]"),
    (r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}", r"\begin{pmatrix} 1 & 2 \\[2mm] 3 & 4 \end{pmatrix}"),
    ("7", r"\color{red}{7}"),
    ("7", r"\textcolor{blue}{\underline{7}}"),
    (r"\frac{7}{9}", r"0.\bar{7}"),
]
IN_OTHER_WORDS = [
    ("1,-2", "x=1 or x=2"),
    ("1,-2", "1 or -2 or 5"),
    ("1,-2", "x=1 or y=-2"),
    (r"2 \text{ or } 3", "2"),
    (r"2 \text{ or } 3", "2 or 3 or 4"),
    ("x = 2, y = 3", "(3,2)"),
    ("x = 2, y = 3", "y=2, x=3"),
    ("(2,3)", "x=2 or y=3"),
    ("(2,3)", "x=2, x=3"),
    ("3:2", "3:2:1"),
    ("3:2", "2 to 3"),
    ("3:2", "0:0"),
    ("1:2:3", "1/2/3"),
    ("6:30", "1:5"),
    ("6:30", "0.2"),
    ("0<x<1", "0,1"),
    ("0<x<1", r"\{0,1\}"),
    ("0<x<1", r"\{x : 0<y<1\}"),
    (r"\$18.90", r"18.90\text{ cents}"),
    (r"\$18.90", r"18.9\%"),
    (r"5.4 \text{ cents}", r"\$5.4"),
    ("42", r"\ge 42"),
    ("42", r"\times 42"),
    ("42", "42''"),
    ("42", "42\u2082"),
    ("12.5", "12. 5"),
    ("7", r"\color{red}{7}\color{blue}{8}"),
    (r"2 \text{ million}", "2"),
    ("20", r"\text{20 million}"),
]

DIFFERENT += IN_OTHER_WORDS + STATEMENTS + WORDS + RAISED + OTHER_VALUES + OTHER_STRUCTURES


def equivalent(gold, answer):
    quick = quick_equivalent(gold, answer)
    return symbolic_equivalent(gold, parse_answer(gold), answer) if quick is None else quick


@pytest.mark.parametrize(("gold", "answer"), SAME_QUICKLY + SAME_BY_VALUE + SAME_STRUCTURES + SAME_IN_OTHER_WORDS)
def test_same_answers_are_recognised_without_a_worker(gold, answer):
    assert quick_equivalent(gold, answer) is True


@pytest.mark.parametrize(("gold", "answer"), SAME_SYMBOLICALLY)
def test_same_answers_are_recognised_symbolically(gold, answer):
    assert quick_equivalent(gold, answer) is None
    assert equivalent(gold, answer)


@pytest.mark.parametrize(("gold", "answer"), DIFFERENT)
def test_different_answers_are_told_apart(gold, answer):
    assert not equivalent(gold, answer)


@pytest.mark.parametrize(
    "gold", [gold for gold, _ in SAME_QUICKLY + SAME_BY_VALUE + SAME_STRUCTURES + SAME_SYMBOLICALLY + DIFFERENT]
)
def test_every_answer_equals_itself(gold):
    assert quick_equivalent(gold, gold) is True


@pytest.mark.parametrize(
    "answer",
    [
        "9^{9^9}",
        "2^{2^{2^{2^{2}}}}",
        "10^{1000000}",
        "100000!",
        r"\sum_{k=1}^{10^9} k",
        r"\binom{100000}{5}",
        "(" * 99,
        r"\begin{pmatrix}" + r"\\".join(["1 & 2"] * 60) + r"\end{pmatrix}",
    ],
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


# Exponential backtracking on one of these takes for ever.
@pytest.mark.timeout(60)
def test_hostile_lengths_are_compared_in_no_time():
    attacks = [
        "5 " * 500,
        "5" + " " * 998,
        r"\text{" * 160,
        "=" * 1000,
        "{" * 1000,
        "a" * 1000,
        "5 cm" * 250,
        "|" * 999,
        "9" * 999,
        r"\pm" * 300,
        "1," * 500,
        r"x<1 \text{ or }" * 60,
        r"\frac" * 200,
        r"\cup" * 200,
    ]
    for attack in attacks + [attack + "x" for attack in attacks]:
        quick_equivalent("5", attack)
        quick_equivalent(r"5\text{ cm}", attack)
