"""The options of `rllib evaluate`, checked."""

import itertools
import json
import math
import os
import re
import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prorl_rllib.cli.errors import CommandError

TEMPERATURE, TOP_P = 0.6, 0.95
"""Sampling of the evaluations in ProRL (arXiv 2505.24864), section 3.4."""
MODEL_FOLDER_PROMPTS = 500
"""Held-out prompts where no config says how many: ours."""
_DOTS = "..."
_POSITIVE = re.compile("0*[1-9][0-9]{0,8}")
_SHOWN = 100
"""Characters of a wrong value that a message shows."""


@dataclass(frozen=True)
class EvaluateOptions:
    """What the command line says, checked as far as it can be before anything is read; None where not given.

    Attributes:
        env: id of the environment.
        env_config: keys of its `env_config`.
        ks: the k of pass@k, ascending.
        episodes: held-out prompts, or episodes of other algorithms.
        out: file of the samples.
        overwrite: replace that file.
        resume: go on with that file.
        temperature: sampling temperature.
        top_p: nucleus probability.
        max_completion_length: tokens a turn.
        seed: of the sampling.
        engine: which engine samples.
        engine_config: arguments of the engine.
    """

    env: str | None = None
    env_config: dict[str, Any] | None = None
    ks: tuple[int, ...] | None = None
    episodes: int | None = None
    out: Path | None = None
    overwrite: bool = False
    resume: bool = False
    temperature: float | None = None
    top_p: float | None = None
    max_completion_length: int | None = None
    seed: int | None = None
    engine: str | None = None
    engine_config: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            CommandError: naming the option, its value and what is allowed.
        """
        _check_sampling(self)
        for name, given in (("--overwrite", self.overwrite), ("--resume", self.resume)):
            if given and self.out is None:
                raise CommandError(f"{name} is about the file of --out, which is not given.")
        if self.overwrite and self.resume:
            raise CommandError(f"--out {self.out} is either replaced (--overwrite) or gone on with (--resume).")
        if self.out is not None:
            check_out(self.out, replaced=self.overwrite or self.resume)

    @property
    def of_language_models(self) -> list[str]:
        """Names of the options given that only make sense for a language model."""
        given = {
            "--k": self.ks,
            "--out": self.out,
            "--overwrite": self.overwrite or None,
            "--resume": self.resume or None,
            "--temperature": self.temperature,
            "--top-p": self.top_p,
            "--max-completion-length": self.max_completion_length,
            "--seed": self.seed,
            "--engine": self.engine,
            "--engine-config": self.engine_config,
        }
        return [name for name, value in given.items() if value is not None]


def parse_ks(text: str | None) -> tuple[int, ...] | None:
    """Parse `--k`, in which "..." stands for doubling.

    Args:
        text: such as "1,8,64" or "1,2,4,...,256"; None if it is not given.

    Returns:
        The numbers.

    Raises:
        CommandError: if they are not positive integers in ascending order, or do not double up to what follows "...".
    """
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    shown = f"--k {text!r:.{_SHOWN}}"
    if _DOTS not in parts:
        return _numbers(parts, shown)
    place = parts.index(_DOTS)
    before, after = parts[:place], parts[place + 1 :]
    if not before or not after:
        raise CommandError(f"{shown}: '...' stands for doubling and needs a number on either side: 1,2,4,...,256.")
    return _doubled(_numbers(before, shown), _numbers(after, shown), shown)


def _numbers(parts: Sequence[str], shown: str) -> tuple[int, ...]:
    """Return the numbers between commas."""
    wrong = [part for part in parts if not _POSITIVE.fullmatch(part)]
    if wrong:
        raise CommandError(
            f"{shown} holds {wrong[0]!r:.{_SHOWN}}: it must be positive integers of at most 9 digits, such as 1,8,64."
        )
    ks = tuple(map(int, parts))
    for before, after in itertools.pairwise(ks):
        if after == before:
            raise CommandError(f"{shown} holds {after} twice: give each number once, such as 1,8,64.")
        if after < before:
            raise CommandError(f"{shown} has {after} after {before}: put them in ascending order.")
    return ks


def _doubled(before: tuple[int, ...], after: tuple[int, ...], shown: str) -> tuple[int, ...]:
    """Return the numbers with those between, each twice the one before."""
    between = [before[-1]]
    while between[-1] * 2 <= after[0]:
        between.append(between[-1] * 2)
    if between[-1] != after[0]:
        raise CommandError(f"{shown}: doubling from {before[-1]} does not lead to {after[0]}, as in 1,2,4,...,256.")
    return (*before[:-1], *between, *after[1:])


def parse_object(text: str | None, option: str, example: str) -> dict[str, Any] | None:
    """Parse an option that is a JSON object.

    Args:
        text: the option's value; None if it is not given.
        option: its name.
        example: a right value, for the message.

    Raises:
        CommandError: if it is none, or holds NaN or an infinity.
    """
    if text is None:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CommandError(
            f"{option} is not valid JSON ({error}): {text:.{_SHOWN}}. Write it such as '{example}'."
        ) from error
    if not isinstance(value, dict):
        raise CommandError(f"{option} must be a JSON object such as '{example}', not {text:.{_SHOWN}}.")
    check_writable(value, option)
    return value


def check_writable(settings: Mapping[str, Any], where: str) -> None:
    """Refuse settings that no file of samples can hold: NaN, infinities, and values that hold themselves.

    Args:
        settings: of an option or a file; values that JSON has no form for, such as dates, are written as text.
        where: what they are, for the message.

    Raises:
        CommandError: naming the key and its value.
    """
    for key, value in settings.items():
        try:
            json.dumps(value, allow_nan=False, skipkeys=True, default=repr)
        except (ValueError, RecursionError) as error:
            raise CommandError(
                f"{where}: {key} = {reprlib.repr(value)} cannot be written down ({error}): numbers must be finite."
            ) from error


def _check_sampling(options: EvaluateOptions) -> None:
    """Check how completions are sampled."""
    temperature, top_p = options.temperature, options.top_p
    if temperature is not None and not (math.isfinite(temperature) and temperature >= 0):
        raise CommandError(f"--temperature {temperature} is out of range: it must be a number of at least 0.")
    if top_p is not None and not 0 < top_p <= 1:
        raise CommandError(f"--top-p {top_p} is out of range: it must be in (0, 1].")
    if temperature == 0 and options.ks and options.ks[-1] > 1:
        raise CommandError(
            f"--temperature 0 gives the same answer each time, so pass@{options.ks[-1]} would be pass@1: leave out "
            "--k, or take a temperature above 0."
        )


def check_out(path: Path, *, replaced: bool) -> None:
    """Check that the file of the samples can be written.

    Args:
        path: the file.
        replaced: whether there may be a file, which is replaced or gone on with.

    Raises:
        CommandError: if it cannot.
    """
    if path.is_dir():
        raise CommandError(f"--out {path} is a folder: name a file in it, such as {path / 'samples.jsonl'}.")
    if path.exists() and not replaced:
        raise CommandError(
            f"--out {path} exists: choose another name, or add --overwrite to replace it, or --resume to go on with it."
        )
    if not path.parent.is_dir():
        raise CommandError(f"--out {path}: there is no folder {path.parent}. Make it, or choose another place.")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise CommandError(f"--out {path} cannot be written: no permission. Choose another place.")
