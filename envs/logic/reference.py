"""The reference of a logic task: the way to make an entry of Reasoning Gym again, or the whole entry."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from prorl_rllib.envs.errors import EnvConfigError, TaskError
from prorl_rllib.envs.logic import reasoning_gym
from prorl_rllib.envs.logic.examined import refusal
from prorl_rllib.envs.settings import did_you_mean

ENTRY_KEYS = {"question", "answer", "metadata"}


class Puzzle(NamedTuple):
    """What an answer is scored against: the data set's name, the data set, the entry."""

    name: str
    dataset: Any
    entry: dict[str, Any]


class LogicReference(BaseModel):
    """What scoring needs: the way to make the entry again and the means to notice when it came out differently.

    `{"dataset", "config", "seed", "index"}` is enough; generated tasks carry the other keys too, and what is given is
    checked. Or the whole entry, `{"question", "answer", "metadata"}`, with `config` beside it when the data set is not
    in its default config: then the entry is what answers are scored against, and nothing is made again.

    Attributes:
        dataset: name of the Reasoning Gym data set; `metadata.source_dataset` of a whole entry.
        config: its config, a dict or that as JSON; held as canonical JSON.
        seed: seed the data set is made with.
        index: of the entry; `metadata.source_index` of a whole entry.
        question_sha256: digest of the question, None to take the entry as it comes out.
        version: of Reasoning Gym, None for any.
        answer: an example answer, None for puzzles with many solutions or when it was not given.
        entry: the whole entry as canonical JSON, None to make it again.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    dataset: str
    config: str = "{}"
    seed: int = Field(default=0, ge=0)
    index: int = Field(ge=0)
    question_sha256: str | None = None
    version: str | None = None
    answer: str | None = None
    entry: str | None = None

    @property
    def question(self) -> str | None:
        """The question of a whole entry, None when the entry is to be made again."""
        return None if self.entry is None else str(json.loads(self.entry)["question"])

    @model_validator(mode="before")
    @classmethod
    def _take_whole_entry(cls, given: Any) -> Any:
        """Turn a whole entry, and a config beside it, into the fields."""
        if not isinstance(given, Mapping) or not {"question", "metadata"} <= set(given):
            return given
        metadata = given["metadata"]
        if not isinstance(metadata, Mapping) or not isinstance(metadata.get("source_dataset"), str):
            raise ValueError("the metadata of a whole entry must name its source_dataset")
        entry = {key: given.get(key) for key in ENTRY_KEYS}
        rest = {key: value for key, value in given.items() if key not in ENTRY_KEYS}
        fields = {
            "dataset": metadata["source_dataset"],
            "index": metadata.get("source_index") or 0,
            "entry": json.dumps(reasoning_gym.json_able(entry), sort_keys=True),
        }
        return fields | rest

    @field_validator("config", mode="before")
    @classmethod
    def _canonical(cls, config: Any) -> str:
        """Turn a dict, or the JSON of one, into canonical JSON."""
        given = json.loads(config) if isinstance(config, str) else config
        if not isinstance(given, Mapping):
            raise ValueError("must be a dict of the data set's settings, or that as JSON")
        return json.dumps(dict(given), sort_keys=True)


@lru_cache(256)
def check_dataset(dataset: str, config: str) -> None:
    """Raise when a data set cannot be used, or not with a config.

    Args:
        dataset: name of a Reasoning Gym data set.
        config: its config as canonical JSON.

    Raises:
        TaskError: naming what is wrong.
    """
    known = reasoning_gym.all_names()
    if dataset not in known:
        raise TaskError(f"unknown data set {dataset!r}{did_you_mean(dataset, known)}: Reasoning Gym has no such one")
    if reason := refusal(dataset):
        raise TaskError(f"data set {dataset!r} is refused: {reason}")
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
def regenerate(reference: LogicReference) -> Puzzle:
    """Return a reference's entry and the data set that scores it, a part of its data set where that is a blend.

    Raises:
        TaskError: when the data set is refused, no entry can be made, or the installed version makes another entry.
    """
    check_dataset(reference.dataset, reference.config)
    check_version(reference.version)
    if reference.entry is not None:
        entry = reasoning_gym.restored(reference.dataset, json.loads(reference.entry))
        return Puzzle(reference.dataset, reasoning_gym.dataset(reference.dataset, reference.config), entry)
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
    source = reasoning_gym.source_of(reference.dataset, entry)
    return Puzzle(source, reasoning_gym.parts(reference.dataset, dataset)[source], entry)
