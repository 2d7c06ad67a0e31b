import random
from itertools import combinations

import pytest

from prorl_rllib.envs.instruction_following.generator.composer import compose
from prorl_rllib.envs.instruction_following.generator.conflicts import CONFLICTS, fits, in_conflict
from prorl_rllib.envs.instruction_following.generator.draws import DRAWS, start_drawing
from prorl_rllib.envs.instruction_following.generator.words import KEYWORDS, RARE_LETTERS
from prorl_rllib.envs.instruction_following.instructions import INSTRUCTIONS, ask

REQUEST = "Write a short text about bees."
PAIRS = list(combinations(INSTRUCTIONS, 2))
DRAWN = 5


def drawn(ids, seed, tightness=2):
    drawing = start_drawing(random.Random(seed), tightness, REQUEST)
    return [ask(each, DRAWS[each](drawing)) for each in ids]


def test_conflicts_name_instructions_and_hold_in_both_directions():
    for first, others in CONFLICTS.items():
        for second in others:
            assert first in INSTRUCTIONS and second in INSTRUCTIONS
            assert in_conflict(first, second) and in_conflict(second, first)
    assert not fits("startend:quotation", ["combination:repeat_prompt"])


@pytest.mark.parametrize(("first", "second"), [pair for pair in PAIRS if not in_conflict(*pair)])
def test_what_is_not_in_conflict_can_be_followed_together(first, second):
    for seed in range(DRAWN):
        asked = drawn([first, second], seed)
        response = compose(asked)
        if response is None:  # a short text of which a lot is asked
            assert any("number_" in each.instruction_id and "less" in str(each.kwargs) for each in asked), asked
        else:
            assert all(each.quick_follows(response) is not False for each in asked)
    assert any(compose(drawn([first, second], seed)) for seed in range(DRAWN))


@pytest.mark.parametrize(("first", "second"), [pair for pair in PAIRS if in_conflict(*pair)])
def test_nothing_is_written_for_instructions_in_conflict(first, second):
    assert compose(drawn([first, second], 0)) is None


@pytest.mark.parametrize("instruction", INSTRUCTIONS)
def test_every_instruction_alone_can_be_followed_at_every_tightness(instruction):
    for tightness in (1, 5, 10):
        for seed in range(10):
            assert compose(drawn([instruction], seed, tightness))


def test_keywords_do_not_hold_each_other_or_rare_letters():
    assert not [(a, b) for a in KEYWORDS for b in KEYWORDS if a != b and a in b]
    assert not [word for word in KEYWORDS if any(letter in word for letter in RARE_LETTERS)]


@pytest.mark.parametrize(
    ("ids", "kwargs"),
    [
        (["language:response_language"], [{"language": "ja"}]),
        (["keywords:letter_frequency"], [{"letter": "e", "let_frequency": 1, "let_relation": "less than"}]),
        (["length_constraints:number_sentences"], [{"num_sentences": 1, "relation": "less than"}]),
        (["length_constraints:number_words"], [{"num_words": 100_000, "relation": "at least"}]),
        (["keywords:frequency"], [{"keyword": "a", "frequency": 100_000, "relation": "at least"}]),
        (["keywords:existence", "keywords:forbidden_words"], [{"keywords": ["a"]}, {"forbidden_words": ["a"]}]),
        (["startend:end_checker"], [{"end_phrase": 'He said "no"'}]),
    ],
)
def test_none_is_written_where_the_means_do_not_suffice(ids, kwargs):
    assert compose([ask(each, given) for each, given in zip(ids, kwargs, strict=True)]) is None
