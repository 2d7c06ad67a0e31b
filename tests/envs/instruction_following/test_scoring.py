import pytest

from prorl_rllib.envs import Task, UnparseableAnswer, verify
from prorl_rllib.envs.instruction_following import InstructionFollowingDomain

DOMAIN = InstructionFollowingDomain()
IDS = ["punctuation:no_comma", "detectable_format:title", "detectable_format:number_bullet_lists"]
KWARGS = [{}, {}, {"num_bullets": 2}]
ALL = "<<Title>>\n* one\n* two"


def judge(response, ids=IDS, kwargs=KWARGS, **options):
    reference = {"instruction_id_list": ids, "kwargs": kwargs}
    task = Task(task_id="t", domain=DOMAIN.name, prompt="p", reference=reference)
    return verify(task, response, options=options)


def test_the_reward_is_the_share_of_instructions_followed():
    assert judge(ALL).reward == 1.0
    verdict = judge("Title, please\n* one")
    assert (verdict.reward, verdict.status) == (0.0, "scored")
    verdict = judge("Title\n* one\n* two")
    assert verdict.reward == pytest.approx(2 / 3)
    assert verdict.detail == "2 of 3 instructions followed; not followed: detectable_format:title"


def test_binary_asks_for_all():
    assert judge(ALL, binary=True).reward == 1.0
    assert judge("Title\n* one\n* two", binary=True).reward == 0.0


@pytest.mark.parametrize(
    ("instruction", "kwargs", "response"),
    [
        ("startend:quotation", {}, 'Sure, here it is:\n"Text."'),
        ("startend:end_checker", {"end_phrase": "The end."}, "Text. The end.\nAnything else?"),
        ("detectable_format:json_format", {}, 'Here you are:\n{"a": 1}\nHave fun'),
        ("punctuation:no_comma", {}, "Sure, gladly:\nText."),
        (
            "length_constraints:nth_paragraph_first_word",
            {"num_paragraphs": 1, "nth_paragraph": 1, "first_word": "text"},
            "**Text** it is.",
        ),
        ("keywords:existence", {"keywords": ["keyword"]}, "A key*word*."),
        ("startend:quotation", {}, '*"Text."*'),
    ],
)
def test_loose_forgives_a_first_line_a_last_line_and_asterisks(instruction, kwargs, response):
    assert judge(response, [instruction], [kwargs]).reward == 0.0
    assert judge(response, [instruction], [kwargs], mode="strict").reward == 0.0
    assert judge(response, [instruction], [kwargs], mode="loose").reward == 1.0


def test_loose_does_not_take_a_blank_rest_for_a_response():
    assert judge("One, two", ["punctuation:no_comma"], [{}], mode="loose").reward == 0.0


def test_loose_accepts_different_texts_for_different_instructions():
    ids = ["startend:quotation", "keywords:existence"]
    response = 'Here is the keyword:\n"Text."'
    assert judge(response, ids, [{}, {"keywords": ["keyword"]}], mode="loose").reward == 1.0


def test_loose_asks_a_worker_only_where_the_case_leaves_it_open():
    ids, kwargs = ["change_case:english_lowercase"], [{}]
    verdict = judge("Here You Are: Text", ids, kwargs, mode="loose")
    assert (verdict.reward, verdict.seconds) == (0.0, 0.0)
    lowered = "HERE YOU ARE\nthe morning starts with a soft light and people walk over the hills"
    verdict = judge(lowered, ids, kwargs, mode="loose")
    assert verdict.reward == 1.0 and verdict.seconds > 0


def test_thinking_and_white_space_around_the_response_do_not_count():
    kwargs = {"num_paragraphs": 2, "nth_paragraph": 1, "first_word": "one"}
    response = "<think>Well, [a] * b</think>\n\nOne.\n\nTwo.\n\n"
    ids = ["length_constraints:nth_paragraph_first_word", "punctuation:no_comma"]
    assert judge(response, ids, [kwargs, {}]).reward == 1.0


@pytest.mark.parametrize("response", ["", " \n", "<think>a</think>", "<think>a</think>\n ", "<think>never closed"])
def test_no_text_is_no_answer(response):
    verdict = judge(response)
    assert (verdict.reward, verdict.status) == (0.0, "unparseable")


@pytest.mark.parametrize("length", [100_000, 500_000])
def test_a_response_that_would_be_cut_is_no_answer(length):
    with pytest.raises(UnparseableAnswer, match="more than 99999"):
        DOMAIN.extract("," + "a" * (length - 1))
    assert DOMAIN.extract("a" * 99_999)
