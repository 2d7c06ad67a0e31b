"""Where an environment's tasks come from: a number of them, each a function of its index."""

import hashlib
import numbers
import random
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

from prorl_rllib.envs.datasets.env_tasks import read_env_tasks
from prorl_rllib.envs.domain import Domain
from prorl_rllib.envs.errors import EnvConfigError, TaskError
from prorl_rllib.envs.settings import (
    TextEnvSettings,
    check_weights,
    did_you_mean,
    parse_text_env_settings,
    reject_unknown_keys,
)
from prorl_rllib.envs.task import Message, Task, is_in_split
from prorl_rllib.envs.verification.verify import PendingVerdict, submit

GENERATED_SIZE = 10_000
"""Number of generated tasks when `size` is not given."""
MAX_ATTEMPTS = 1000
"""Candidates drawn for one index before giving up on its split."""
MAX_REPEATING_S = 20.0
"""Seconds after which to give up on a split earlier, when most candidates repeat others."""
CACHED_TASKS = 4096
GENERATOR_KEYS = ("datasets", "weights", "difficulty")


@dataclass(frozen=True)
class DifficultyRange:
    """The difficulties of one generated data set: the one configured, and the lowest and highest its domain has."""

    configured: int
    low: int
    high: int


class TaskSource(ABC):
    """A fixed sequence of tasks. Stateless but for a cache, so that many environments share one."""

    def __init__(self, num_tasks: int) -> None:
        """Set the number of tasks.

        Args:
            num_tasks: at least 1.
        """
        self.num_tasks = num_tasks
        self._cached = lru_cache(CACHED_TASKS)(self._make)

    def difficulties(self) -> dict[str, DifficultyRange]:
        """Return the range of each data set, "<domain>/<data set>", whose tasks can be made at several difficulties."""
        return {}

    def task(self, index: int, difficulty: Mapping[str, int] | None = None) -> Task:
        """Return the task at an index.

        Args:
            index: 0 <= index < `num_tasks`.
            difficulty: difficulty by data set, as `difficulties` names them; where one is missing, and when None, the
                configured one.

        Raises:
            EnvConfigError: when the index is out of range or no int, or for a wrong difficulty.
        """
        if isinstance(index, bool) or not isinstance(index, numbers.Integral):
            raise EnvConfigError(f"task_index must be an int, got {type(index).__name__}: {index!r}")
        if not 0 <= index < self.num_tasks:
            raise EnvConfigError(
                f"task_index = {index}: must be 0..{self.num_tasks - 1} (the number of tasks is `size`)"
            )
        return self._cached(int(index), self._changed(difficulty or {}))

    def _changed(self, difficulty: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
        """Return the entries that differ from what is configured, checked and in order."""
        if not isinstance(difficulty, Mapping):
            raise EnvConfigError(f"difficulty must map data sets to difficulties, got {difficulty!r:.100}")
        ranges = self.difficulties() if difficulty else {}
        reject_unknown_keys(difficulty, ranges, "difficulty")
        for name, level in difficulty.items():
            if not isinstance(level, int) or not ranges[name].low <= level <= ranges[name].high:
                raise EnvConfigError(f"difficulty[{name!r}] = {level}: must be {ranges[name].low}..{ranges[name].high}")
        return tuple(sorted((n, level) for n, level in difficulty.items() if level != ranges[n].configured))

    @abstractmethod
    def _make(self, index: int, difficulty: tuple[tuple[str, int], ...]) -> Task:
        """Make the task at a checked index, where the difficulty of some data sets differs from the configured one."""

    @abstractmethod
    def part_of(self, task: Task) -> "DomainTasks":
        """Return the tasks of the one domain that a task belongs to."""

    @abstractmethod
    def check(self, task: Task) -> None:
        """Raise when a task from elsewhere does not fit among these.

        Raises:
            EnvConfigError: for a task of another domain.
            TaskError: for a wrong reference.
        """

    def __getstate__(self) -> dict[str, object]:
        return {key: value for key, value in vars(self).items() if key != "_cached"}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self._cached = lru_cache(CACHED_TASKS)(self._make)


class DomainTasks(TaskSource):
    """Tasks of one domain, under its settings."""

    def __init__(self, domain: Domain, settings: TextEnvSettings, options: BaseModel, num_tasks: int) -> None:
        """Keep the domain, its settings and its options; `num_tasks` is the length of the sequence.

        Raises:
            EnvConfigError: when the domain cannot score answers under the options.
        """
        super().__init__(num_tasks)
        self.domain, self.settings, self.options = domain, settings, options
        self.facts = domain.prepare(self.options)

    def part_of(self, task: Task) -> "DomainTasks":
        """Return these tasks."""
        return self

    def answer_instruction(self) -> str:
        """Return the `answer_instruction` key, or the domain's instruction when it is not given."""
        given = self.settings.answer_instruction
        return self.domain.instruction(self.options) if given is None else given

    def respond(self, task: Task, messages: Sequence[Message]) -> str | None:
        """Return the next user text of a multi-turn task, or None when the last answer ends the episode."""
        return self.domain.respond(self.domain.check_reference(task), messages, self.options)

    def submit(self, task: Task, messages: Sequence[Message]) -> PendingVerdict:
        """Start the verification of an episode that ended with the last message."""
        response = self.domain.final_response(self.domain.check_reference(task), messages, self.options)
        return submit(task, response, timeout_s=self.settings.verifier_timeout_s, options=self.options)

    def check(self, task: Task) -> None:
        """Raise when a task is not of this domain or its reference is wrong."""
        if task.domain != self.domain.name:
            raise EnvConfigError(f"task {task.task_id!r} is of domain {task.domain!r}, not {self.domain.name!r}")
        self.domain.check_reference(task)


class GeneratedTasks(DomainTasks):
    """Tasks drawn by a domain's generators; `task(index)` depends on the settings and the index only."""

    def __init__(self, domain: Domain, settings: TextEnvSettings, options: BaseModel) -> None:
        """Check the data sets, weights and difficulty.

        Raises:
            EnvConfigError: naming the wrong key.
        """
        super().__init__(domain, settings, options, settings.size or GENERATED_SIZE)
        if not domain.dataset_names():
            raise EnvConfigError(f"domain {domain.name!r} has no generator: set `tasks` to a file of tasks")
        check_difficulty(domain, settings.difficulty)
        wanted = settings.datasets if settings.datasets is not None else {n: {} for n in domain.default_datasets()}
        if not wanted:
            raise EnvConfigError(f"datasets = {{}}: name at least one of {', '.join(domain.dataset_names())}")
        for name in wanted:
            check_dataset_name(domain, name)
        self.weights = check_weights(settings.weights, wanted, "weights")
        self.wanted = wanted
        self.configs = {n: domain.dataset_config(n, c, settings.difficulty) for n, c in wanted.items()}
        self._configs_elsewhere: dict[tuple[str, int], Any] = {}
        domain.check_datasets(self.configs, options)

    def difficulties(self) -> dict[str, DifficultyRange]:
        """Return the domain's range for each data set; none for a domain with one difficulty."""
        low, high = self.domain.difficulties
        if low == high:
            return {}
        given = DifficultyRange(self.settings.difficulty, low, high)
        return {f"{self.domain.name}/{name}": given for name in self.wanted}

    def _config(self, dataset: str, difficulty: int) -> Any:
        """Return the checked config of a data set at a difficulty."""
        if difficulty == self.settings.difficulty:
            return self.configs[dataset]
        key = (dataset, difficulty)
        if key not in self._configs_elsewhere:
            self._configs_elsewhere[key] = self.domain.dataset_config(dataset, self.wanted[dataset], difficulty)
        return self._configs_elsewhere[key]

    def _make(self, index: int, difficulty: tuple[tuple[str, int], ...]) -> Task:
        """Draw a data set, then candidates until one belongs to the split."""
        seed = self.settings.seed
        dataset = derived_rng(seed, index).choices(list(self.weights), list(self.weights.values()))[0]
        level = dict(difficulty).get(f"{self.domain.name}/{dataset}", self.settings.difficulty)
        config = self._config(dataset, level)
        start = time.monotonic()
        seen: set[str] = set()
        for attempt in range(MAX_ATTEMPTS):
            draft = self.domain.generate(dataset, config, derived_rng(seed, index, dataset, attempt))
            if is_in_split(draft.prompt, self.settings.split):
                return self.domain.make_task(dataset, draft, level)
            seen.add(draft.prompt)
            if 2 * len(seen) < attempt and time.monotonic() - start > MAX_REPEATING_S:
                break
        raise TaskError(
            f"none of {attempt + 1} candidates of data set {dataset!r} at difficulty {level} belongs to split "
            f"{self.settings.split!r}: "
            f"its config in `datasets` allows too few problems; widen it"
        )


class FileTasks(DomainTasks):
    """The tasks of a file that belong to the split, in file order, repeated prompts dropped."""

    def __init__(self, domain: Domain, settings: TextEnvSettings, options: BaseModel) -> None:
        """Read and check the whole file.

        Raises:
            EnvConfigError: when the file is missing or empty, has no row of the split, or keys for generators are set.
            TaskError: for rows that `read_env_tasks` refuses, with file and line.
        """
        for key in GENERATOR_KEYS:
            if key in settings.model_fields_set and getattr(settings, key) is not None:
                raise EnvConfigError(f"{key} is for generators; it cannot be set beside tasks = {settings.tasks!r}")
        rows = read_env_tasks(settings.tasks, domain, options)
        mine = [task for task in rows if is_in_split(task.prompt, settings.split)]
        self.rows = mine[: settings.size]
        if not mine:
            raise EnvConfigError(
                f"tasks = {settings.tasks!r}: none of its {len(rows)} problems belongs to split {settings.split!r} "
                f"(a hash of the prompt holds out a tenth; split 'all' takes every problem)"
            )
        domain.check_datasets(sorted({domain.dataset_of(task) for task in mine}), options)
        super().__init__(domain, settings, options, len(self.rows))

    def _make(self, index: int, difficulty: tuple[tuple[str, int], ...]) -> Task:
        """Return the row."""
        return self.rows[index]


def make_source(domain: Domain, config: Any, keywords: Mapping[str, Any] | None = None) -> DomainTasks:
    """Return the source that the `tasks` key of a domain's `env_config` names.

    Args:
        domain: of the tasks.
        config: as in `parse_settings`.
        keywords: as in `parse_settings`.

    Raises:
        EnvConfigError: naming the wrong key, its value and what is allowed.
        TaskError: for a file with a row that is no task of the domain.
    """
    settings, options = parse_text_env_settings(domain.options_model, config, keywords)
    source = GeneratedTasks if settings.tasks == "generated" else FileTasks
    return source(domain, settings, options)


def check_dataset_name(domain: Domain, name: str) -> None:
    """Raise when a domain has no such data set.

    Raises:
        EnvConfigError: with the nearest name and the list.
    """
    known = domain.dataset_names()
    if name not in known:
        raise EnvConfigError(
            f"unknown data set {name!r} in datasets of domain {domain.name!r}{did_you_mean(name, known)}; "
            f"data sets: {', '.join(known)}"
        )


def check_difficulty(domain: Domain, difficulty: int) -> None:
    """Raise when a difficulty lies outside the domain's range.

    Raises:
        EnvConfigError: with the range.
    """
    low, high = domain.difficulties
    if not low <= difficulty <= high:
        hint = "; set the config of each data set in `datasets` instead" if low == high else ""
        raise EnvConfigError(f"difficulty = {difficulty}: domain {domain.name!r} takes {low}..{high}{hint}")


def derived_rng(*parts: object) -> random.Random:
    """Return a random generator that depends on the parts alone, the same in every process."""
    digest = hashlib.sha256(repr(parts).encode()).digest()
    return random.Random(int.from_bytes(digest[:8], "big"))
