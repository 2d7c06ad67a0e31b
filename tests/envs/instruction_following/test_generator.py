import random
import re

import pytest

from prorl_rllib.envs import EnvConfigError, Task, TaskError, verify_batch
from prorl_rllib.envs.instruction_following import InstructionFollowingDomain, InstructionFollowingEnv
from prorl_rllib.envs.instruction_following.generator.families import FAMILIES, LAZY_RESPONSES
from prorl_rllib.envs.instruction_following.generator.requests import QUESTIONS, REQUESTS, TOPICS
from prorl_rllib.envs.instruction_following.instructions import INSTRUCTIONS

DOMAIN = InstructionFollowingDomain()


def drafts(dataset, difficulty, count):
    config = DOMAIN.dataset_config(dataset, {}, difficulty)
    return [DOMAIN.generate(dataset, config, random.Random(f"{difficulty}/{seed}")) for seed in range(count)]


def task(draft):
    return Task(task_id="t", domain=DOMAIN.name, prompt=draft.prompt, reference=draft.reference)


def check_examples(tasks):
    examples = [DOMAIN.example_response(DOMAIN.check_reference(each)) for each in tasks]
    for each, example, verdict in zip(tasks, examples, verify_batch(tasks, examples), strict=True):
        assert verdict.reward == 1.0, (each.prompt, example, verdict)


@pytest.mark.parametrize("dataset", FAMILIES)
def test_the_example_response_of_every_task_scores_one(dataset):
    check_examples([task(draft) for difficulty in (1, 3, 6) for draft in drafts(dataset, difficulty, 15)])


@pytest.mark.slow
@pytest.mark.parametrize("difficulty", range(1, 7))
def test_the_example_responses_of_thousands_of_tasks_score_one(difficulty):
    check_examples([task(draft) for dataset in FAMILIES for draft in drafts(dataset, difficulty, 300)])


@pytest.mark.parametrize("dataset", FAMILIES)
def test_no_lazy_response_scores_one(dataset):
    for difficulty in (1, 2):
        tasks = [task(draft) for draft in drafts(dataset, difficulty, 15)]
        for lazy in LAZY_RESPONSES:
            verdicts = verify_batch(tasks, [lazy] * len(tasks))
            assert all(verdict.reward < 1 and verdict.status == "scored" for verdict in verdicts)


@pytest.mark.parametrize("dataset", FAMILIES)
@pytest.mark.parametrize("difficulty", [1, 4, 6])
def test_the_number_of_instructions_follows_the_difficulty(dataset, difficulty):
    least = FAMILIES[dataset].least
    for draft in drafts(dataset, difficulty, 20):
        ids = draft.reference["instruction_id_list"]
        assert len(set(ids)) == len(ids) == draft.metadata["num_instructions"]
        assert max(least, difficulty - 1) <= len(ids) <= max(least, difficulty)
        assert dataset == "composed" or any(each.startswith(f"{dataset}:") for each in ids)


def test_every_instruction_is_asked_for_and_prompts_differ():
    drawn = drafts("composed", 4, 1500)
    asked = {each for draft in drawn for each in draft.reference["instruction_id_list"]}
    assert asked == set(INSTRUCTIONS)
    assert len({draft.prompt for draft in drawn}) > 1490


def test_requests_are_many_and_hold_no_comma():
    assert len(set(TOPICS)) * len(set(REQUESTS)) > 1000
    assert not [text for text in (*TOPICS, *REQUESTS, *QUESTIONS) if "," in text]


def test_instructions_stand_in_the_prompt():
    for draft in drafts("composed", 5, 50):
        asked = DOMAIN.check_reference(task(draft)).asked
        for each in asked:
            assert any(wording in draft.prompt for wording in each.instruction.describe(each.kwargs))


def test_a_sign_to_be_written_ends_its_line():
    signs = re.compile(r"(?:\*\*\*|P\.P\.S|such as: \w+ 1)(?= [A-Z])")
    drawn = drafts("composed", 6, 400)
    assert any("\n1. " not in draft.prompt for draft in drawn)
    assert not [draft.prompt for draft in drawn if signs.search(draft.prompt)]


def test_nothing_with_another_case_is_asked_for_in_one_case_only():
    for draft in (draft for dataset in ("change_case", "startend") for draft in drafts(dataset, 6, 200)):
        ids = draft.reference["instruction_id_list"]
        if "change_case:english_lowercase" in ids:
            assert not {"startend:end_checker", "detectable_content:postscript"} & set(ids)
        if "change_case:english_capital" in ids:
            assert "startend:end_checker" not in ids


def test_generation_is_a_function_of_its_arguments():
    config = DOMAIN.dataset_config("composed", {}, 4)
    draws = [DOMAIN.generate("composed", config, random.Random(7)) for _ in range(2)]
    assert draws[0] == draws[1] != DOMAIN.generate("composed", config, random.Random(8))


