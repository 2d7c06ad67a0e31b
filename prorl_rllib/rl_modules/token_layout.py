"""How the sequences of an optimizer step are laid out for the model: padded rows, or one packed row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from prorl_rllib.rl_modules.segment_attention import make_segments


@dataclass(frozen=True)
class StepSequences:
    """The sequences of one optimizer step, on CPU, and what their layout needs to know.

    Attributes:
        tokens: [B, T] int64, right-padded.
        completion_mask: [B, T] bool, True where a token was sampled.
        lengths: tokens of each sequence.
        prompt_lengths: tokens of each sequence before its first sampled one.
        prompts: for each sequence the first sequence whose prompt is equal.
        outputs: for each sequence the number of sampled tokens in the sequences before it; one entry more for all.
        device: where micro-batches go.
    """

    tokens: torch.Tensor
    completion_mask: torch.Tensor
    lengths: list[int]
    prompt_lengths: list[int]
    prompts: list[int]
    outputs: list[int]
    device: torch.device


def step_sequences(tokens: torch.Tensor, completion_mask: torch.Tensor, lengths: torch.Tensor) -> StepSequences:
    """Look through the sequences of an optimizer step.

    Args:
        tokens: [B, T] int64, right-padded.
        completion_mask: [B, T] bool, True where a token was sampled; never at t = 0.
        lengths: [B] int64, tokens of each sequence.

    Returns:
        What `lay_out` needs.

    Raises:
        ValueError: if the mask holds position 0, which nothing predicts, or shapes or dtypes differ.
    """
    check_mask(tokens, completion_mask)
    device, tokens, mask = tokens.device, tokens.cpu(), completion_mask.cpu()
    sizes = [int(length) for length in lengths]
    first = mask.to(torch.uint8).argmax(1).tolist()
    prompt_lengths = [at or size for at, size in zip(first, sizes, strict=True)]
    seen: dict[tuple[int, ...], int] = {}
    prompts = [seen.setdefault(tuple(tokens[row, :size].tolist()), row) for row, size in enumerate(prompt_lengths)]
    outputs = [0, *mask.sum(1).cumsum(0).tolist()]
    return StepSequences(tokens, mask, sizes, prompt_lengths, prompts, outputs, device)


def lay_out(
    step: StepSequences, rows: Sequence[int], *, packing: bool = False, shared_prefix: bool = False
) -> dict[str, Any]:
    """Lay some sequences out for the model.

    Args:
        step: the sequences of an optimizer step.
        rows: which of them.
        packing: one row without padding, [1, tokens]; otherwise one row a sequence.
        shared_prefix: in the packed row, lay out equal prompts once.

    Returns:
        "tokens" and "position_ids" [R, T]; "segments", or None for padded rows; for each sampled token, [N]:
        "predict_at" (the flat position in [R, T] whose logits predict it), "targets" (its id), "sequence_index" (its
        sequence in the step), "token_index" (its place among the sampled tokens of the step, in row-major order).

    Raises:
        ValueError: for a shared prefix without packing.
    """
    if shared_prefix and not packing:
        raise ValueError("shared_prefix=True needs packing=True: padded rows have no place for a shared prompt")
    if packing:
        positions, layout = _packed(step, rows, shared_prefix)
    else:
        positions, layout = _padded(step, rows)
    sampled = [step.completion_mask[row, : step.lengths[row]].nonzero().squeeze(1) for row in rows]
    counts = torch.tensor([len(times) for times in sampled])
    pairs = list(zip(rows, positions, sampled, strict=True))
    layout |= {
        "predict_at": torch.cat([places[times - 1] for _, places, times in pairs]),
        "targets": torch.cat([step.tokens[row, times] for row, _, times in pairs]),
        "sequence_index": torch.tensor(rows).repeat_interleave(counts),
        "token_index": torch.cat([torch.arange(step.outputs[row], step.outputs[row + 1]) for row in rows]),
    }
    return {key: value.to(step.device) if isinstance(value, torch.Tensor) else value for key, value in layout.items()}


def _padded(step: StepSequences, rows: Sequence[int]) -> tuple[list[torch.Tensor], dict[str, Any]]:
    """One row a sequence, as wide as the longest; and the flat positions of each sequence's tokens."""
    width = max(step.lengths[row] for row in rows)
    positions = [place * width + torch.arange(step.lengths[row]) for place, row in enumerate(rows)]
    position_ids = torch.arange(width).expand(len(rows), width)
    return positions, {"tokens": step.tokens[list(rows), :width], "position_ids": position_ids, "segments": None}


def _packed(step: StepSequences, rows: Sequence[int], shared_prefix: bool) -> tuple[list[torch.Tensor], dict[str, Any]]:
    """All sequences in one row; and the positions of each sequence's tokens, those of its prompt perhaps shared."""
    positions: list[torch.Tensor] = []
    tokens: list[torch.Tensor] = []
    times: list[torch.Tensor] = []
    prompts: dict[int, torch.Tensor] = {}
    end = 0
    for row in rows:
        prompt = prompts.get(step.prompts[row]) if shared_prefix else None
        start = 0 if prompt is None else len(prompt)
        own = torch.arange(end, end + step.lengths[row] - start)
        positions.append(own if prompt is None else torch.cat([prompt, own]))
        prompts.setdefault(step.prompts[row], positions[-1][: step.prompt_lengths[row]])
        tokens.append(step.tokens[row, start : step.lengths[row]])
        times.append(torch.arange(start, step.lengths[row]))
        end += len(own)
    segments = make_segments(positions, end, step.device)
    return positions, {"tokens": torch.cat(tokens)[None], "position_ids": torch.cat(times)[None], "segments": segments}


def plain_layout(tokens: torch.Tensor, completion_mask: torch.Tensor) -> dict[str, Any]:
    """The layout of right-padded rows, all of them, from tensors alone.

    Args:
        tokens: (B, T) int64, right-padded.
        completion_mask: (B, T) bool, True where the token at t was sampled (from the logits at t - 1).

    Returns:
        "tokens", "predict_at" and "targets" as in `lay_out`, in row-major order of the mask.

    Raises:
        ValueError: if the mask holds position 0, which nothing predicts, or shapes or dtypes differ.
    """
    check_mask(tokens, completion_mask)
    predict_at = completion_mask.flatten().nonzero().squeeze(1) - 1
    return {"tokens": tokens, "predict_at": predict_at, "targets": tokens[completion_mask]}


def check_mask(tokens: torch.Tensor, completion_mask: torch.Tensor) -> None:
    """Check tokens and mask against each other.

    Args:
        tokens: (B, T) int64.
        completion_mask: (B, T) bool.

    Raises:
        ValueError: if shapes or dtypes do not fit or the mask holds position 0.
    """
    if tokens.shape != completion_mask.shape or tokens.ndim != 2:
        raise ValueError(
            f"tokens {tuple(tokens.shape)} and completion_mask {tuple(completion_mask.shape)} must be equal (B, T)"
        )
    if completion_mask.dtype != torch.bool:
        raise ValueError(f"completion_mask has dtype {completion_mask.dtype}; it must be torch.bool")
    if bool(completion_mask[:, 0].any()):
        raise ValueError("completion_mask is True at position 0, which no logits predict; a prompt has >= 1 token")
