import pytest

from prorl_rllib.envs.instruction_following.instructions import ask


@pytest.mark.parametrize(
    ("response", "follows"),
    [
        ("Text. Any questions?", True),
        ("Text. ANY QUESTIONS?\n", True),
        ('"Text. Any questions?"', True),
        ("Any questions? Yes.", False),
        ("Any questions", False),
        ('"Text. Any questions? "', False),
    ],
)
def test_the_phrase_comes_last(response, follows):
    assert ask("startend:end_checker", {"end_phrase": " Any questions? "}).follows(response) is follows


@pytest.mark.parametrize(
    ("response", "follows"),
    [
        ('"Text."', True),
        (' "Text."\n', True),
        ('""', True),
        ('"', False),
        ('"Text".', False),
        ("'Text.'", False),
        ("\u201cText.\u201d", False),
    ],
)
def test_a_quotation_is_wrapped_in_double_quotation_marks(response, follows):
    assert ask("startend:quotation", {}).follows(response) is follows
