import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prorl_rllib.envs import Task, verify, verify_batch
from prorl_rllib.envs.instruction_following import InstructionFollowingDomain, InstructionFollowingEnv
from prorl_rllib.envs.instruction_following.instructions import INSTRUCTIONS, ask
from prorl_rllib.envs.instruction_following.scoring import variants

DOMAIN = InstructionFollowingDomain()
EVERY = {
    "keywords:existence": {"keywords": ["a" * 199 + "b", "aa"]},
    "keywords:frequency": {"keyword": "a" * 199 + "b", "frequency": 3, "relation": "at least"},
    "keywords:forbidden_words": {"forbidden_words": ["a" * 199 + "b", "a a a a b", "*a"]},
    "keywords:letter_frequency": {"letter": "*", "let_frequency": 10**5, "let_relation": "at least"},
    "language:response_language": {"language": "fr"},
    "length_constraints:number_sentences": {"num_sentences": 10**5, "relation": "at least"},
    "length_constraints:number_paragraphs": {"num_paragraphs": 9},
    "length_constraints:number_words": {"num_words": 10**5, "relation": "at least"},
    "length_constraints:nth_paragraph_first_word": {"num_paragraphs": 9, "nth_paragraph": 9, "first_word": "aa"},
    "detectable_content:number_placeholders": {"num_placeholders": 10**5},
    "detectable_content:postscript": {"postscript_marker": "P.P.S"},
    "detectable_format:number_bullet_lists": {"num_bullets": 1},
    "detectable_format:number_highlighted_sections": {"num_highlights": 10**5},
    "detectable_format:multiple_sections": {"section_spliter": "a", "num_sections": 10**5},
    "combination:repeat_prompt": {"prompt_to_repeat": "a" * 40_000 + "b"},
    "startend:end_checker": {"end_phrase": "a" * 199 + "b"},
    "change_case:capital_word_frequency": {"capital_frequency": 10**5, "capital_relation": "at least"},
}
ASKED = [ask(each, EVERY.get(each)) for each in INSTRUCTIONS]
PIECES = (
    "[", "]", "[\n", "*", "**", "* ", "*\n", " *", "***\n", "******", "<<", ">>", "<<>>", "-\n", "\n", " ", " \n", "\t",
    ".", ". ", "?!", ".'", "\"'", "p.", "p. ", "p.\n", "a", "A", "a ", "A-", "a'", "a.", "1. ", "\n1", "{", "[[",
    '{"a":', '"',
    "a" * 198 + "b", "\\", "\ud800", "\x00", "\u2026", "\u0130", "\u00df", "`", "a1", "a 1 ",
)  # fmt: skip
LENGTH = 99_000


@pytest.mark.timeout(120)  # what takes quadratic time on one of these takes hours
@pytest.mark.parametrize("piece", PIECES)
def test_long_repetitions_are_decided_in_linear_time(piece):
    text = piece * (LENGTH // len(piece))
    for response in (text, "x" + text + "x", "[" + text + "\n]", "<<" + text + ">>"):
        for asked in ASKED:
            assert asked.quick_follows(response[:LENGTH]) in (True, False, None)


@pytest.mark.parametrize("mode", ["strict", "loose"])
def test_hostile_responses_get_a_verdict(mode):
    reference = {"instruction_id_list": list(INSTRUCTIONS), "kwargs": [EVERY.get(each) for each in INSTRUCTIONS]}
    task = Task(task_id="t", domain=DOMAIN.name, prompt="p", reference=reference)
    responses = DOMAIN.hostile_responses()
    for verdict in verify_batch([task] * len(responses), responses, options={"mode": mode}):
        assert verdict.status in ("scored", "unparseable")
        assert verdict.reward < 1


def test_hostile_responses_do_not_solve_generated_tasks():
    env = InstructionFollowingEnv(difficulty=1)
    tasks = [env.task(index) for index in range(40)]
    for response in DOMAIN.hostile_responses():
        assert all(verdict.reward < 1 for verdict in verify_batch(tasks, [response] * len(tasks)))


JUNK = st.text(st.characters(exclude_categories=()), max_size=80) | st.text(
    "aAI*-<>[]{}\"'.,!?\n\t 1PpSs`", max_size=80
)
ANY_KWARGS = st.dictionaries(
    st.sampled_from(["keywords", "keyword", "frequency", "relation", "num_words", "letter", "language", "num_bullets"]),
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.lists(st.text(max_size=3), max_size=3),
    max_size=4,
)


@settings(max_examples=300, deadline=None)
@given(
    JUNK, st.sampled_from(["strict", "loose"]), st.sampled_from(["%s", "<think>%s", "<think>x</think>%s", "%s</think>"])
)
def test_junk_gets_a_verdict_from_every_instruction(junk, mode, form):
    response = form.replace("%s", junk)
    for variant in variants(response, mode):
        for asked in ASKED:
            assert asked.quick_follows(variant) in (True, False, None)


@settings(max_examples=60, deadline=None)
@given(JUNK, st.integers(0, 50))
def test_junk_answers_to_generated_tasks_get_a_verdict(junk, index):
    verdict = verify(ENV.task(index), junk)
    assert verdict.status in ("scored", "unparseable")
    assert 0 <= verdict.reward <= 1


ENV = InstructionFollowingEnv(difficulty=4)


@given(st.sampled_from(list(INSTRUCTIONS)), ANY_KWARGS)
def test_wrong_kwargs_are_a_value_error_and_nothing_else(instruction, kwargs):
    try:
        asked = ask(instruction, kwargs)
    except ValueError:
        return
    assert asked.instruction.describe(asked.kwargs)
    assert asked.quick_follows("Some text.") in (True, False, None)


def test_generated_tasks_survive_json():
    for index in range(20):
        task = ENV.task(index)
        again = Task.model_validate_json(task.model_dump_json())
        assert DOMAIN.check_reference(again) == DOMAIN.check_reference(task)
        assert json.loads(json.dumps(task.reference)) == task.reference


def test_an_environment_gives_the_reward_of_the_verdict():
    env = InstructionFollowingEnv(difficulty=2, binary=True)
    prompt, info = env.reset(options={"task_index": 3})
    task = env.task(3)
    assert prompt == task.prompt and info["domain"] == "instruction_following"
    example = DOMAIN.example_response(DOMAIN.check_reference(task))
    assert env.step(example)[1] == 1.0
    env.reset(options={"task_index": 3})
    assert env.step(random.Random(0).choice(["No.", "I do not know."]))[1] == 0.0
