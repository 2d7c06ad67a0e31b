"""Solver of the instruction-following domain: the shortest texts that do what is asked, some of it forgotten."""

import random
from collections.abc import Callable, Mapping
from typing import Any

from prorl_rllib.algorithms.warm_start.solutions.solver import Solver, goes_wrong
from prorl_rllib.envs import Task
from prorl_rllib.envs.instruction_following.generator.families import FAMILIES

NOTHING = "notes"
"""The text of a task of which everything was forgotten."""


def _repeated(text: str, key: str) -> Callable[[Mapping[str, Any]], str]:
    """Return the function that writes a text as often as a keyword argument says."""
    return lambda kwargs: " ".join([text] * kwargs[key])


PARTS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "detectable_format:title": lambda kwargs: f"<<{NOTHING}>>",
    "keywords:existence": lambda kwargs: " ".join(kwargs["keywords"]),
    "detectable_content:number_placeholders": _repeated("[name]", "num_placeholders"),
    "detectable_format:number_highlighted_sections": lambda kwargs: (
        "so " + _repeated("*this*", "num_highlights")(kwargs)
    ),
    "detectable_format:number_bullet_lists": lambda kwargs: "\n".join([NOTHING, *["* point"] * kwargs["num_bullets"]]),
    "detectable_content:postscript": lambda kwargs: f"{kwargs['postscript_marker']} {NOTHING}",
    "startend:end_checker": lambda kwargs: kwargs["end_phrase"],
}
"""Instruction -> the line or lines that follow it, in the order in which they are written."""
SUPPORTED = (*PARTS, "startend:quotation", "punctuation:no_comma")


def solve_instructions(task: Task, rng: random.Random, mistake_rate: float) -> tuple[str, str]:
    """Write a line for each instruction; a mistake forgets one, or puts a comma where none may be.

    Raises:
        ValueError: for an instruction that is not supported.
    """
    ids, kwargs = task.reference["instruction_id_list"], task.reference["kwargs"]
    for each in ids:
        if each not in SUPPORTED:
            raise ValueError(
                f"no worked solutions for instruction {each!r} of task {task.task_id!r}; the warm start knows "
                f"{', '.join(sorted(SUPPORTED))}: choose among them with the key `instructions` of the data set"
            )
    asked = dict(zip(ids, kwargs, strict=True))
    forgotten = {each for each in ids if goes_wrong(rng, mistake_rate)}
    lines = [write(asked[each]) for each, write in PARTS.items() if each in asked and each not in forgotten]
    text = "\n".join(lines) or NOTHING
    if "punctuation:no_comma" in forgotten:
        text = f"well, {text}"
    return "", f'"{text}"' if "startend:quotation" in asked.keys() - forgotten else text


SOLVERS: dict[str, Solver] = dict.fromkeys(FAMILIES, solve_instructions)
