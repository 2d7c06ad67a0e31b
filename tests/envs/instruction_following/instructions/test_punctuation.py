import pytest

from prorl_rllib.envs.instruction_following.instructions import ask


@pytest.mark.parametrize(
    ("response", "follows"),
    [("No comma; none.", True), ("One, two.", False), ("1,000", False), ("\u060c \u3001 \uff0c", True), (" ", False)],
)
def test_there_is_no_comma(response, follows):
    assert ask("punctuation:no_comma", {}).follows(response) is follows
