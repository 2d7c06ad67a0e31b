"""The families of tasks of `rllib boundary`: read from options and a file, and checked."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from prorl_rllib.algorithms.plain_config import load_yaml
from prorl_rllib.cli.boundary.out_folder import SAMPLES
from prorl_rllib.cli.errors import CommandError, reason
from prorl_rllib.cli.evaluate.options import check_writable
from prorl_rllib.cli.paths import user_path
from prorl_rllib.envs.errors import EnvConfigError
from prorl_rllib.envs.settings import describe, reject_unknown_keys
from prorl_rllib.evaluation.boundary.report import Role

EXAMPLE = 'hard=\'{"env": "prorl/Logic-v0", "env_config": {...}, "difficulty": 20, "training": "unseen"}\''
_MAX_NAME = 100
_NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{_MAX_NAME - 1}}}")
_RULE = (
    f"names are part of file names: at most {_MAX_NAME} letters, digits, '.', '_' and '-', the first of them a letter "
    "or a digit"
)


class FamilyOptions(BaseModel):
    """A family as it is given.

    Attributes:
        env: Id of the environment.
        env_config: Its config; held-out tasks, where it names no split.
        difficulty: A number that orders families of one environment.
        training: Whether the trained model was trained on it.
        episodes: Held-out tasks; None for those of `--episodes`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    env: str
    env_config: dict[str, Any] = Field(default_factory=dict)
    difficulty: float | None = None
    training: Literal["trained", "unseen"] | None = None
    episodes: int | None = Field(default=None, ge=2)


def read_families(
    env: str | None, env_config: dict[str, Any] | None, given: Sequence[str], file: str | None
) -> dict[str, FamilyOptions]:
    """Read the families of a command line.

    Args:
        env: `--env`, one family of that environment.
        env_config: `--env-config`, its config.
        given: `--family`, each as NAME=JSON.
        file: `--families`, a YAML file that maps names to families.

    Returns:
        The families by name, in the order given: those of the file first.

    Raises:
        CommandError: if there is none, or one is not as it has to be.
    """
    if env is not None:
        if given or file is not None:
            raise CommandError("--env is a family of its own: leave it out, or --family and --families.")
        name = _name_of(env)
        return {name: _family({"env": env, "env_config": env_config or {}}, "--env")}
    if env_config is not None:
        raise CommandError("--env-config is the config of --env, which is not given; a family has its own env_config.")
    families = {} if file is None else _from_file(file)
    for text in given:
        name, family = _from_option(text)
        if name in families:
            raise CommandError(f"--family {name} is given twice: give each family a name of its own.")
        families[name] = family
    if not families:
        raise CommandError(f"There are no tasks: add --env ID, --family {EXAMPLE}, or --families FILE.yaml.")
    _check_file_names(families)
    return families


def _name_of(env: str) -> str:
    """Name the family of `--env`."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", env.rpartition("/")[2]).strip("-.") or "family"
    if not _NAME.fullmatch(name):
        raise CommandError(
            f"--env {env:.{_MAX_NAME}}: its family would be named {name!r:.{_MAX_NAME}}, and {_RULE}: use --family "
            f"NAME=JSON instead, such as {EXAMPLE}."
        )
    return name


def _from_option(text: str) -> tuple[str, FamilyOptions]:
    """Read one `--family`."""
    name, equals, value = text.partition("=")
    if not equals:
        raise CommandError(f"--family {text!r} must be NAME=JSON, such as {EXAMPLE}.")
    try:
        family = json.loads(value)
    except (ValueError, RecursionError) as error:
        raise CommandError(
            f"--family {name} is not valid JSON ({error}): {value:.100}. Write it such as {EXAMPLE}."
        ) from None
    return name, _named_family(name, family, f"--family {name}")


def _from_file(file: str) -> dict[str, FamilyOptions]:
    """Read `--families`."""
    try:
        rows = load_yaml(user_path(file, "--families"))
    except (OSError, ValueError) as error:
        raise CommandError(f"--families {file} cannot be read. {reason(error)}") from error
    if not rows:
        raise CommandError(f"--families {file} must map names to families, such as\nhard:\n  env: prorl/Logic-v0")
    return {name: _named_family(name, row, f"--families {file}: {name}") for name, row in rows.items()}


def _named_family(name: str, value: Any, where: str) -> FamilyOptions:
    """Check one family and its name."""
    if not _NAME.fullmatch(name):
        raise CommandError(f"{where}: the name is {name!r}, and {_RULE}.")
    return _family(value, where)


def _family(value: Any, where: str) -> FamilyOptions:
    """Check one family."""
    try:
        if isinstance(value, dict):
            reject_unknown_keys(value, FamilyOptions.model_fields, where)
        family = FamilyOptions.model_validate(value)
    except EnvConfigError as error:
        raise CommandError(f"{error}. Write it such as {EXAMPLE}.") from None
    except ValidationError as error:
        raise CommandError(f"{where} is no family. {describe(error)} Write it such as {EXAMPLE}.") from None
    if family.difficulty is not None and not math.isfinite(family.difficulty):
        raise CommandError(f"{where}: difficulty={family.difficulty} must be a finite number.")
    check_writable(family.env_config, f"{where}: env_config")
    return family


def _check_file_names(families: Mapping[str, FamilyOptions]) -> None:
    """Refuse names that some file systems take for one."""
    lower: dict[str, str] = {}
    for name in families:
        if (other := lower.setdefault(name.lower(), name)) != name:
            raise CommandError(f"The families {other!r} and {name!r} differ in case alone: name them apart.")


def sample_path(out: Path, role: Role, name: str) -> Path:
    """Return where the samples of a model on a family are.

    Args:
        out: Folder of the report.
        role: base, mid or trained.
        name: The family's name.
    """
    return out / SAMPLES / f"{role}-{name}.jsonl"