def test_the_instructions_of_a_family_can_be_chosen():
    chosen = ["detectable_format:title", "punctuation:no_comma", "startend:quotation"]
    config = {"instructions": chosen, "min_instructions": 2, "max_instructions": 3, "tightness": 4}
    env = InstructionFollowingEnv(datasets={"composed": config})
    for index in range(30):
        ids = env.task(index).reference["instruction_id_list"]
        assert set(ids) <= set(chosen) and 2 <= len(ids) <= 3


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"composed": {"instruction": []}}, "did you mean 'instructions'"),
        ({"composed": {"instructions": ["startend:quotations"]}}, "did you mean 'startend:quotation'"),
        ({"composed": {"min_instructions": 3}}, "min_instructions = 3 is above max_instructions = 1"),
        ({"composed": {"max_instructions": 0}}, "max_instructions = 0"),
        ({"composed": {"tightness": 99}}, "tightness = 99"),
        ({"keywords": {"instructions": ["startend:quotation"]}}, "at least one of keywords:existence"),
        ({"punctuation": {"instructions": ["punctuation:no_comma"]}}, "widen `instructions`"),
        (
            {"change_case": {"instructions": ["change_case:english_capital", "change_case:english_lowercase"],
                             "min_instructions": 2, "max_instructions": 2}},
            "widen `instructions`",
        ),
        ({"keyword": {}}, "did you mean 'keywords'"),
    ],
)  # fmt: skip
def test_wrong_configs_are_named(config, message):
    with pytest.raises(EnvConfigError, match=message):
        InstructionFollowingEnv(datasets=config)


def test_a_family_that_finds_no_task_says_so():
    config = DOMAIN.dataset_config("punctuation", {}, 1).model_copy(update={"instructions": ("punctuation:no_comma",)})
    with pytest.raises(TaskError, match="none of 200 combinations"):
        DOMAIN.generate("punctuation", config, random.Random(0))


BREAKS = {
    "keywords:existence": lambda text, kwargs: text.lower().replace(kwargs["keywords"][0], "thing"),
    "keywords:frequency": lambda text, kwargs: (
        text.lower().replace(kwargs["keyword"], "thing")
        if kwargs["relation"] == "at least"
        else text + f" {kwargs['keyword']}" * kwargs["frequency"]
    ),
    "keywords:forbidden_words": lambda text, kwargs: f"{text} {kwargs['forbidden_words'][-1].title()}.",
    "keywords:letter_frequency": lambda text, kwargs: (
        text.lower().replace(kwargs["letter"], "-")
        if kwargs["let_relation"] == "at least"
        else text + kwargs["letter"].upper() * kwargs["let_frequency"]
    ),
    "length_constraints:number_sentences": lambda text, kwargs: (
        "One sentence." if kwargs["relation"] == "at least" else "Again. " * kwargs["num_sentences"] + text
    ),
    "length_constraints:number_paragraphs": lambda text, kwargs: f"{text}\n***\nOne more.",
    "length_constraints:number_words": lambda text, kwargs: (
        "Two words." if kwargs["relation"] == "at least" else "word " * kwargs["num_words"] + text
    ),
    "length_constraints:nth_paragraph_first_word": lambda text, kwargs: "One more.\n\n" + text,
    "detectable_content:number_placeholders": lambda text, kwargs: text.replace("[", "", 1),
    "detectable_content:postscript": lambda text, kwargs: text.replace("P.", "P"),
    "detectable_format:number_bullet_lists": lambda text, kwargs: f"{text}\n* one more",
    "detectable_format:constrained_response": lambda text, kwargs: text.replace("My answer", "The answer"),
    "detectable_format:number_highlighted_sections": lambda text, kwargs: text.replace("*", "", 2),
    "detectable_format:multiple_sections": lambda text, kwargs: text.replace(f"{kwargs['section_spliter']} 1", ""),
    "detectable_format:json_format": lambda text, kwargs: text[:-1],
    "detectable_format:title": lambda text, kwargs: text.replace("<<", "<"),
    "combination:two_responses": lambda text, kwargs: text.replace("******", "***"),
    "combination:repeat_prompt": lambda text, kwargs: f"Sure! {text}",
    "startend:end_checker": lambda text, kwargs: f"{text} Bye.",
    "startend:quotation": lambda text, kwargs: text[1:],
    "change_case:english_capital": lambda text, kwargs: text.capitalize(),
    "change_case:english_lowercase": lambda text, kwargs: f"{text} Bye",
    "change_case:capital_word_frequency": lambda text, kwargs: (
        text.lower() if kwargs["capital_relation"] == "at least" else text + " WORD" * kwargs["capital_frequency"]
    ),
    "language:response_language": lambda text, kwargs: "...",
    "punctuation:no_comma": lambda text, kwargs: f"{text}, and so on",
}


@pytest.mark.parametrize("instruction", INSTRUCTIONS)
def test_a_response_that_is_altered_against_an_instruction_no_longer_follows_it(instruction):
    config = DOMAIN.dataset_config("composed", {"instructions": [instruction, *COMPANIONS]}, 3)
    seen = 0
    for seed in range(40):
        draft = DOMAIN.generate("composed", config, random.Random(seed))
        reference = DOMAIN.check_reference(task(draft))
        for each in reference.asked:
            if each.instruction_id == instruction:
                example = DOMAIN.example_response(reference)
                broken = BREAKS[instruction](example, each.kwargs.model_dump())
                assert each.quick_follows(example) is not False
                assert each.quick_follows(broken) is False, broken
                seen += 1
    assert seen >= 5


COMPANIONS = [
    "detectable_format:title",
    "detectable_content:number_placeholders",
    "punctuation:no_comma",
    "detectable_format:number_highlighted_sections",
]
