import pytest

from prorl_rllib.envs.stem.notation import plain
from prorl_rllib.envs.stem.unit_notation import read_unit

SPEED = (("meter", 1), ("second", -1))


@pytest.mark.parametrize(
    "text",
    ["m/s", "m s^-1", "m*s^{-1}", "m s-1", r"\frac{m}{s}", r"\text{m}\,\text{s}^{-1}", "meters per second", "(m)/(s)"],
)
def test_one_unit_is_read_from_its_spellings(text):
    assert read_unit(plain(text)) == SPEED


def test_what_follows_a_slash_is_below_it():
    below = (("joule", 1), ("kelvin", -1), ("mole", -1))
    assert read_unit("J/(mol*K)") == read_unit("J/mol/K") == read_unit("J/mol K") == below


@pytest.mark.parametrize(
    "text", ["m^10", "m^9^9", "m**9**9", "9**9**9", "m/", "/*m", "m^0.5", "5", "m)", "(m", "m-2.5"]
)
def test_what_is_no_unit_by_its_form_is_refused(text):
    assert read_unit(plain(text)) is None


@pytest.mark.parametrize("text", ["m " * 41, "(" * 500 + "m" + ")" * 500, "((m^9)^9)^9", "a b c d e f g h i j k"])
def test_length_depth_names_and_exponents_are_bounded(text):
    assert read_unit(text) is None
