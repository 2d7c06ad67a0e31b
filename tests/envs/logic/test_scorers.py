import random

import pytest

from prorl_rllib.envs import LogicEnv, verify
from prorl_rllib.envs.logic import LogicDomain
from prorl_rllib.envs.logic import reasoning_gym as rg
from prorl_rllib.envs.logic.examples import example_answer
from prorl_rllib.envs.logic.own_scorers.complex_numbers import read_complex
from prorl_rllib.envs.logic.own_scorers.number_lists import read_numbers
from prorl_rllib.envs.logic.own_scorers.probabilities import score_probability
from prorl_rllib.envs.logic.reference import LogicReference, regenerate
from prorl_rllib.envs.logic.scorers import score_entry

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
OTHERS = [n for n in rg.all_names() if n != "composite" and n not in SLOW and n not in REPRESENTATIVE]
JUNK = (
    *CONSTANTS,
    "no such answer",
    "the answer is 42",
    "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15",
    "1, 2, 3, 4, 5, 6, 7, 8, 9",
    "[1, 2, 3]",
    '{"a": 1}',
    "Monday",
    "1/0",
    "9" * 5000,
    "(" * 5000,
    "[" * 5000,
    "\ud800",
    "\u2227" * 50,
    "U9999",
    "__import__('os').abort()",
    "9**9**9**9",
)
CHANCE = {"spell_backward": 0.3, "emoji_mystery": 0.3}
"""Data set -> what junk may earn there: letters that happen to be at their place."""


def entries(name, count=6):
    """The data set and an entry for each of the first seeds."""
    domain = LogicDomain()
    config = domain.dataset_config(name, {}, 1)
    drafts = (domain.generate(name, config, random.Random(seed)) for seed in range(count))
    return [regenerate(LogicReference.model_validate(draft.reference))[1:] for draft in drafts]


@pytest.mark.parametrize("name", [*REPRESENTATIVE, *[pytest.param(name, marks=pytest.mark.slow) for name in OTHERS]])
def test_the_example_scores_one_and_junk_next_to_nothing(name):
    made = entries(name, 3)
    for junk in JUNK:
        rewards = [score_entry(name, dataset, entry, junk).reward for dataset, entry in made]
        assert all(reward in (0.0, 1.0) or reward <= CHANCE.get(name, 0.0) for reward in rewards), (
            f"{junk!r}: {rewards}"
        )
    for dataset, entry in made:
        example = example_answer(name, entry)
        if example is not None:
            assert score_entry(name, dataset, entry, example.strip()).reward == 1.0


HALVES = ("countdown", "futoshiki", "jugs", "letter_jumble", "mini_sudoku", "n_queens", "number_sorting", "sudoku")
HALVES += ("binary_matrix", "game_of_life", "polynomial_multiplication", "simple_integration", "tower_of_hanoi")


@pytest.mark.parametrize("name", HALVES)
def test_half_of_the_answer_is_no_answer(name):
    for dataset, entry in entries(name, 4):
        half = entry["answer"][: len(entry["answer"]) // 2].strip()
        assert score_entry(name, dataset, entry, half).reward == 0.0


@pytest.mark.parametrize(
    "name", ["chain_sum", "products", "tsumego", "manipulate_matrix", "leg_counting", "gsm_symbolic"]
)
def test_a_list_of_candidates_is_no_answer(name):
    for dataset, entry in entries(name, 4):
        listed = f"0 {entry['answer']} 1"
        assert score_entry(name, dataset, entry, listed).reward == 0.0


@pytest.mark.parametrize("name", ["word_sorting", "sentence_reordering"])
def test_the_words_of_the_question_in_their_order_earn_next_to_nothing(name):
    made = entries(name, 100)
    rewards = []
    for dataset, entry in made:
        words = entry["metadata"].get("original_words")
        copied = ", ".join(words) if words else entry["question"].rsplit(": ", 1)[1]
        rewards.append(score_entry(name, dataset, entry, copied).reward)
    assert sum(rewards) / len(rewards) < 0.15


def test_calling_everybody_the_same_earns_nothing_in_knights_knaves():
    for dataset, entry in entries("knights_knaves", 20):
        knight, knave = (entry["metadata"]["knight_knave_terms"][key] for key in ("knight", "knave"))
        for role in (knight, knave):
            said = ", and ".join(f"{name} is a {role}" for name in entry["metadata"]["names"])
            assert score_entry("knights_knaves", dataset, entry, said).reward in (0.0, 1.0)
        liar = " and ".join(f"{entry['metadata']['names'][0]} is a {role}" for role in (knight, knave))
        assert score_entry("knights_knaves", dataset, entry, liar).reward == 0.0


def test_the_first_number_of_several_is_no_answer_in_gsm_symbolic():
    for dataset, entry in entries("gsm_symbolic", 4):
        gold = entry["answer"]
        for right in (f"{gold}", f"${gold}", f"{gold} apples", f"{gold}.0", f"{int(gold):,}"):
            assert score_entry("gsm_symbolic", dataset, entry, right).reward == 1.0
        for wrong in (f"{gold} or 7", f"-{gold}", f"{gold} {gold}", f"{gold}7", "seven"):
            assert score_entry("gsm_symbolic", dataset, entry, wrong).reward == 0.0


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
    [
        ("3.0 - 2.0i", 3 - 2j),
        ("(-i)", -1j),
        ("2.50i", 2.5j),
        ("-4", -4),
        ("3j+1", 1 + 3j),
        ("+.5", 0.5),
        ("1e+16 - 2.5e-1i", 1e16 - 0.25j),
    ],
)
def test_complex_numbers_are_read(text, number):
    assert read_complex(text) == number


@pytest.mark.parametrize(
    "text",
    ["nan", "nanj", "inf", "", "()", "i3", "1+2+3", "1e5555", "--1", "1+", "1_000", "9" * 200, "\u0663", "x", "+"],
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
