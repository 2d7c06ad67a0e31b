"""`load_tasks`: the tasks of a local file, a folder, or a data set of the Hugging Face hub."""

import logging
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Literal

from prorl_rllib.envs.datasets.build import build_task
from prorl_rllib.envs.datasets.distinct import ConflictingAnswers, DistinctTasks
from prorl_rllib.envs.datasets.files import read_rows
from prorl_rllib.envs.datasets.golds import Mode, check_golds
from prorl_rllib.envs.datasets.hub import fetch, is_hub_id
from prorl_rllib.envs.datasets.loaded import Drop, LoadedTasks, count_drop, describe_drops
from prorl_rllib.envs.datasets.rows import Row, RowRejected
from prorl_rllib.envs.datasets.schema import Schema
from prorl_rllib.envs.datasets.schemas import get_schema
from prorl_rllib.envs.errors import EnvConfigError, TaskError
from prorl_rllib.envs.task import Task
from prorl_rllib.envs.verification.verify import DEFAULT_TIMEOUT_S, Options

CHUNK = 512
"""Tasks whose gold answers are verified at once."""
REPEATED = "repeats an earlier problem"
CONFLICTING = "one prompt with different answers"
Place = tuple[str, Task]

logger = logging.getLogger(__name__)


def load_tasks(
    schema: str,
    path: str | Path,
    *,
    split: str | None = None,
    limit: int | None = None,
    verify_golds: Mode = True,
    domain: str | None = None,
    conflicts: Literal["error", "drop"] = "error",
    timeout_s: float = DEFAULT_TIMEOUT_S,
    options: Options = None,
) -> LoadedTasks:
    """Load the tasks of a data set; rows that are no sound tasks are dropped and counted.

    Args:
        schema: name of the data set's form, such as "deepscaler"; "tasks" for rows that are `Task`s already.
        path: of a file or folder (.json, .jsonl, .jsonl.gz, .csv, .parquet), or "org/name" on the Hugging Face hub.
        split: of a folder or hub data set, only the files named after it ("train"); all files when None.
        limit: at most so many tasks, the first ones; no more rows are read than that takes.
        verify_golds: True gives each gold answer to its verifier and drops those it refuses; "quick" does so only
            where no worker is needed; False does not.
        domain: only the tasks of this domain; needed for `options` where the schema has several.
        conflicts: what to do with one prompt that has different answers: "error", or "drop" all its rows.
        timeout_s: seconds a verifier may work on one gold answer.
        options: of the domain, for the verification of gold answers.

    Raises:
        EnvConfigError: when an argument is wrong, or the file is missing, empty, or cannot be read.
        TaskError: when no row survives, or rows contradict each other.
        VerifierError: when the machinery of verification fails; `verify_golds=False` does without it.
    """
    form = get_schema(schema)
    check_arguments(form, limit, verify_golds, domain, conflicts, options)
    loading = Loading(form, verify_golds, conflicts, timeout_s, options)
    loading.read(rows_at(path, form, split), limit, domain)
    loaded = loading.result()
    if not loaded:
        raise TaskError(
            f"{path}: none of its {loaded.rows} rows is a task of schema {schema!r}: dropped "
            f"{describe_drops(loaded.dropped)}; columns of the first row: {loading.columns}"
        )
    logger.log(logging.WARNING if loaded.dropped else logging.INFO, "%s: %s", path, loaded.summary())
    return loaded


def check_arguments(
    schema: Schema, limit: int | None, verify_golds: Mode, domain: str | None, conflicts: str, options: Options
) -> None:
    """Check the arguments of `load_tasks` that no other function checks.

    Raises:
        EnvConfigError: naming the argument.
    """
    if limit is not None and limit < 1:
        raise EnvConfigError(f"limit = {limit}: must be at least 1, or None for all")
    if verify_golds not in (True, False, "quick"):
        raise EnvConfigError(f"verify_golds = {verify_golds!r}: must be True, 'quick' or False")
    if conflicts not in ("error", "drop"):
        raise EnvConfigError(f"conflicts = {conflicts!r}: must be 'error' or 'drop'")
    if domain is not None and schema.domains and domain not in schema.domains:
        known = " or ".join(schema.domains)
        raise EnvConfigError(f"domain = {domain!r}: the tasks of schema {schema.name!r} are of domain {known}")
    if options is not None and domain is None and len(schema.domains) != 1:
        raise EnvConfigError(f"options belong to one domain, schema {schema.name!r} has several: set domain too")


