"""For OpenRLHF: the `reward_func` of a file that `--reward.remote_url reward.py` names, and files of prompts.

A verdict with status `error` raises `VerifierError`: OpenRLHF logs it and leaves the sample without a reward, on which
its next step ends the run.
"""

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from prorl_rllib.envs.errors import EnvConfigError, VerifierError
from prorl_rllib.envs.verification.verify import DEFAULT_TIMEOUT_S
from prorl_rllib.interop.scoring import score_batch
from prorl_rllib.interop.task_rows import DomainOptions, Tasks, check_domain_options, iterate_prompts, task_to_json

RewardFunction: TypeAlias = Callable[..., dict[str, Any]]


def make_reward_function(
    *, end_of_text: str, timeout_s: float = DEFAULT_TIMEOUT_S, options: DomainOptions = None
) -> RewardFunction:
    """Return a function for the name `reward_func` in the file that OpenRLHF loads.

    Args:
        end_of_text: the token that ends an answer, as text: `tokenizer.eos_token`. OpenRLHF hands over texts with
            special tokens, and this one is no part of the answer.
        timeout_s: as in `verify`.
        options: by domain, such as `{"code": {"binary": True}}`.

    Returns:
        A function of queries (prompt and response as one text), prompts and labels (tasks as JSON, the column `label`
        of `to_jsonl`), to `rewards` and `scores` in [0, 1] and, in `extra_logs`, which answers were unparseable or
        timed out. Each is a tensor with one value a query.

    Raises:
        EnvConfigError: when `end_of_text` is empty, or `options` names no domain or a wrong option.
    """
    if not end_of_text:
        raise EnvConfigError("end_of_text is empty: must be the tokenizer's eos_token, such as '<|im_end|>'")
    check_domain_options(options)

    def reward_func(queries: Sequence[str], prompts: Sequence[str], labels: Sequence[str], **_: Any) -> dict[str, Any]:
        import torch

        answers = [answer_in(query, prompt, end_of_text) for query, prompt in zip(queries, prompts, strict=True)]
        verdicts = score_batch(labels, answers, timeout_s=timeout_s, options=options)
        failed = next((verdict for verdict in verdicts if verdict.status == "error"), None)
        if failed is not None:
            raise VerifierError(f"verification of an answer failed: {failed.detail}")
        rewards = torch.tensor([verdict.reward for verdict in verdicts])
        logs = {
            status: torch.tensor([float(verdict.status == status) for verdict in verdicts])
            for status in ("unparseable", "timeout")
        }
        return {"rewards": rewards, "scores": rewards, "extra_logs": logs}

    return reward_func


def answer_in(query: str, prompt: str, end_of_text: str) -> str:
    """Return the answer in a query: what follows the prompt, without the token that ends it.

    Raises:
        ValueError: when the query does not start with the prompt, so that nobody knows where the answer starts.
    """
    if not query.startswith(prompt):
        raise ValueError(
            f"the query does not start with its prompt {prompt[:100]!r}, but with {query[:100]!r}: the prompt was cut "
            f"(raise --data.max_len), or the tokenizer does not give texts back as they were"
        )
    return query[len(prompt) :].removesuffix(end_of_text)


def to_jsonl(
    tasks: Tasks,
    path: str | Path,
    *,
    limit: int | None = None,
    options: DomainOptions = None,
    answer_instruction: str | None = None,
) -> int:
    """Write tasks to a file for `--data.prompt_dataset`; it appears whole or not at all.

    OpenRLHF reads it with `--data.input_key prompt --data.label_key label --data.apply_chat_template`.

    Args:
        tasks: an environment of ours, whose answer instruction ends each prompt, or tasks.
        path: of the file; an existing one is replaced.
        limit: most tasks; all when None.
        options: by domain; they may change the instruction.
        answer_instruction: replaces the instruction; "" for none.

    Returns:
        The number of rows.

    Raises:
        EnvConfigError: when there is no task, the path ends otherwise, or for a wrong limit or option.
    """
    path = Path(path)
    if path.suffix != ".jsonl":
        raise EnvConfigError(f"path = {str(path)!r}: must end in .jsonl")
    rows = iterate_prompts(tasks, limit, options=options, answer_instruction=answer_instruction)
    lines = [json.dumps({"prompt": chat, "label": task_to_json(task)}) for task, chat in rows]
    if not lines:
        raise EnvConfigError(f"there is no task to write to {path}")
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_text("\n".join(lines) + "\n", encoding="ascii")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return len(lines)
