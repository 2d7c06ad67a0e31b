"""The options of `rllib score`, checked."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from prorl_rllib.cli.errors import CommandError
from prorl_rllib.envs.datasets.files import data_files
from prorl_rllib.envs.errors import EnvConfigError, TaskError
from prorl_rllib.envs.settings import describe
from prorl_rllib.scoring.settings import ScoringSettings

OUT_SUFFIXES = (".jsonl", ".jsonl.gz")


@dataclass(frozen=True)
class ScoreOptions:
    """What is scored, and where it is written.

    Attributes:
        source: file or folder of rows.
        out: file of the rows with their verdicts.
        rejected: file of the rows that have none.
        settings: how rows are scored.
    """

    source: Path
    out: Path
    rejected: Path
    settings: ScoringSettings


def check_files(source: Path, out: Path, rejected: Path | None, *, overwrite: bool) -> tuple[Path, Path, Path]:
    """Check the files of the command line.

    Args:
        source: of the rows.
        out: of the rows with their verdicts.
        rejected: of the rows that have none; beside `out` when None.
        overwrite: replace files that are there.

    Returns:
        The three of them.

    Raises:
        CommandError: naming the file.
    """
    try:
        sources = data_files(source)
    except EnvConfigError as error:
        raise CommandError(str(error)) from None
    rejected = rejected or out.with_name(f"{_stem(out)}.rejected.jsonl")
    for option, path in (("--out", out), ("--rejected", rejected)):
        _check_written(option, path, overwrite=overwrite)
        if path.resolve() in {file.resolve() for file in sources}:
            raise CommandError(f"{option} {path} is read as INPUT: name another file.")
    if out.resolve() == rejected.resolve():
        raise CommandError(f"--out and --rejected are both {out}: name two files.")
    return source, out, rejected


def _stem(path: Path) -> str:
    """Return a file's name without its suffix."""
    suffix = next((suffix for suffix in reversed(OUT_SUFFIXES) if path.name.endswith(suffix)), "")
    return path.name.removesuffix(suffix)


def _check_written(option: str, path: Path, *, overwrite: bool) -> None:
    """Refuse a file that cannot be written, or is there already."""
    if not path.name.endswith(OUT_SUFFIXES):
        raise CommandError(f"{option} {path}: must end in {' or '.join(OUT_SUFFIXES)}.")
    if not path.parent.is_dir():
        raise CommandError(f"{option} {path}: there is no folder {path.parent}.")
    if path.is_dir():
        raise CommandError(f"{option} {path} is a folder.")
    if path.exists() and not overwrite:
        raise CommandError(f"{option} {path} exists; --overwrite replaces it.")


def scoring_settings(
    timeout_s: float, options: str | None, domains: Sequence[str] | None, tasks: Path | None
) -> ScoringSettings:
    """Return how rows are scored.

    Args:
        timeout_s: seconds a verifier may work on one response.
        options: JSON object, domain -> its options.
        domains: domains of the user's own as "module:Class".
        tasks: file of the tasks that rows name.

    Raises:
        CommandError: for JSON that is none, and for what no process could score with.
    """
    try:
        settings = ScoringSettings(
            timeout_s=timeout_s,
            options=_json_object("--options", options),
            domains=tuple(domains or ()),
            tasks=None if tasks is None else str(tasks.absolute()),
        )
        settings.prepare()
        settings.tasks_by_id()
    except ValidationError as error:
        raise CommandError(describe(error)) from None
    except (EnvConfigError, TaskError) as error:
        raise CommandError(str(error)) from None
    return settings


def _json_object(option: str, text: str | None) -> dict[str, Any]:
    """Parse an option that is a JSON object."""
    try:
        value = json.loads(text or "{}")
    except ValueError as error:
        raise CommandError(f"{option} {text}: is no JSON ({error}).") from None
    if not isinstance(value, dict):
        raise CommandError(f'{option} {text}: must be a JSON object, such as {{"code": {{"binary": true}}}}.')
    return value
