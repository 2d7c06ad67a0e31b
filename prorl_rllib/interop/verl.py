"""For verl: `compute_score`, which its reward managers call, and Parquet files in the form of its rows.

In verl's configuration: `reward.custom_reward_function.path=pkg://prorl_rllib.interop.verl` and
`reward.custom_reward_function.name=compute_score`. A verdict with status `error` raises `VerifierError`, which ends a
run with the reward managers `naive` and `dapo`.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from prorl_rllib.envs.errors import EnvConfigError, VerifierError
from prorl_rllib.envs.verification.verify import DEFAULT_TIMEOUT_S
from prorl_rllib.interop.scoring import score
from prorl_rllib.interop.task_rows import DomainOptions, Tasks, iterate_prompts, task_to_json

DATA_SOURCE = "prorl"
"""Before the domain's name in `data_source`, by which verl groups its metrics: `prorl/math`."""


def compute_score(
    data_source: str,
    solution_str: str,
    ground_truth: str,
    extra_info: Any = None,
    *,
    timeout_s: float = DEFAULT_TIMEOUT_S,
    options: DomainOptions = None,
    reward_router_address: str | None = None,
    reward_model_tokenizer: Any = None,
) -> dict[str, float]:
    """Return the score of one solution, in verl's signature.

    Args:
        data_source: of the row; not used, the task names its domain.
        solution_str: the decoded response.
        ground_truth: the task as JSON, as `to_parquet` writes it.
        extra_info: of the row; not used.
        timeout_s: as in `verify`; a key of `reward.custom_reward_function.reward_kwargs`.
        options: by domain; a key of `reward.custom_reward_function.reward_kwargs`.
        reward_router_address: given by verl beside a reward model; not used.
        reward_model_tokenizer: given by verl beside a reward model; not used.

    Returns:
        `score` in [0, 1], by which verl trains; and, for its metrics, `acc` (1 for a full score), `unparseable` and
        `timeout`, each 0 or 1.

    Raises:
        VerifierError: when the machinery failed.
        TaskError: when the ground truth is no task or cannot be scored.
        EnvConfigError: for an unknown domain or a wrong option.
    """
    verdict = score(ground_truth, solution_str, timeout_s=timeout_s, options=options)
    if verdict.status == "error":
        raise VerifierError(f"verification of an answer of {data_source!r} failed: {verdict.detail}")
    return {
        "score": verdict.reward,
        "acc": float(verdict.reward == 1.0),
        "unparseable": float(verdict.status == "unparseable"),
        "timeout": float(verdict.status == "timeout"),
    }


def to_rows(
    tasks: Tasks,
    *,
    split: str = "train",
    limit: int | None = None,
    options: DomainOptions = None,
    answer_instruction: str | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield tasks as verl's rows: `data_source`, `prompt`, `ability`, `reward_model`, `extra_info`.

    Args:
        tasks: an environment of ours, whose answer instruction ends each prompt, or tasks.
        split: written into `extra_info`.
        limit: most tasks; all when None.
        options: by domain; they may change the instruction.
        answer_instruction: replaces the instruction; "" for none.

    Raises:
        EnvConfigError: for a wrong limit or option.
    """
    rows = iterate_prompts(tasks, limit, options=options, answer_instruction=answer_instruction)
    for index, (task, chat) in enumerate(rows):
        yield {
            "data_source": f"{DATA_SOURCE}/{task.domain}",
            "prompt": chat,
            "ability": task.domain,
            "reward_model": {"style": "rule", "ground_truth": task_to_json(task)},
            "extra_info": {"split": split, "index": index, "task_id": task.task_id},
        }


def to_parquet(
    tasks: Tasks,
    path: str | Path,
    *,
    split: str = "train",
    limit: int | None = None,
    options: DomainOptions = None,
    answer_instruction: str | None = None,
) -> int:
    """Write tasks to a Parquet file for `data.train_files` or `data.val_files`; it appears whole or not at all.

    Args:
        tasks: as in `to_rows`.
        path: of the file; an existing one is replaced.
        split: as in `to_rows`.
        limit: as in `to_rows`.
        options: as in `to_rows`.
        answer_instruction: as in `to_rows`.

    Returns:
        The number of rows.

    Raises:
        EnvConfigError: when pyarrow is missing, there is no task, the path ends otherwise, or as in `to_rows`.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise EnvConfigError("to_parquet needs pyarrow: pip install 'prorl-rllib[parquet]'") from error
    path = Path(path)
    if path.suffix != ".parquet":
        raise EnvConfigError(f"path = {str(path)!r}: must end in .parquet")
    rows = list(to_rows(tasks, split=split, limit=limit, options=options, answer_instruction=answer_instruction))
    if not rows:
        raise EnvConfigError(f"there is no task to write to {path}")
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        parquet.write_table(pyarrow.Table.from_pylist(rows), unfinished)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return len(rows)
