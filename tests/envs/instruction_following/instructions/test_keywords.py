import pytest

from prorl_rllib.envs.instruction_following.instructions import ask

EXISTENCE, FREQUENCY = "keywords:existence", "keywords:frequency"
FORBIDDEN, LETTER = "keywords:forbidden_words", "keywords:letter_frequency"


@pytest.mark.parametrize(
    ("keywords", "response", "follows"),
    [
        (["river", "bread"], "Bread by the river.", True),
        (["river"], "The RIVERBANK is long.", True),
        (["river", "bread"], "Only a river.", False),
        (["two words"], "Here are two words.", True),
        (["two words"], "Two other words.", False),
        (["a.c"], "abc", False),
        (["a.c"], "see A.C here", True),
        (["c++"], "I like C++ a lot", True),
        (["(a+)+$"], "a" * 5000 + "!", False),
    ],
)
def test_every_keyword_has_to_appear_as_plain_text(keywords, response, follows):
    assert ask(EXISTENCE, {"keywords": keywords}).follows(response) is follows


@pytest.mark.parametrize(
    ("keyword", "frequency", "relation", "response", "follows"),
    [
        ("art", 2, "at least", "Art starts here.", True),
        ("art", 3, "at least", "Art starts here.", False),
        ("art", 2, "less than", "Art starts here.", False),
        ("art", 1, "less than", "Nothing of it.", True),
        (" art ", 1, "at least", "(art)", True),
        ("aa", 2, "at least", "aaa", False),
        (".", 2, "at least", "One. Two.", True),
        (".", 3, "at least", "One. Two.", False),
    ],
)
def test_keywords_are_counted_without_overlap(keyword, frequency, relation, response, follows):
    kwargs = {"keyword": keyword, "frequency": frequency, "relation": relation}
    assert ask(FREQUENCY, kwargs).follows(response) is follows


@pytest.mark.parametrize(
    ("forbidden", "response", "follows"),
    [
        (["art"], "The start.", True),
        (["art"], "The Art of it.", False),
        (["art"], "art-house", False),
        (["good day"], "Have a Good Day!", False),
        (["good", "bad"], "It is bad", False),
        (["c++"], "I use c++ daily", False),
        (["c++"], "I use c daily", True),
        (["."], "Full stop", True),
    ],
)
def test_forbidden_words_are_whole_words(forbidden, response, follows):
    assert ask(FORBIDDEN, {"forbidden_words": forbidden}).follows(response) is follows


@pytest.mark.parametrize(
    ("letter", "frequency", "relation", "response", "follows"),
    [
        ("e", 3, "at least", "Eve sees", True),
        ("E", 4, "at least", "Eve sees", True),
        ("e", 5, "at least", "Eve sees", False),
        ("z", 1, "less than", "Eve sees", True),
        ("e", 4, "less than", "Eve sees", False),
        ("#", 2, "at least", "#one and #two", True),
        ("#", 3, "at least", "#one and #two", False),
    ],
)
def test_letters_are_counted_in_either_case(letter, frequency, relation, response, follows):
    kwargs = {"letter": letter, "let_frequency": frequency, "let_relation": relation}
    assert ask(LETTER, kwargs).follows(response) is follows
