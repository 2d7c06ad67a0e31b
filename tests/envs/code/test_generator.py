import random

import pytest

from prorl_rllib.envs.code import CodeDomain
from prorl_rllib.envs.code.exercise import draw_cases
from prorl_rllib.envs.code.family import FamilySizes
from prorl_rllib.envs.code.generator import FAMILIES, CodeFamilyConfig, defaults, make_draft
from prorl_rllib.envs.code.reference import CodeReference
from prorl_rllib.envs.errors import EnvConfigError, TaskError
from prorl_rllib.envs.settings import parse_settings

DOMAIN = CodeDomain()


def drafts(family, difficulty, count, **config):
    config = DOMAIN.dataset_config(family, config, difficulty)
    return [DOMAIN.generate(family, config, random.Random(seed)) for seed in range(count)]


def inputs_and_outputs(tests):
    if tests["type"] == "asserts":
        return zip(*(statement.split(" == ", 1) for statement in tests["asserts"]), strict=True)
    return map(repr, tests["inputs"]), map(repr, tests["outputs"])


def test_there_are_families_enough():
    assert len(FAMILIES) >= 12


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("difficulty", [1, 10])
def test_a_problem_is_a_function_of_its_seed(family, difficulty):
    assert drafts(family, difficulty, 3) == drafts(family, difficulty, 3)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("difficulty", [1, 5, 10])
def test_tests_are_many_different_and_not_passed_by_one_output(family, difficulty):
    wanted = defaults(difficulty)["tests"]
    for draft in drafts(family, difficulty, 10):
        tests = draft.reference["tests"]
        CodeReference.model_validate(draft.reference)
        inputs, outputs = map(list, inputs_and_outputs(tests))
        assert len(inputs) == wanted >= 8
        assert len(set(inputs)) == len(inputs)
        assert max(map(outputs.count, outputs)) <= (wanted + 2) // 2


@pytest.mark.parametrize("family", FAMILIES)
def test_the_example_is_not_a_test(family):
    for draft in drafts(family, 3, 20, forms=["fn"]):
        call = draft.prompt.split("Example: `", 1)[1].split("` returns", 1)[0]
        assert all(f"({', '.join(map(repr, given))})" not in call for given in draft.reference["tests"]["inputs"])


@pytest.mark.parametrize("family", FAMILIES)
def test_problems_differ_in_more_than_their_examples(family):
    texts = {draft.prompt.split("Example", 1)[0] for draft in drafts(family, 2, 100)}
    assert len(texts) >= 90


@pytest.mark.parametrize("family", FAMILIES)
def test_prompts_hold_neither_solution_nor_instruction(family):
    for draft in drafts(family, 4, 10):
        assert DOMAIN.answer_instruction not in draft.prompt and "```" not in draft.prompt
        assert "def " not in draft.prompt and "{" not in draft.prompt.replace('"{"', "").split("Example")[0]


def test_all_forms_occur_and_can_be_chosen():
    assert {draft.metadata["form"] for draft in drafts("coins", 1, 60)} == {"stdin", "fn", "asserts"}
    for form in ("stdin", "fn", "asserts"):
        assert {draft.reference["tests"]["type"] for draft in drafts("matrix", 1, 5, forms=[form])} == {form}


def test_problems_grow_with_difficulty():
    easy, hard = (sum(len(draft.prompt) for draft in drafts("list_pipeline", level, 20)) for level in (1, 10))
    assert hard > 1.3 * easy


def test_a_config_that_allows_no_varied_tests_is_named(monkeypatch):
    monkeypatch.setattr("prorl_rllib.envs.code.generator.draw_cases", lambda *arguments: None)
    config = parse_settings(CodeFamilyConfig, defaults(1))
    with pytest.raises(TaskError, match=r"'coins'.*raise max_length"):
        make_draft("coins", config, random.Random(0))


def test_a_problem_with_one_result_is_given_up():
    exercise = FAMILIES["coins"](FamilySizes(10, 20), random.Random(0))
    constant = type(exercise)(**{**vars(exercise), "draw": lambda rng, index: (0,)})
    assert draw_cases(constant, 5, random.Random(0)) is None


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"max_lenght": 5}, "did you mean 'max_length'"),
        ({"max_length": 2}, "max_length = 2"),
        ({"tests": 0}, "tests = 0"),
        ({"forms": []}, "at least one of"),
        ({"forms": ["pytest"]}, "forms"),
    ],
)
def test_wrong_configs_are_named(config, message):
    with pytest.raises(EnvConfigError, match=message):
        DOMAIN.dataset_config("coins", config, 1)
