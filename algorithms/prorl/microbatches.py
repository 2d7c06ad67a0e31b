"""Cut the sequences of an optimizer step into micro-batches by a token budget."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from prorl_rllib.rl_modules.token_layout import StepSequences, lay_out, step_sequences


def make_microbatches(
    tokens: Tensor,
    completion_mask: Tensor,
    lengths: Tensor,
    *,
    max_tokens: int,
    temperature: float,
    packing: bool,
    shared_prefix: bool,
) -> list[dict[str, Any]]:
    """Cut an optimizer step into micro-batches of whole sequences, laid out for `CausalLMModule`.

    Args:
        tokens: `[B, T]` int64, right-padded.
        completion_mask: `[B, T]` bool, True where a token was sampled.
        lengths: `[B]` int64, tokens of each sequence.
        max_tokens: Budget of a micro-batch in tokens computed, padding included. A single longer sequence gets its own.
        temperature: The sampling temperature.
        packing: Lay sequences out in one row without padding.
        shared_prefix: Compute equal prompts of a micro-batch once; needs `packing`.

    Returns:
        Micro-batches; see `lay_out` for their entries. For the learner: `token_index` `[N]`, which of the step's
        sampled tokens (`column[completion_mask]`) each output belongs to, and `sequence_index` `[N]`, which row.
    """
    step = step_sequences(tokens, completion_mask, lengths)
    if packing:
        cut = packed_microbatches(*_shared(step) if shared_prefix else _unshared(step), max_tokens)
    else:
        cut = token_budget_microbatches(step.lengths, max_tokens)
    degree = torch.tensor(temperature, dtype=torch.float64, device=step.device)
    return [
        {**lay_out(step, rows, packing=packing, shared_prefix=shared_prefix), "temperature": degree} for rows in cut
    ]


def token_budget_microbatches(lengths: Sequence[int], max_tokens: int) -> list[list[int]]:
    """Group sequences of like length so that no micro-batch exceeds the budget, padding included.

    Args:
        lengths: Tokens of each sequence (prompt and completion).
        max_tokens: Budget of a micro-batch: rows times the longest row. A single longer sequence gets its own.

    Returns:
        Indices of the sequences of each micro-batch; every index occurs once. The cut depends on the lengths alone.
    """
    order = sorted(range(len(lengths)), key=lambda index: (-lengths[index], index))
    microbatches: list[list[int]] = []
    for index in order:
        # Sorted from long to short, a micro-batch is as wide as its first row.
        if microbatches and lengths[microbatches[-1][0]] * (len(microbatches[-1]) + 1) <= max_tokens:
            microbatches[-1].append(index)
        else:
            microbatches.append([index])
    return microbatches


def packed_microbatches(
    own_lengths: Sequence[int], prompt_lengths: Sequence[int], prompts: Sequence[int], max_tokens: int
) -> list[list[int]]:
    """Group sequences so that no micro-batch exceeds the budget, each of its distinct prompts counted once.

    Args:
        own_lengths: Tokens of each sequence that it shares with none.
        prompt_lengths: Tokens of each sequence's prompt.
        prompts: Equal numbers where prompts are equal.
        max_tokens: Tokens of a micro-batch. A single longer sequence gets its own.

    Returns:
        Indices of the sequences of each micro-batch; every index occurs once. Sequences with equal prompts stay
        together where the budget allows; otherwise those of like length do.
    """
    longest: dict[int, int] = {}
    for length, prompt in zip(own_lengths, prompts, strict=True):
        longest[prompt] = max(longest.get(prompt, 0), length)

    def place(index: int) -> tuple[int, int, int, int]:
        return -longest[prompts[index]], prompts[index], -own_lengths[index], index

    order = sorted(range(len(own_lengths)), key=place)
    microbatches: list[list[int]] = []
    present: set[int] = set()
    total = 0
    for index in order:
        cost = own_lengths[index] + (0 if prompts[index] in present else prompt_lengths[index])
        if not microbatches or total + cost > max_tokens:
            microbatches.append([])
            present, total, cost = set(), 0, own_lengths[index] + prompt_lengths[index]
        microbatches[-1].append(index)
        present.add(prompts[index])
        total += cost
    return microbatches


def _shared(step: StepSequences) -> tuple[list[int], list[int], list[int]]:
    own = [length - prompt for length, prompt in zip(step.lengths, step.prompt_lengths, strict=True)]
    return own, step.prompt_lengths, step.prompts


def _unshared(step: StepSequences) -> tuple[list[int], list[int], list[int]]:
    return step.lengths, [0] * len(step.lengths), list(range(len(step.lengths)))
