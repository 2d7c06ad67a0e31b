"""How an answer to an entry of Reasoning Gym is scored."""

from typing import Any, Literal

from prorl_rllib.envs.domain import Score
from prorl_rllib.envs.errors import TaskError
from prorl_rllib.envs.logic.examined import EXECUTE_ANSWERS
from prorl_rllib.envs.logic.own_scorers import OWN_SCORERS

ScorerName = Literal["own", "upstream"]
REWARD_FLOOR = 0.05
"""Rewards up to this are 0: several scorers hand out 0.01 to 0.05 for any text."""
ONLY_FULL = 0.999
FREE_REWARDS = {
    "calendar_arithmetic": 0.1,  # for any day of the week
    "chain_sum": ONLY_FULL,  # the rest is for texts that hold the number
    "figlet_font": 0.2,  # for letters that happen to be at their place
    "fraction_simplification": 0.1,  # for the numerator or the denominator of the question
    "knights_knaves": ONLY_FULL,  # the rest is for calling everybody a knight, which is half right
    "pool_matrix": 0.1,  # for any matrix of the right shape
    "products": ONLY_FULL,  # as chain_sum
    "rectangle_count": ONLY_FULL,  # the rest is for numbers near by, and most counts are small
    "rubiks_cube": ONLY_FULL,  # the rest is for stickers that are at their place before the first move
    "sentence_reordering": 0.5,  # for words that stand at their place in the question already
    "tsumego": ONLY_FULL,  # the rest is for texts that hold the move
    "word_sorting": 0.5,  # for words that stand at their place in the question already
}
"""Data set -> highest reward that its scorer gives to answers that solve nothing, where that is above the floor."""


def score_entry(name: str, dataset: Any, entry: dict[str, Any], answer: str, scorer: ScorerName = "own") -> Score:
    """Score an answer to an entry of a Reasoning Gym data set.

    Args:
        name: of the data set.
        dataset: the `ProceduralDataset`, whose config the scorer may read.
        entry: the entry, as generated.
        answer: the extracted, stripped answer.
        scorer: "own" for the scorers that are trusted here, "upstream" for Reasoning Gym's as it is, for comparison.

    Raises:
        TaskError: when upstream's would execute the answer.
    """
    if scorer == "upstream":
        return score_upstream(name, dataset, entry, answer)
    if name in OWN_SCORERS:
        raw: float | None = OWN_SCORERS[name](answer, entry)
    elif searches_for_the_answer(dataset):
        raw = float(answer.strip() == str(entry["answer"]).strip())
    else:
        raw = upstream_score(dataset, entry, answer)
    if raw is None:
        return Score(0.0, "the scorer rejected the answer")
    reward = min(1.0, raw) if raw > FREE_REWARDS.get(name, REWARD_FLOOR) else 0.0
    return Score(reward, f"{name} scorer: {raw:.4g}")


def score_upstream(name: str, dataset: Any, entry: dict[str, Any], answer: str) -> Score:
    """Return what Reasoning Gym's scorer says, within [0, 1].

    Raises:
        TaskError: when it would execute the answer.
    """
    check_upstream(name)
    raw = upstream_score(dataset, entry, answer)
    if raw is None:
        return Score(0.0, "upstream's scorer raised an exception")
    return Score(min(1.0, max(0.0, raw)), f"{name} scorer of Reasoning Gym: {raw:.4g}")


def check_upstream(name: str) -> None:
    """Raise when Reasoning Gym's scorer of a data set would execute the answer.

    Raises:
        TaskError: naming the function it does that by.
    """
    if name in EXECUTE_ANSWERS:
        raise TaskError(
            f"data set {name!r} cannot be scored with scorer = 'upstream': Reasoning Gym's scorer executes the model's "
            f"answer ({EXECUTE_ANSWERS[name]}); use scorer = 'own'"
        )


def upstream_score(dataset: Any, entry: dict[str, Any], answer: str) -> float | None:
    """Return the raw reward of Reasoning Gym's scorer, None when it raises: some do on answers of another form."""
    try:
        raw = float(dataset.score_answer(answer, entry))
    except MemoryError:
        raise
    except Exception:
        return None
    return raw if raw == raw else None


def searches_for_the_answer(dataset: Any) -> bool:
    """Tell whether a data set has Reasoning Gym's default scorer, which rewards any text that holds the answer."""
    from reasoning_gym.dataset import ProceduralDataset

    return type(dataset).score_answer is ProceduralDataset.score_answer
