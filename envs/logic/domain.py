"""The logic domain: the puzzles of Reasoning Gym, scored by their own scorers in a worker."""

import random
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from prorl_rllib.envs.answers import check_length, visible_text
from prorl_rllib.envs.domain import Domain, Draft, Score
from prorl_rllib.envs.errors import EnvConfigError, TaskError, UnparseableAnswer
from prorl_rllib.envs.logic import reasoning_gym
from prorl_rllib.envs.logic.scorers import OWN_SCORERS, REFUSED, score_entry

MAX_ANSWER_CHARS = 20_000
HELD_OUT_DATASETS = ("acre", "boxnet", "game_of_life_halting")
"""Out-of-distribution data sets of the paper: usable by name, not among the default."""
OPEN, CLOSE = "<answer>", "</answer>"


class LogicReference(BaseModel):
    """What scoring needs: the way to make the entry again, and the means to notice when it came out differently.

    Attributes:
        dataset: name of the Reasoning Gym data set.
        config: its config as canonical JSON.
        seed: seed the data set is made with.
        index: of the entry.
        question_sha256: digest of the question.
        version: of Reasoning Gym.
        answer: the example answer, None for puzzles with many solutions.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    dataset: str
    config: str = "{}"
    seed: int = Field(default=0, ge=0)
    index: int = Field(ge=0)
    question_sha256: str
    version: str
    answer: str | None = None


class LogicDomain(Domain):
    """Puzzles with answers in `<answer></answer>`."""

    name = "logic"
    reference_model = LogicReference
    answer_instruction = "Put the final answer in <answer></answer>."

    def dataset_names(self) -> tuple[str, ...]:
        """Return the names of all data sets; those that are refused too, so that the refusal can say why."""
        return reasoning_gym.all_names()

    def default_datasets(self) -> tuple[str, ...]:
        """Return all data sets but the refused ones and the paper's out-of-distribution ones."""
        return tuple(n for n in self.dataset_names() if n not in REFUSED and n not in HELD_OUT_DATASETS)

    def dataset_config(self, dataset: str, config: Mapping[str, Any], difficulty: int) -> str:
        """Return the config as canonical JSON.

        Raises:
            EnvConfigError: for a refused data set or a wrong config.
        """
        if dataset in REFUSED:
            raise EnvConfigError(f"data set {dataset!r} of domain 'logic' is refused: {REFUSED[dataset]}")
        return reasoning_gym.check_config(dataset, config)

    def generate(self, dataset: str, config: str, rng: random.Random) -> Draft:
        """Make one puzzle."""
        index = reasoning_gym.draw_index(dataset, rng)
        entry = reasoning_gym.entry(dataset, config, 0, index)
        answer = None if dataset in reasoning_gym.UNSTABLE_EXAMPLES else entry["answer"]
        reference = {
            "dataset": dataset,
            "config": config,
            "seed": 0,
            "index": index,
            "question_sha256": reasoning_gym.question_hash(entry["question"]),
            "version": reasoning_gym.version(),
            "answer": None if answer is None else str(answer),
        }
        metadata = reasoning_gym.json_able(entry["metadata"])
        metadata["source_difficulty"] = metadata.pop("difficulty", None)
        return Draft(entry["question"], reference, metadata)

    def extract(self, response: str) -> str:
        """Return the content of the last `<answer></answer>` after the thinking, stripped."""
        text = visible_text(response)
        end = text.rfind(CLOSE)
        start = text.rfind(OPEN, 0, max(end, 0))
        if end < 0 or start < 0:
            raise UnparseableAnswer(f"no {OPEN}{CLOSE} in the response")
        return check_length(text[start + len(OPEN) : end].strip(), MAX_ANSWER_CHARS)

    def quick_score(self, reference: LogicReference, answer: str) -> Score | None:
        """Accept the example answer word for word; a worker judges anything else."""
        if reference.answer is not None and answer == reference.answer.strip() and reference.dataset not in OWN_SCORERS:
            return Score(1.0, "the example answer")
        return None

    def scorer(self, reference: LogicReference) -> Callable[[str], Score]:
        """Make the entry again and return its scorer.

        Raises:
            TaskError: when the installed Reasoning Gym makes another entry.
        """
        dataset, entry = regenerate(reference)
        return lambda answer: score_entry(reference.dataset, dataset, entry, answer)

    def example_response(self, reference: LogicReference) -> str | None:
        """Return the example answer, tagged."""
        return None if reference.answer is None else f"{OPEN}{reference.answer}{CLOSE}"

    def hostile_responses(self) -> tuple[str, ...]:
        """Return answers that hurt scorers which evaluate, parse recursively or split."""
        attacks = ("9**9**9**9", "(" * 9000, "[" * 9000, "__import__('os').abort()", "1," * 9000, "nan", "\ud800")
        return tuple(f"{OPEN}{attack}{CLOSE}" for attack in attacks)


@lru_cache(64)
def regenerate(reference: LogicReference) -> tuple[Any, dict[str, Any]]:
    """Return the data set and the entry of a reference.

    Raises:
        TaskError: when the data set is refused, or the installed version makes another entry.
    """
    if reference.dataset in REFUSED:
        raise TaskError(f"data set {reference.dataset!r} is refused: {REFUSED[reference.dataset]}")
    installed = reasoning_gym.version()
    if reference.version != installed:
        raise TaskError(
            f"the task was made by reasoning-gym {reference.version}, but {installed} is installed and may score it "
            f"otherwise; generate the tasks again or install reasoning-gym=={reference.version}"
        )
    entry = reasoning_gym.entry(reference.dataset, reference.config, reference.seed, reference.index)
    if reasoning_gym.question_hash(entry["question"]) != reference.question_sha256:
        raise TaskError(
            f"entry {reference.index} of {reference.dataset!r} (config {reference.config}) has another question than "
            f"the task: the task's reference was changed, or this generator is not deterministic"
        )
    return reasoning_gym.dataset(reference.dataset, reference.config, reference.seed), entry
