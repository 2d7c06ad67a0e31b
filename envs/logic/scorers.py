"""Which of Reasoning Gym's scorers are used, and how."""

from typing import Any

from prorl_rllib.envs.domain import Score
from prorl_rllib.envs.logic.own_scorers import OWN_SCORERS

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
    "propositional_logic": "its scorer gives full reward to a premise copied from the question",
}
"""Data set -> why it cannot be used."""


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
        if own is None and searches_for_the_answer(dataset):
            raw = float(answer.strip() == str(entry["answer"]).strip())
        else:
            raw = float(own(answer, entry) if own else dataset.score_answer(answer, entry))
    except MemoryError:
        raise
    except Exception as error:  # some scorers raise on answers that are not of the form they expect
        return Score(0.0, f"the scorer rejected the answer: {type(error).__name__}")
    reward = min(1.0, raw) if raw >= REWARD_FLOOR else 0.0
    return Score(reward, f"{dataset_name} scorer: {raw:.4g}")


def searches_for_the_answer(dataset: Any) -> bool:
    """Tell whether a data set has Reasoning Gym's default scorer, which rewards any text that holds the answer."""
    from reasoning_gym.dataset import ProceduralDataset

    return type(dataset).score_answer is ProceduralDataset.score_answer
