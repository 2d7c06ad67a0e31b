import json
import random

import pytest

from prorl_rllib.envs import EnvConfigError, LogicEnv
from prorl_rllib.envs.logic import LogicDomain
from prorl_rllib.envs.logic import reasoning_gym as rg
from prorl_rllib.envs.logic.curriculum import MAX_DIFFICULTY, level_config
from prorl_rllib.envs.logic.examples import example_answer
from prorl_rllib.envs.logic.reference import LogicReference, regenerate
from prorl_rllib.envs.logic.scorers import score_entry

DOMAIN = LogicDomain()


def test_difficulty_one_is_the_default_config():
    for name in ("spell_backward", "chain_sum", "knight_swap"):
        assert DOMAIN.dataset_config(name, {}, 1) == "{}"


def test_difficulty_takes_the_level_of_the_curriculum():
    configs = [json.loads(DOMAIN.dataset_config("spell_backward", {}, difficulty)) for difficulty in (2, 3)]
    assert configs[0]["max_word_len"] < configs[1]["max_word_len"]


def test_an_attribute_that_the_user_set_is_left_alone():
    assert json.loads(DOMAIN.dataset_config("spell_backward", {"max_word_len": 4}, 3)) == {"max_word_len": 4}


@pytest.mark.parametrize("name", ["gsm_symbolic", "list_functions", "knight_swap"])
def test_datasets_without_a_usable_curriculum_keep_their_default(name):
    assert DOMAIN.dataset_config(name, {}, MAX_DIFFICULTY) == "{}"


@pytest.mark.parametrize("name", ["caesar_cipher", "survo", "modulo_grid", "rubiks_cube"])
def test_levels_that_a_dataset_rejects_give_way_to_the_highest_one_it_takes(name):
    for difficulty in range(2, MAX_DIFFICULTY + 1):
        assert level_config(name, difficulty, ())


def test_harder_tasks_are_other_tasks_and_say_so():
    tasks = [LogicEnv(datasets=["gcd"], difficulty=difficulty).task(0) for difficulty in (1, 3)]
    assert [task.metadata["difficulty"] for task in tasks] == [1, 3]
    assert tasks[0].prompt != tasks[1].prompt


def test_a_wrong_key_is_named_at_any_difficulty():
    with pytest.raises(EnvConfigError, match="did you mean 'max_word_len'"):
        LogicEnv(datasets={"spell_backward": {"max_len": 3}}, difficulty=3)


SLOW_TO_MAKE = {"acre", "composite", "gsm_symbolic", "list_functions"}
SAMPLE = ("complex_arithmetic", "polynomial_multiplication", "rubiks_cube")
OTHERS = [name for name in rg.all_names() if name not in SLOW_TO_MAKE and name not in SAMPLE]


@pytest.mark.parametrize("name", [*SAMPLE, *[pytest.param(name, marks=pytest.mark.slow) for name in OTHERS]])
def test_every_difficulty_makes_tasks_whose_example_scores_one(name):
    for difficulty in range(2, MAX_DIFFICULTY + 1):
        config = DOMAIN.dataset_config(name, {}, difficulty)
        for seed in range(2):
            draft = DOMAIN.generate(name, config, random.Random(seed))
            source, dataset, entry = regenerate(LogicReference.model_validate(draft.reference))
            example = example_answer(source, entry)
            if example is not None:
                assert score_entry(source, dataset, entry, example.strip()).reward == 1.0
            assert score_entry(source, dataset, entry, "?!").reward == 0.0
