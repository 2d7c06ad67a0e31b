"""Where an environment's tasks come from: a number of them, each a function of its index."""

import hashlib
import numbers
import random
import time
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from prorl_rllib.envs.domain import Domain
from prorl_rllib.envs.errors import EnvConfigError, TaskError
from prorl_rllib.envs.settings import TextEnvSettings, check_weights, describe, did_you_mean
from prorl_rllib.envs.task import Task, prompt_text, split_of

GENERATED_SIZE = 10_000
"""Number of generated tasks when `size` is not given."""
MAX_ATTEMPTS = 1000
"""Candidates drawn for one index before giving up on its split."""
MAX_REPEATING_S = 20.0
"""Seconds after which to give up on a split earlier, when most candidates repeat others."""
CACHED_TASKS = 4096


class TaskSource(ABC):
    """A fixed sequence of tasks. Stateless but for a cache, so that many environments share one."""

    def __init__(self, num_tasks: int) -> None:
        """Set the number of tasks.

        Args:
            num_tasks: at least 1.
        """
        self.num_tasks = num_tasks
        self._cached = lru_cache(CACHED_TASKS)(self._make)

    def task(self, index: int) -> Task:
        """Return the task at an index.

        Args:
            index: 0 <= index < `num_tasks`.

        Raises:
            EnvConfigError: when the index is out of range or no int.
        """
        if isinstance(index, bool) or not isinstance(index, numbers.Integral):
            raise EnvConfigError(f"task_index must be an int, got {type(index).__name__}: {index!r}")
        if not 0 <= index < self.num_tasks:
            raise EnvConfigError(
                f"task_index = {index}: must be 0..{self.num_tasks - 1} (the number of tasks is `size`)"
            )
        return self._cached(int(index))

    @abstractmethod
    def _make(self, index: int) -> Task:
        """Make the task at a checked index."""

    @abstractmethod
    def answer_instruction(self, task: Task) -> str:
        """Return the instruction to append to a task's prompt."""

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

    def __init__(self, domain: Domain, settings: TextEnvSettings, num_tasks: int) -> None:
        """Keep the domain and its settings; `num_tasks` is the length of the sequence."""
        super().__init__(num_tasks)
        self.domain, self.settings = domain, settings

    def answer_instruction(self, task: Task) -> str:
        """Return the `answer_instruction` key, or the domain's default when it is not given."""
        given = self.settings.answer_instruction
        return self.domain.answer_instruction if given is None else given

    def check(self, task: Task) -> None:
        """Raise when a task is not of this domain or its reference is wrong."""
        if task.domain != self.domain.name:
            raise EnvConfigError(f"task {task.task_id!r} is of domain {task.domain!r}, not {self.domain.name!r}")
        self.domain.check_reference(task)


class GeneratedTasks(DomainTasks):
    """Tasks drawn by a domain's generators; `task(index)` depends on the settings and the index only."""

    def __init__(self, domain: Domain, settings: TextEnvSettings) -> None:
        """Check the data sets, weights and difficulty.

        Raises:
            EnvConfigError: naming the wrong key.
        """
        super().__init__(domain, settings, settings.size or GENERATED_SIZE)
        check_difficulty(domain, settings.difficulty)
        wanted = settings.datasets if settings.datasets is not None else {n: {} for n in domain.default_datasets()}
        if not wanted:
            raise EnvConfigError(f"datasets = {{}}: name at least one of {', '.join(domain.dataset_names())}")
        for name in wanted:
            check_dataset_name(domain, name)
        self.weights = check_weights(settings.weights, wanted, "weights")
        self.configs = {n: domain.dataset_config(n, c, settings.difficulty) for n, c in wanted.items()}

    def _make(self, index: int) -> Task:
        """Draw a data set, then candidates until one belongs to the split."""
        seed = self.settings.seed
        dataset = derived_rng(seed, index).choices(list(self.weights), list(self.weights.values()))[0]
        start = time.monotonic()
        seen: set[str] = set()
        for attempt in range(MAX_ATTEMPTS):
            draft = self.domain.generate(dataset, self.configs[dataset], derived_rng(seed, index, dataset, attempt))
            if split_of(draft.prompt) == self.settings.split:
                return self.domain.make_task(dataset, draft, self.settings.difficulty)
            seen.add(draft.prompt)
            if 2 * len(seen) < attempt and time.monotonic() - start > MAX_REPEATING_S:
                break
        raise TaskError(
            f"none of {attempt + 1} candidates of data set {dataset!r} belongs to split {self.settings.split!r}: "
            f"its config in `datasets` allows too few problems; widen it"
        )


