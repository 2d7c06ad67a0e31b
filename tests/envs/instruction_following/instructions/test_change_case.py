import pytest

from prorl_rllib.envs.instruction_following.instructions import ask
from prorl_rllib.envs.instruction_following.instructions.change_case import count_capital_words

CAPITAL, LOWERCASE = "change_case:english_capital", "change_case:english_lowercase"
ENGLISH = "The morning starts with a soft light, and people walk slowly over the hills."
GERMAN = "Der Morgen beginnt mit einem weichen Licht, und die Menschen gehen langsam durch die Stadt."


@pytest.mark.parametrize(
    ("instruction", "response", "follows"),
    [
        (CAPITAL, ENGLISH.upper(), True),
        (CAPITAL, ENGLISH, False),
        (CAPITAL, ENGLISH.upper() + " x", False),
        (CAPITAL, GERMAN.upper(), False),
        (CAPITAL, "123 !!!", False),
        (LOWERCASE, ENGLISH.lower(), True),
        (LOWERCASE, ENGLISH, False),
        (LOWERCASE, GERMAN.lower(), False),
        (LOWERCASE, "123 !!!", False),
    ],
)
def test_case_and_language_have_to_agree(instruction, response, follows):
    asked = ask(instruction, {})
    assert asked.follows(response) is follows
    assert asked.quick_follows(response) in (None, follows)


@pytest.mark.parametrize("response", [ENGLISH, "a B", "123", ""])
def test_the_wrong_case_needs_no_detector(response):
    assert ask(CAPITAL, {}).quick_follows(response) is False


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("NASA and ESA", 2),
        ("DON'T do IT", 2),
        ("WELL-KNOWN U.S.A AND/OR", 3),
        ("I am A", 2),
        ("Mixed aND", 0),
        ("42 R2D2", 1),
        ("**BOLD** _EM_", 2),
    ],
)
def test_capital_words_are_counted(text, count):
    assert count_capital_words(text) == count
    instruction = "change_case:capital_word_frequency"
    assert ask(instruction, {"capital_frequency": count, "capital_relation": "at least"}).follows(text)
    assert ask(instruction, {"capital_frequency": count + 1, "capital_relation": "less than"}).follows(text)
    assert not ask(instruction, {"capital_frequency": count + 1, "capital_relation": "at least"}).follows(text)