def rows_at(path: str | Path, schema: Schema, split: str | None) -> Iterator[Row]:
    """Return the rows of a local file or folder, or of a data set of the hub.

    Raises:
        EnvConfigError: when there is none, or it cannot be read.
    """
    if isinstance(path, str) and not Path(path).exists() and is_hub_id(path):
        return read_rows(fetch(path, schema.hub_files), split, schema.hub_files)
    return read_rows(Path(path), split)


class Loading:
    """The state of one `load_tasks`.

    Attributes:
        columns: of the first row, for the error when no row survives.
    """

    def __init__(self, schema: Schema, verify_golds: Mode, conflicts: str, timeout_s: float, options: Options) -> None:
        """Keep the arguments of `load_tasks`."""
        self.schema, self.conflicts = schema, conflicts
        self.mode: Mode = verify_golds if schema.has_golds else False
        self.timeout_s, self.options = timeout_s, options
        self.columns = "none"
        self._rows = 0
        self._dropped: dict[str, Drop] = {}
        self._distinct = DistinctTasks()
        self._conflicting: dict[str, str] = {}
        self._unverified: set[str] = set()
        self._kept = 0

    def read(self, rows: Iterator[Row], limit: int | None, domain: str | None) -> None:
        """Read rows until there are no more, or as many tasks as wanted.

        Args:
            rows: as they were read.
            limit: of the tasks; None for all.
            domain: as in `load_tasks`.
        """
        candidates = self._candidates(rows, domain)
        while limit is None or self._kept < limit:
            wanted = CHUNK if limit is None else min(CHUNK, limit - self._kept)
            chunk = list(islice(candidates, wanted))
            if not chunk:
                return
            self._keep(chunk)

    def result(self) -> LoadedTasks:
        """Return the tasks and the counts."""
        tasks = self._distinct.tasks(without=self._conflicting)
        unverified = sum(task.task_id in self._unverified for task in tasks)
        return LoadedTasks(
            tasks, schema=self.schema.name, rows=self._rows, dropped=self._dropped, unverified=unverified
        )

    def _candidates(self, rows: Iterator[Row], domain: str | None) -> Iterator[Place]:
        """Yield the tasks of sound rows with their places, and count the others."""
        for row in rows:
            self._rows += 1
            if self._rows == 1 and isinstance(row.value, dict):
                self.columns = ", ".join(map(str, row.value))[:300]
            try:
                yield row.place, build_task(row, self.schema, domain)
            except RowRejected as rejected:
                count_drop(self._dropped, rejected.reason, row.place, rejected.detail)

    def _keep(self, chunk: Sequence[Place]) -> None:
        """Keep those tasks of a chunk whose gold answers verify and whose problems are new."""
        checks = check_golds([task for _, task in chunk], self.mode, timeout_s=self.timeout_s, options=self.options)
        for (place, task), check in zip(chunk, checks, strict=True):
            if isinstance(check, RowRejected):
                count_drop(self._dropped, check.reason, place, check.detail)
                continue
            if not check:
                self._unverified.add(task.task_id)
            self._add(place, task)

    def _add(self, place: str, task: Task) -> None:
        """Add a task, or count it as repeated or contradictory.

        Raises:
            TaskError: when its answer contradicts an earlier one and that is to be an error.
        """
        try:
            if self._distinct.add(place, task):
                self._kept += 1
            else:
                count_drop(self._dropped, REPEATED, place)
        except ConflictingAnswers as conflict:
            if self.conflicts == "error":
                raise TaskError(f"{conflict}, or drop both with load_tasks(..., conflicts='drop')") from None
            if conflict.problem not in self._conflicting:
                self._conflicting[conflict.problem] = place
                self._kept -= 1
                count_drop(self._dropped, CONFLICTING, conflict.places[0])
            count_drop(self._dropped, CONFLICTING, place)
