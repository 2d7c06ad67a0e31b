import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_rllib.envs.instruction_following.instructions import ask
from prorl_rllib.envs.instruction_following.instructions.measures import count_sentences, count_words

PARAGRAPHS, FIRST_WORD = "length_constraints:number_paragraphs", "length_constraints:nth_paragraph_first_word"


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three?", 3),
        ("One.", 1),
        ("no full stop", 1),
        ("One. and a rest", 2),
        ("Dr. Smith met Mrs. Jones at 5 p.m. yesterday.", 1),
        ("They left at 5 p.m. The rain had stopped.", 2),
        ("We like fruit, e.g. apples. And nuts.", 2),
        ("J. R. R. Tolkien wrote it. Yes, he did.", 2),
        ("It was I. Then he left.", 2),
        ("The answer is no. The other is yes.", 2),
        ("See fig. 3 and no. 7 there.", 1),
        ("Wait... what?! Really?", 3),
        ('He said "Stop." Then he left.', 2),
        ("*Bold.* (Plain.) [Done.]", 3),
        ("It costs 3.50 dollars. Version 2.0.1 is out.", 2),
        ("1. First do this.\n2. Then do that.", 2),
        ("A heading\n\nA sentence follows.", 1),
        ("all in lower case. still two sentences.", 2),
        (". . . !!! ???", 0),
        ("これはペンです。本です。", 2),
        ("यह एक है। यह दो है।", 2),
        ("", 0),
    ],
)
def test_sentences_are_counted(text, sentences):
    assert count_sentences(text) == sentences


@given(st.lists(st.sampled_from(["The sun rises", "Birds sing", "Rain falls on the roof"]), min_size=1, max_size=30))
def test_sentences_put_together_are_all_counted(parts):
    assert count_sentences(" ".join(f"{part}." for part in parts)) == len(parts)


@pytest.mark.parametrize(
    ("count", "relation", "follows"),
    [(3, "at least", True), (4, "at least", False), (4, "less than", True), (3, "less than", False)],
)
def test_numbers_of_sentences_and_words_stand_in_the_relation(count, relation, follows):
    sentences = ask("length_constraints:number_sentences", {"num_sentences": count, "relation": relation})
    assert sentences.follows("One. Two. Three.") is follows
    words = ask("length_constraints:number_words", {"num_words": count, "relation": relation})
    assert words.follows("One two three") is follows


def test_words_are_runs_of_word_characters():
    assert count_words("don't re-use e.g. snake_case 3.5 — ***") == 9


@pytest.mark.parametrize(
    ("count", "response", "follows"),
    [
        (2, "One\n***\nTwo", True),
        (2, "One *** Two", True),
        (2, "***\nOne\n***\nTwo\n***", True),
        (2, "One\n***\n***\nTwo", False),
        (1, "One\n\nstill one", True),
        (3, "One\n***\nTwo", False),
        (2, "One\n****\nTwo", True),
        (2, "One\n******\nTwo", False),
        (1, "***", False),
    ],
)
def test_paragraphs_lie_between_dividers(count, response, follows):
    assert ask(PARAGRAPHS, {"num_paragraphs": count}).follows(response) is follows


@pytest.mark.parametrize(
    ("count", "nth", "word", "response", "follows"),
    [
        (2, 2, "today", "First.\n\nToday, it rains.", True),
        (2, 2, "TODAY", 'First.\n\n"today" is a word', True),
        (2, 1, "today", "First.\n\nToday it rains.", False),
        (3, 2, "today", "First.\n\nToday it rains.", False),
        (2, 2, "today", "First.\nToday it rains.", False),
        (2, 2, "today", "First.\n\nTodays rain", False),
        (2, 2, "today", "First.\n\n\n\nToday it rains.", False),
        (2, 1, "first", "First.\n\n\n\nToday it rains.", True),
        (1, 1, "", "!", None),
    ],
)
def test_the_nth_paragraph_starts_with_the_word(count, nth, word, response, follows):
    kwargs = {"num_paragraphs": count, "nth_paragraph": nth, "first_word": word}
    if follows is None:
        with pytest.raises(ValueError, match="must not be blank"):
            ask(FIRST_WORD, kwargs)
    else:
        assert ask(FIRST_WORD, kwargs).follows(response) is follows
