import random

import pytest

from prorl_rllib.envs import EnvConfigError, LogicEnv, verify
from prorl_rllib.envs.logic import LogicDomain
from prorl_rllib.envs.logic import reasoning_gym as rg
from prorl_rllib.envs.logic.domain import LogicReference, regenerate
from prorl_rllib.envs.logic.own_scorers import read_complex, read_numbers, score_probability
from prorl_rllib.envs.logic.scorers import REFUSED, score_entry

CONSTANTS = (
    "nan",
    "nanj",
    "inf",
    "-inf",
    "1e999",
    "0",
    "1",
    "-1",
    "0.5",
    "[]",
    "[[]]",
    "{}",
    "True",
    "False",
    "no",
    "",
)
REPRESENTATIVE = (
    "basic_arithmetic",
    "binary_alternation",
    "boxnet",
    "chain_sum",
    "coin_flip",
    "complex_arithmetic",
    "decimal_arithmetic",
    "dice",
    "game_of_life_halting",
    "graph_color",
    "leg_counting",
    "letter_counting",
    "number_sorting",
    "polynomial_equations",
    "power_function",
    "rotten_oranges",
    "self_reference",
    "spell_backward",
    "time_intervals",
)
SLOW = ("acre", "futoshiki", "knight_swap", "sokoban", "zebra_puzzles")
OTHERS = [n for n in rg.all_names() if n not in REFUSED and n not in SLOW and n not in REPRESENTATIVE]


def entries(name, count=6):
    """The data set and an entry for each of the first seeds."""
    domain = LogicDomain()
    config = domain.dataset_config(name, {}, 1)
    drafts = (domain.generate(name, config, random.Random(seed)) for seed in range(count))
    return [regenerate(LogicReference.model_validate(draft.reference)) for draft in drafts]


@pytest.mark.parametrize("name", [*REPRESENTATIVE, *[pytest.param(name, marks=pytest.mark.slow) for name in OTHERS]])
def test_no_constant_answers_every_task_of_a_dataset(name):
    made = entries(name)
    for constant in CONSTANTS:
        rewards = [score_entry(name, dataset, entry, constant).reward for dataset, entry in made]
        assert min(rewards) < 0.5, f"{constant!r} scores {rewards}"


@pytest.mark.parametrize("name", ["leg_counting", "gcd", "caesar_cipher"])
def test_a_text_that_holds_the_answer_is_not_the_answer(name):
    for dataset, entry in entries(name, 3):
        answer = entry["answer"]
        assert score_entry(name, dataset, entry, f" {answer}\n").reward == 1.0
        for other in (f"{answer} or 7", f"0 {answer}", f"{answer}{answer}"):
            assert score_entry(name, dataset, entry, other).reward == 0.0


@pytest.mark.parametrize("name", ["coin_flip", "complex_arithmetic", "number_sorting"])
def test_own_scorers_accept_every_example_answer(name):
    for dataset, entry in entries(name, 100):
        assert score_entry(name, dataset, entry, entry["answer"]).reward == 1.0


def test_own_scorers_reject_a_near_miss():
    (dataset, entry), *_ = entries("number_sorting")
    numbers = read_numbers(entry["answer"])
    assert score_entry("number_sorting", dataset, entry, str([float(number) for number in numbers])).reward == 1.0
    assert score_entry("number_sorting", dataset, entry, str([float(number) + 0.5 for number in numbers])).reward == 0.0
    (dataset, entry), *_ = entries("complex_arithmetic")
    real, imaginary = entry["metadata"]["result"]
    assert (
        score_entry("complex_arithmetic", dataset, entry, f"{real}+{imaginary + 0.1}i".replace("+-", "-")).reward == 0
    )
    (dataset, entry), *_ = entries("coin_flip")
    assert score_entry("coin_flip", dataset, entry, str(float(entry["answer"]) + 0.01)).reward == 0.0


@pytest.mark.parametrize(
    ("text", "number"),
    [("3.0 - 2.0i", 3 - 2j), ("(-i)", -1j), ("2.50i", 2.5j), ("-4", -4), ("3j+1", 1 + 3j), ("+.5", 0.5)],
)
def test_complex_numbers_are_read(text, number):
    assert read_complex(text) == number


@pytest.mark.parametrize(
    "text", ["nan", "nanj", "inf", "", "()", "i3", "1+2+3", "1e5", "--1", "1+", "1_000", "9" * 200, "\u0663", "x", "+"]
)
def test_what_is_no_complex_number_is_not_read(text):
    assert read_complex(text) is None


@pytest.mark.parametrize(
    "text", ["", "5", "{}", "[nan]", "[true]", "[[1]]", "['1e9']", "[null]", "[" * 9000, "[Infinity]"]
)
def test_what_is_no_list_of_numbers_is_not_read(text):
    assert read_numbers(text) is None


def test_a_fraction_is_a_probability():
    env = LogicEnv(datasets=["coin_flip"])
    task = next(task for task in map(env.task, range(100)) if task.reference["answer"] == "0.3125")
    for answer, reward in (("5/16", 1.0), (" 0.31250 ", 1.0), ("5/0", 0.0), ("1e999999999", 0.0), ("0", 0.0)):
        assert verify(task, f"<answer>{answer}</answer>").reward == reward


def test_nothing_is_not_a_small_probability():
    entry = {"answer": "3.051757812e-05"}
    answers = ("0", "3.05e-5", "0.00003", "1/32768")
    assert [score_probability(answer, entry) for answer in answers] == [0.0, 1.0, 1.0, 1.0]


def test_propositional_logic_is_refused_with_its_reason():
    with pytest.raises(EnvConfigError, match="a premise copied"):
        LogicEnv(datasets=["propositional_logic"])
