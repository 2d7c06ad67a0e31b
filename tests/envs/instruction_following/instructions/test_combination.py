import pytest

from prorl_rllib.envs.instruction_following.instructions import ask


@pytest.mark.parametrize(
    ("response", "follows"),
    [
        ("One\n******\nTwo", True),
        ("One****** Two", True),
        ("******One******Two******", True),
        ("Same\n******\nSame ", False),
        ("One\n***\nTwo", False),
        ("One******Two******Three", False),
        ("One************Two", False),
        ("******", False),
    ],
)
def test_two_responses_differ_and_nothing_else_is_there(response, follows):
    assert ask("combination:two_responses", {}).follows(response) is follows


@pytest.mark.parametrize(
    ("response", "follows"),
    [
        ("Write a poem. Here it is.", True),
        ("\n write A POEM.", True),
        ("Sure! Write a poem.", False),
        ("Write a poem", False),
        ('"Write a poem." Here', False),
    ],
)
def test_the_prompt_comes_first(response, follows):
    kwargs = {"prompt_to_repeat": " Write a poem.\n"}
    assert ask("combination:repeat_prompt", kwargs).follows(response) is follows
