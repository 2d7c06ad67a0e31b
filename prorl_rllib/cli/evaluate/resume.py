"""Where an evaluation begins: anew, or after what the file of an earlier call holds, if that had the same settings."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gymnasium as gym

from prorl_rllib.cli.console import say
from prorl_rllib.cli.errors import FAILURE, CommandError, describe, reason
from prorl_rllib.env_runners.prompt_request import PromptRequest
from prorl_rllib.evaluation.sample_figures import SampleTally
from prorl_rllib.evaluation.sample_file import read_header
from prorl_rllib.evaluation.sample_file_resume import resume_point, samples_before
from prorl_rllib.evaluation.sample_header import check_header
from prorl_rllib.evaluation.sample_records import SampleRecord, asked_prompt

VERSIONS = "versions"
# Samples do not depend on which k are shown: how many a prompt has is a setting of its own.
_MAY_DIFFER = ("format", "version", "k", VERSIONS)
_ABSENT = "(absent)"


@dataclass(frozen=True)
class Beginning:
    """What there is before the first prompt is sampled.

    Attributes:
        num_prompts: prompts that an earlier call has sampled.
        num_bytes: length of what is kept of its file; None for a new file.
        tally: of the samples that are kept.
        too_long: prompts that did not fit the model's context.
    """

    num_prompts: int = 0
    num_bytes: int | None = None
    tally: SampleTally = field(default_factory=SampleTally)
    too_long: int = 0


def find_beginning(
    path: Path, header: Mapping[str, Any], prompts: Sequence[PromptRequest], env: gym.Env[Any, Any]
) -> Beginning:
    """Read what is kept of the file of an earlier call. The file is not changed.

    Args:
        path: the file; where there is none, or an empty one, the evaluation begins anew.
        header: the settings of this call.
        prompts: all prompts of the evaluation.
        env: the environment, which is asked again for each prompt that was sampled.

    Raises:
        CommandError: if it is no file of samples, or settings or tasks are others than they were then.
    """
    if not path.exists() or not path.stat().st_size:
        say(f"There is no {path} to go on with: the evaluation begins anew.")
        return Beginning()
    try:
        before = read_header(path)
        _check_settings(path, before, header)
        check_header(path, before)
        point = resume_point(
            path,
            num_prompts=len(prompts),
            samples_per_prompt=header["samples_per_prompt"],
            prompts_per_batch=header["prompts_per_batch"],
        )
        tally, seen = SampleTally(), set()
        for record in _checked_tasks(path, samples_before(path, point), prompts, env):
            tally.add([record])
            seen.add(record.prompt_index)
    except (OSError, ValueError) as error:
        raise CommandError(f"--resume cannot go on with {path}. {reason(error)}") from error
    _say_beginning(path, point.num_prompts, len(prompts), point.num_dropped)
    _say_versions(before.get(VERSIONS, {}), header[VERSIONS])
    return Beginning(point.num_prompts, point.num_bytes, tally, point.num_prompts - len(seen))


def changed_settings(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Name the settings that are not what they were.

    Args:
        before: a header.
        now: another one.

    Returns:
        A line a setting, such as `temperature: 0.6 -> 1.0`; of a setting with keys of its own, the keys that changed.
    """
    lines = []
    for key in [*before, *(now.keys() - before.keys())]:
        old, new = before.get(key, _ABSENT), now.get(key, _ABSENT)
        if isinstance(old, dict) and isinstance(new, dict):
            lines += [f"{key}.{line}" for line in changed_settings(old, new)]
        elif old != new:
            lines.append(f"{key}: {_shown(old)} -> {_shown(new)}")
    return lines


def _check_settings(path: Path, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Refuse to mix samples of different settings in one file."""
    old, new = ({key: header[key] for key in header if key not in _MAY_DIFFER} for header in (before, now))
    if changed := changed_settings(old, new):
        raise CommandError(
            f"--resume cannot go on with {path}: settings have changed since it was begun.\n"
            + "".join(f"  {line}\n" for line in changed)
            + "Set them as they were, choose another --out, or replace the file with --overwrite instead of --resume."
        )


def _checked_tasks(
    path: Path, records: Iterator[SampleRecord], prompts: Sequence[PromptRequest], env: gym.Env[Any, Any]
) -> Iterator[SampleRecord]:
    """Pass records on, and refuse those of a task that the environment no longer gives: its data may have changed."""
    for record in records:
        prompt = prompts[record.prompt_index]
        if record.sample_index == 0 and _asked_again(prompt, env) != record.prompt:
            raise CommandError(
                f"--resume cannot go on with {path}: prompt {record.prompt_index} of the environment is another one "
                "than when the file was begun, so its data or its code has changed. Choose another --out, or replace "
                "the file with --overwrite instead of --resume."
            )
        yield record


def _asked_again(prompt: PromptRequest, env: gym.Env[Any, Any]) -> str:
    """Return the prompt that the environment gives now."""
    try:
        return asked_prompt(*env.reset(seed=prompt.seed % 2**31, options=prompt.reset_options))
    except Exception as error:
        raise CommandError(f"The environment could not be reset to {prompt}. {describe(error)}", FAILURE) from error


def _say_beginning(path: Path, done: int, total: int, dropped: int) -> None:
    """Say how much is kept."""
    if done == total:
        say(f"Nothing left to do: {path} holds all {total} prompts.")
        return
    lost = f"; {dropped} lines of a batch that was not finished are dropped" if dropped else ""
    say(f"Going on with {path} after {done} of {total} prompts{lost}.")


def _say_versions(before: Mapping[str, str], now: Mapping[str, str]) -> None:
    """Say which packages are other ones: whether samples depend on that, nobody knows."""
    if changed := changed_settings(before, now):
        say(
            f"Versions have changed since the file was begun ({', '.join(changed)}): what is sampled now may differ "
            "from what would have been sampled then, and the file's header names the old ones.",
            "yellow",
        )


def _shown(value: Any) -> str:
    return value if value is _ABSENT else json.dumps(value)
