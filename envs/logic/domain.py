"""The logic domain: the puzzles of Reasoning Gym, scored by their own scorers in a worker."""

import json
import random
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from prorl_rllib.envs.answers import check_length, visible_text
from prorl_rllib.envs.domain import Domain, Draft, Score
from prorl_rllib.envs.errors import EnvConfigError, TaskError, UnparseableAnswer
from prorl_rllib.envs.logic import reasoning_gym
from prorl_rllib.envs.logic.scorers import REFUSED, score_entry
from prorl_rllib.envs.settings import did_you_mean
from prorl_rllib.envs.task import Task

MAX_ANSWER_CHARS = 20_000
HELD_OUT_DATASETS = ("acre", "boxnet", "game_of_life_halting")
"""Out-of-distribution data sets of the paper: usable by name, not among the default."""
OPEN, CLOSE = "<answer>", "</answer>"


class LogicReference(BaseModel):
    """What scoring needs: the way to make the entry again, and the means to notice when it came out differently.

    `{"dataset", "config", "seed", "index"}` is enough; generated tasks carry the other keys too, and what is given is
    checked.

    Attributes:
        dataset: name of the Reasoning Gym data set.
        config: its config, a dict or that as JSON; held as canonical JSON.
        seed: seed the data set is made with.
        index: of the entry.
        question_sha256: digest of the question, None to take the entry as it comes out.
        version: of Reasoning Gym, None for any.
        answer: the example answer, None for puzzles with many solutions or when it was not given.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    dataset: str
    config: str = "{}"
    seed: int = Field(default=0, ge=0)
    index: int = Field(ge=0)
    question_sha256: str | None = None
    version: str | None = None
    answer: str | None = None

    @field_validator("config", mode="before")
    @classmethod
    def _canonical(cls, config: Any) -> str:
        """Turn a dict, or the JSON of one, into canonical JSON."""
        given = json.loads(config) if isinstance(config, str) else config
        if not isinstance(given, Mapping):
            raise ValueError("must be a dict of the data set's settings, or that as JSON")
        return json.dumps(dict(given), sort_keys=True)


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
        """Return what stands between the last `<answer>` that is closed and its first `</answer>`, stripped."""
        text = visible_text(response)
        start = text.rfind(OPEN, 0, max(text.rfind(CLOSE), 0))
        if start < 0:
            raise UnparseableAnswer(f"no {OPEN}{CLOSE} in the response")
        end = text.find(CLOSE, start)
        return check_length(text[start + len(OPEN) : end].strip(), MAX_ANSWER_CHARS)

    def check_reference(self, task: Task) -> LogicReference:
        """Return a task's reference, checked as far as that needs no generating.

        Raises:
            TaskError: for an unknown or refused data set, a wrong config, another version, or another question's hash.
        """
        reference: LogicReference = super().check_reference(task)
        try:
            check_dataset(reference.dataset, reference.config)
            check_version(reference.version)
        except TaskError as error:
            raise TaskError(f"task {task.task_id!r}: {error}") from None
        if reference.question_sha256 not in (None, reasoning_gym.question_hash(task.messages[-1]["content"])):
            raise TaskError(
                f"task {task.task_id!r}: question_sha256 of its reference is not the digest of its prompt: one of the "
                f"two was changed"
            )
        return reference

    def quick_score(self, reference: LogicReference, answer: str) -> Score | None:
        """Accept the entry's own example answer word for word; a worker judges anything else."""
        if reference.answer is None or answer != reference.answer.strip():
            return None
        _, entry = regenerate(reference)  # the reference may say anything; the entry is the authority
        return Score(1.0, "the example answer") if answer == str(entry["answer"]).strip() else None

    def scorer(self, reference: LogicReference) -> Callable[[str], Score]:
        """Make the entry again and return its scorer.

        Raises:
            TaskError: when the entry cannot be made, or the installed Reasoning Gym makes another.
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


@lru_cache(256)
def check_dataset(dataset: str, config: str) -> None:
    """Raise when a data set cannot be used, or not with a config.

    Args:
        dataset: name of a Reasoning Gym data set.
        config: its config as canonical JSON.

    Raises:
        TaskError: naming what is wrong.
    """
    if dataset in REFUSED:
        raise TaskError(f"data set {dataset!r} is refused: {REFUSED[dataset]}")
    known = reasoning_gym.all_names()
    if dataset not in known:
        raise TaskError(f"unknown data set {dataset!r}{did_you_mean(dataset, known)}: Reasoning Gym has no such one")
    try:
        reasoning_gym.check_config(dataset, json.loads(config))
    except EnvConfigError as error:
        raise TaskError(f"wrong config in the reference: {error}") from None


def check_version(version: str | None) -> None:
    """Raise when a task was made by another version of Reasoning Gym.

    Raises:
        TaskError: naming both versions.
    """
    installed = reasoning_gym.version()
    if version not in (None, installed):
        raise TaskError(
            f"the task was made by reasoning-gym {version}, but {installed} is installed and may score it "
            f"otherwise; generate the tasks again or install reasoning-gym=={version}"
        )


@lru_cache(64)
def regenerate(reference: LogicReference) -> tuple[Any, dict[str, Any]]:
    """Return the data set and the entry of a reference.

    Raises:
        TaskError: when the data set is refused, no entry can be made, or the installed version makes another entry.
    """
    check_dataset(reference.dataset, reference.config)
    check_version(reference.version)
    where = f"entry {reference.index} of {reference.dataset!r} (config {reference.config}, seed {reference.seed})"
    try:
        dataset = reasoning_gym.dataset(reference.dataset, reference.config, reference.seed)
        entry = reasoning_gym.entry(reference.dataset, reference.config, reference.seed, reference.index)
    except MemoryError:
        raise
    except Exception as error:  # generators fail in their own ways, on an index out of range among others
        raise TaskError(f"{where} cannot be made: {type(error).__name__}: {error}") from error
    if reference.question_sha256 not in (None, reasoning_gym.question_hash(entry["question"])):
        raise TaskError(
            f"{where} has another question than the task: the task's reference was changed, or this generator is not "
            f"deterministic"
        )
    return dataset, entry
