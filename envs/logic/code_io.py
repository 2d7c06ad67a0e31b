"""Entries of codeio: to say what a bundled program gives for an input, or an input that gives an output."""

import json
import random
from collections.abc import Mapping
from typing import Any

from prorl_rllib.envs.errors import TaskError
from prorl_rllib.envs.logic.bundled_programs import is_pure, programs, run_program

MAX_ATTEMPTS = 200
"""Programs drawn for one entry: about two in five are not pure, and some fail on their own inputs."""


def make_entry(config: Mapping[str, Any], seed: int, index: int) -> dict[str, Any]:
    """Make an entry as Reasoning Gym's codeio does, its programs run in a process of their own.

    Args:
        config: of the data set: `input_prediction_probability`, `difficulty`.
        seed: of the data set.
        index: of the entry.

    Raises:
        TaskError: when no drawn program gives a result.
    """
    from reasoning_gym.code.codeio import INPUT_PREDICTION_PROMPT_TEMPLATE, OUTPUT_PREDICTION_PROMPT_TEMPLATE

    rng = random.Random(seed + index)
    program_index, inputs, outputs = draw_run(config.get("difficulty"), rng)
    row = programs()[program_index]
    asks_output = rng.random() < config.get("input_prediction_probability", 0.5)
    template = OUTPUT_PREDICTION_PROMPT_TEMPLATE if asks_output else INPUT_PREDICTION_PROMPT_TEMPLATE
    shown, hidden = (inputs, outputs) if asks_output else (outputs, inputs)
    question = template.format(row["task_description"], row["input_output_spec"], shown, row["code_sample"])
    metadata = {
        "source_dataset": "codeio",
        "source_index": index,
        "input_data": inputs,
        "output_data": outputs,
        "program_index": program_index,
        "difficulty": {"difficulty": config.get("difficulty")},
    }
    return {"question": question, "answer": json.dumps(hidden), "metadata": metadata}


def draw_run(difficulty: int | None, rng: random.Random) -> tuple[int, Any, Any]:
    """Draw programs until one gives a result; return its index with its inputs and outputs."""
    indices = [i for i, row in enumerate(programs()) if difficulty is None or row.get("difficulty") == difficulty]
    for _ in range(MAX_ATTEMPTS):
        index, run_seed = rng.choice(indices), rng.getrandbits(32)
        row = programs()[index]
        if is_pure(row["code_sample"]) and is_pure(row["input_generator"]):
            result = run_program(row["code_sample"], row["input_generator"], run_seed)
            if result is not None and result[0] and result[1] not in (None, "", [], {}):
                return index, *result
    raise TaskError(f"codeio: none of {MAX_ATTEMPTS} programs of difficulty {difficulty} gave a result")