class FileTasks(DomainTasks):
    """The rows of a `.jsonl` file of `Task`s that belong to the split, in file order, repeated prompts dropped."""

    def __init__(self, domain: Domain, settings: TextEnvSettings) -> None:
        """Read and check the whole file.

        Raises:
            EnvConfigError: when the file is missing or empty, has no row of the split, or keys for generators are set.
            TaskError: for a row that is no task of the domain, with file and line.
        """
        for key in ("datasets", "weights"):
            if getattr(settings, key) is not None:
                raise EnvConfigError(f"{key} selects generators; it cannot be set beside tasks = {settings.tasks!r}")
        rows = distinct_tasks(read_tasks(Path(settings.tasks), domain), domain)
        mine = [task for task in rows if split_of(task.prompt) == settings.split]
        self.rows = mine[: settings.size]
        if not mine:
            raise EnvConfigError(
                f"tasks = {settings.tasks!r}: none of its {len(rows)} problems belongs to split {settings.split!r} "
                f"(a hash of the prompt holds out a tenth)"
            )
        super().__init__(domain, settings, len(self.rows))

    def _make(self, index: int) -> Task:
        """Return the row."""
        return self.rows[index]


def make_source(domain: Domain, settings: TextEnvSettings) -> TaskSource:
    """Return the source that the `tasks` key names."""
    if settings.tasks == "generated":
        return GeneratedTasks(domain, settings)
    return FileTasks(domain, settings)


def read_tasks(path: Path, domain: Domain) -> list[tuple[str, Task]]:
    """Read a `.jsonl` file in UTF-8, one `Task` a line, blank lines allowed.

    Returns:
        Each task with its place, "file:line".

    Raises:
        EnvConfigError: when the file is missing, unreadable, of another kind, or empty.
        TaskError: for a row that is no task of the domain.
    """
    if path.suffix != ".jsonl" or not path.is_file():
        raise EnvConfigError(f"tasks = {str(path)!r}: must be 'generated' or the path of an existing .jsonl file")
    try:
        lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n")
    except OSError as error:
        raise EnvConfigError(f"tasks = {str(path)!r}: cannot be read: {error}") from error
    places = [(f"{path}:{number}", line) for number, line in enumerate(lines, 1) if line.strip()]
    if not places:
        raise EnvConfigError(f"tasks = {str(path)!r}: the file is empty")
    return [(place, parse_row(line, domain, place)) for place, line in places]


def parse_row(line: bytes, domain: Domain, where: str) -> Task:
    """Return the task of one line of JSON, its reference checked.

    Raises:
        TaskError: naming file and line.
    """
    try:
        task = Task.model_validate_json(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise TaskError(f"{where}: not UTF-8: {error}") from None
    except ValidationError as error:
        raise TaskError(f"{where}: not a task: {describe(error)}") from None
    if task.domain != domain.name:
        raise TaskError(f"{where}: domain = {task.domain!r}: this environment takes {domain.name!r} only")
    try:
        domain.check_reference(task)
    except TaskError as error:
        raise TaskError(f"{where}: {error}") from None
    return task


def distinct_tasks(rows: Iterable[tuple[str, Task]], domain: Domain) -> list[Task]:
    """Return the first task of each problem; prompts that differ in outer space or Unicode form are one problem.

    Args:
        rows: as `read_tasks` returns them.
        domain: of all of them.

    Raises:
        TaskError: when two rows with one prompt have different answers, naming both.
    """
    first: dict[str, tuple[str, Task]] = {}
    for place, task in rows:
        text = unicodedata.normalize("NFC", prompt_text(task.prompt).strip())
        known_place, known = first.setdefault(text, (place, task))
        if known is task:
            continue
        answers = [domain.example_response(domain.check_reference(each)) for each in (known, task)]
        if None not in answers and answers[0] != answers[1]:
            raise TaskError(
                f"{known_place} and {place} have the same prompt and different answers, {answers[0]:.100} and "
                f"{answers[1]:.100}: keep one of them"
            )
    return [task for _, task in first.values()]


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
