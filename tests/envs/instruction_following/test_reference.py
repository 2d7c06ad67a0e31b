import pytest

from prorl_rllib.envs import Task, TaskError
from prorl_rllib.envs.instruction_following import InstructionFollowingDomain
from prorl_rllib.envs.instruction_following.instructions import INSTRUCTIONS, ask
from prorl_rllib.envs.instruction_following.instructions.instruction import NoKwargs

DOMAIN = InstructionFollowingDomain()
EXAMPLES = {
    "keywords:existence": {"keywords": ["a"]},
    "keywords:frequency": {"keyword": "a", "frequency": 1, "relation": "at least"},
    "keywords:forbidden_words": {"forbidden_words": ["a"]},
    "keywords:letter_frequency": {"letter": "a", "let_frequency": 1, "let_relation": "at least"},
    "language:response_language": {"language": "en"},
    "length_constraints:number_sentences": {"num_sentences": 1, "relation": "at least"},
    "length_constraints:number_paragraphs": {"num_paragraphs": 1},
    "length_constraints:number_words": {"num_words": 1, "relation": "at least"},
    "length_constraints:nth_paragraph_first_word": {"num_paragraphs": 2, "nth_paragraph": 1, "first_word": "a"},
    "detectable_content:number_placeholders": {"num_placeholders": 1},
    "detectable_content:postscript": {"postscript_marker": "P.S."},
    "detectable_format:number_bullet_lists": {"num_bullets": 1},
    "detectable_format:number_highlighted_sections": {"num_highlights": 1},
    "detectable_format:multiple_sections": {"section_spliter": "Section", "num_sections": 1},
    "combination:repeat_prompt": {"prompt_to_repeat": "a"},
    "startend:end_checker": {"end_phrase": "a"},
    "change_case:capital_word_frequency": {"capital_frequency": 1, "capital_relation": "at least"},
}
ALL_KEYS = {key: None for kwargs in EXAMPLES.values() for key in kwargs}


def check(ids, kwargs):
    reference = {"instruction_id_list": ids, "kwargs": kwargs}
    return DOMAIN.check_reference(Task(task_id="t", domain=DOMAIN.name, prompt="p", reference=reference))


def test_there_are_the_25_instructions_of_ifeval():
    assert len(INSTRUCTIONS) == 25
    without_kwargs = {each for each, instruction in INSTRUCTIONS.items() if instruction.kwargs_model is NoKwargs}
    assert without_kwargs == set(INSTRUCTIONS) - set(EXAMPLES)


@pytest.mark.parametrize("instruction", INSTRUCTIONS)
def test_keys_of_other_instructions_may_be_there_as_none(instruction):
    given = EXAMPLES.get(instruction, {})
    assert check([instruction], [{**ALL_KEYS, **given}]) == check([instruction], [{**ALL_KEYS, **given}])
    asked = check([instruction], [{**ALL_KEYS, **given}]).asked
    assert asked == check([instruction], [given]).asked
    if not given:
        assert asked == check([instruction], [None]).asked


@pytest.mark.parametrize(("instruction", "key"), [(each, key) for each, given in EXAMPLES.items() for key in given])
def test_every_key_is_needed(instruction, key):
    given = {name: value for name, value in EXAMPLES[instruction].items() if name != key}
    with pytest.raises(TaskError, match=rf"wrong kwargs of {instruction}: {key} = .*Field required"):
        check([instruction], [given])


@pytest.mark.parametrize("instruction", INSTRUCTIONS)
def test_keys_of_other_instructions_may_not_hold_a_value(instruction):
    with pytest.raises(TaskError, match=r"num_thumbs = 3.*not permitted"):
        check([instruction], [{**EXAMPLES.get(instruction, {}), "num_thumbs": 3}])


def test_zero_is_a_value_and_not_missing():
    assert check(["detectable_format:number_bullet_lists"], [{"num_bullets": 0}]).asked[0].follows("no bullets")


def test_whole_numbers_of_a_table_are_integers():
    assert check(["length_constraints:number_paragraphs"], [{"num_paragraphs": 2.0}]).asked[0].follows("a\n***\nb")


@pytest.mark.parametrize(
    ("ids", "kwargs", "message"),
    [
        (["keywords:existance"], [{}], "did you mean 'keywords:existence'"),
        (["punctuation:no_comma"], [], "0 kwargs for 1 instructions"),
        (["punctuation:no_comma"], [{}, {}], "2 kwargs for 1 instructions"),
        ([], [], "instruction_id_list"),
        (["keywords:existence"], [{"keywords": []}], "keywords"),
        (["keywords:existence"], [{"keywords": "word"}], "keywords"),
        (["keywords:existence"], [{"keywords": [" "]}], "must not be blank"),
        (["keywords:letter_frequency"], [{**EXAMPLES["keywords:letter_frequency"], "letter": "ab"}], "letter = 'ab'"),
        (["keywords:letter_frequency"], [{**EXAMPLES["keywords:letter_frequency"], "letter": " "}], "letter = ' '"),
        (["language:response_language"], [{"language": "english"}], "unknown language"),
        (["language:response_language"], [{"language": "zh"}], "did you mean 'zh-"),
        (["length_constraints:number_words"], [{"num_words": 5, "relation": "more than"}], "relation = 'more than'"),
        (["length_constraints:number_words"], [{"num_words": -1, "relation": "at least"}], "num_words = -1"),
        (["length_constraints:number_words"], [{"num_words": "5", "relation": "at least"}], "num_words = '5'"),
        (["length_constraints:number_words"], [{"num_words": 2.5, "relation": "at least"}], "num_words = 2.5"),
        (["length_constraints:number_words"], [{"num_words": 10**9, "relation": "at least"}], "num_words = 1000000000"),
        (["length_constraints:number_words"], [{"num_words": 0, "relation": "less than"}], "can never be followed"),
        (["length_constraints:number_paragraphs"], [{"num_paragraphs": 0}], "num_paragraphs = 0"),
        (
            ["length_constraints:nth_paragraph_first_word"],
            [{"num_paragraphs": 2, "nth_paragraph": 3, "first_word": "a"}],
            "nth_paragraph = 3 is above num_paragraphs = 2",
        ),
        (["combination:repeat_prompt"], [{"prompt_to_repeat": ""}], "must not be blank"),
    ],
)
def test_wrong_references_are_named_when_the_task_is_loaded(ids, kwargs, message):
    with pytest.raises(TaskError, match=message):
        check(ids, kwargs)


@pytest.mark.parametrize("instruction", INSTRUCTIONS)
def test_every_instruction_has_several_wordings_that_name_its_values(instruction):
    asked = ask(instruction, EXAMPLES.get(instruction, {}))
    wordings = asked.instruction.describe(asked.kwargs)
    assert len(set(wordings)) == len(wordings) >= 3
    for value in EXAMPLES.get(instruction, {}).values():
        if isinstance(value, int) or value in ("a", "P.S.", "Section"):
            assert all(str(value) in wording for wording in wordings)


@pytest.mark.parametrize("instruction", INSTRUCTIONS)
@pytest.mark.parametrize("blank", ["", " \n\t"])
def test_a_blank_response_follows_nothing(instruction, blank):
    asked = ask(instruction, EXAMPLES.get(instruction, {}))
    assert asked.follows(blank) is False
    assert asked.quick_follows(blank) is False
