"""Which of Reasoning Gym's scorers are used, and how."""

from collections.abc import Callable
from typing import Any

from prorl_rllib.envs.domain import Score

REWARD_FLOOR = 0.05
"""Rewards below this are 0: several scorers hand out 0.01 to 0.05 for any text."""
HASH_SEED = "its questions change with Python's hash seed, so that two processes see different tasks"
RUNS_PROGRAMS = "it runs bundled programs in the caller's process, and some of their results depend on the clock"
NOT_A_PUZZLE = "it blends other data sets; name those in `datasets`, with `weights`"
EVALUATES = "its scorer executes the model's answer as Python"
PARSES = "its scorer parses the model's answer with sympy, which executes it as Python"
REFUSED = {
    "binary_matrix": EVALUATES,
    "n_queens": EVALUATES,
    "spiral_matrix": EVALUATES,
    "string_insertion": EVALUATES,
    "countdown": PARSES,
    "intermediate_integration": PARSES,
    "polynomial_multiplication": PARSES,
    "puzzle24": PARSES,
    "simple_integration": PARSES,
    "codeio": RUNS_PROGRAMS,
    "isomorphic_strings": HASH_SEED,
    "ransom_note": HASH_SEED,
    "composite": NOT_A_PUZZLE,
}
"""Data set -> why it cannot be used."""
TRUTH_VALUES = {"true": True, "yes": True, "false": False, "no": False}


def score_truth_value(answer: str, entry: dict[str, Any]) -> float:
    """Score an answer that is a truth value (upstream's scorer of game_of_life_halting gives 1 to any text)."""
    value = TRUTH_VALUES.get(answer.strip().rstrip(".").lower())
    expected = TRUTH_VALUES[str(entry["answer"]).lower()]
    return 1.0 if value is expected else 0.0


OWN_SCORERS: dict[str, Callable[[str, dict[str, Any]], float]] = {"game_of_life_halting": score_truth_value}
"""Data set -> the scorer used instead of Reasoning Gym's."""


def score_entry(dataset_name: str, dataset: Any, entry: dict[str, Any], answer: str) -> Score:
    """Score an answer to an entry of a Reasoning Gym data set.

    Args:
        dataset_name: name of the data set.
        dataset: the `ProceduralDataset`, whose config the scorer may read.
        entry: the entry, as generated.
        answer: the extracted, stripped answer.
    """
    own = OWN_SCORERS.get(dataset_name)
    try:
        raw = float(own(answer, entry) if own else dataset.score_answer(answer, entry))
    except MemoryError:
        raise
    except Exception as error:  # some scorers raise on answers that are not of the form they expect
        return Score(0.0, f"the scorer rejected the answer: {type(error).__name__}")
    reward = min(1.0, raw) if raw >= REWARD_FLOOR else 0.0
    return Score(reward, f"{dataset_name} scorer: {raw:.4g}")
