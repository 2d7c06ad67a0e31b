"""Causal attention within each sequence of a packed row, for any model that uses transformers' attention interface."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward

varlen_attn: Callable[..., Any] | None
try:
    from torch.nn.attention import varlen

    varlen_attn = varlen.varlen_attn
except ImportError:  # Builds of torch without it have the other kernel.
    varlen_attn = None

ATTENTION = "segments"
"""Name under which transformers knows `segment_attention`."""

_MOST_PADDING = 1 / 8
_UNSUPPORTED = ("softcap", "s_aux", "position_bias")


@dataclass(frozen=True)
class Segments:
    """Which positions of a packed row each sequence consists of; a position may belong to several sequences.

    Attributes:
        positions: [S] int64, the positions of all sequences, one sequence after the other.
        starts: [sequences + 1] int32, where each sequence starts in `positions`, and their number.
        longest: length of the longest sequence.
        places: [T] int64, for each position of the row its first place in `positions`.
        buckets: each [sequences, width] int64: the positions of sequences of like length, repeated up to their width.
        bucket_places: [T] int64, for each position its first place in all buckets, flattened one after the other.
    """

    positions: torch.Tensor
    starts: torch.Tensor
    longest: int
    places: torch.Tensor
    buckets: tuple[torch.Tensor, ...]
    bucket_places: torch.Tensor


def make_segments(sequences: Sequence[torch.Tensor], num_positions: int, device: torch.device) -> Segments:
    """Prepare what attention over a packed row needs, once for all layers.

    Args:
        sequences: for each sequence the positions of its tokens in the row, in order; int64 on CPU.
        num_positions: length of the row; each position belongs to at least one sequence.
        device: where the tensors go.

    Returns:
        The segments.
    """
    lengths = [len(sequence) for sequence in sequences]
    members = _like_lengths(lengths)
    buckets = [_padded([sequences[index] for index in bucket]) for bucket in members]
    flat = torch.cat(list(sequences))
    # Padding repeats a sequence's last position, whose first place is the true one.
    in_buckets = torch.cat([bucket.flatten() for bucket in buckets])
    return Segments(
        positions=flat.to(device),
        starts=torch.tensor([0, *lengths]).cumsum(0).to(torch.int32).to(device),
        longest=max(lengths),
        places=_first_places(flat, num_positions).to(device),
        buckets=tuple(bucket.to(device) for bucket in buckets),
        bucket_places=_first_places(in_buckets, num_positions).to(device),
    )


def _like_lengths(lengths: Sequence[int]) -> list[list[int]]:
    """Group sequences such that none is shorter than the longest of its group by more than an eighth."""
    order = sorted(range(len(lengths)), key=lambda index: (-lengths[index], index))
    groups: list[list[int]] = []
    for index in order:
        if groups and lengths[index] >= (1 - _MOST_PADDING) * lengths[groups[-1][0]]:
            groups[-1].append(index)
        else:
            groups.append([index])
    return groups


def _padded(sequences: Sequence[torch.Tensor]) -> torch.Tensor:
    """Stack sequences, the longest first; the shorter ones repeat their last position."""
    width = len(sequences[0])
    return torch.stack([torch.cat([part, part[-1:].expand(width - len(part))]) for part in sequences])


def _first_places(positions: torch.Tensor, num_positions: int) -> torch.Tensor:
    """The index of the first occurrence of each position."""
    places = torch.full((num_positions,), len(positions))
    return places.scatter_reduce(0, positions, torch.arange(len(positions)), "amin")


def attention_kernel(device: torch.device, dtype: torch.dtype) -> str:
    """Choose how a packed row is attended to.

    Args:
        device: device of the queries.
        dtype: dtype of the queries.

    Returns:
        "varlen" (variable-length flash attention) in half precision on CUDA devices of compute capability 8.0 or more;
        else "buckets" (scaled dot product attention over sequences of like length, which every device and dtype has).
    """
    half = dtype in (torch.bfloat16, torch.float16)
    if device.type != "cuda" or not half or varlen_attn is None:
        return "buckets"
    return "varlen" if torch.cuda.get_device_capability(device)[0] >= 8 else "buckets"


def segment_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    sliding_window: int | None = None,
    segments: Segments | None = None,
    **kwargs: Any,
) -> tuple[torch.Tensor, None]:
    """Attend causally, within each sequence if there are segments, else within each row.

    Args:
        module: the attention layer.
        query: [B, heads, T, head size]; B is 1 where there are segments.
        key: [B, key-value heads, T, head size].
        value: as `key`.
        attention_mask: None: right padding and segments need none.
        scaling: what the scores are multiplied with; None for one over the root of the head size.
        sliding_window: tokens that the layer sees at most; None for all.
        segments: the sequences of the packed row.
        **kwargs: what transformers passes on.

    Returns:
        [B, T, heads, head size], and None in place of the scores.

    Raises:
        ValueError: if the layer asks for something else than plain causal attention.
    """
    used = sorted(name for name in _UNSUPPORTED if kwargs.get(name) is not None)
    longest = query.shape[2] if segments is None else segments.longest
    if used or (sliding_window is not None and longest > sliding_window):
        reason = used or f"a sliding window of {sliding_window} tokens (a sequence has {longest})"
        raise ValueError(
            f"{type(module).__name__} needs {reason}, which the learner's attention does not have: choose a `model` of "
            "another architecture, or sequences within the window (`max_completion_length`)"
        )
    if segments is None:
        return sdpa_attention_forward(module, query, key, value, attention_mask, scaling=scaling, is_causal=True)
    states = [part[0].transpose(0, 1) for part in (query, key, value)]
    attend = _varlen if attention_kernel(query.device, query.dtype) == "varlen" else _buckets
    return attend(states, segments, scaling)[None], None


def _buckets(states: list[torch.Tensor], segments: Segments, scaling: float | None) -> torch.Tensor:
    """Attention over [T, heads, head size], one call a bucket. No real query sees padding, which comes last."""
    outputs = []
    for bucket in segments.buckets:
        query, key, value = (
            part.index_select(0, bucket.flatten()).unflatten(0, bucket.shape).transpose(1, 2) for part in states
        )
        grouped = query.shape[1] != key.shape[1]
        output = scaled_dot_product_attention(query, key, value, is_causal=True, scale=scaling, enable_gqa=grouped)
        outputs.append(output.transpose(1, 2).flatten(0, 1))
    return torch.cat(outputs).index_select(0, segments.bucket_places)


def _varlen(states: list[torch.Tensor], segments: Segments, scaling: float | None) -> torch.Tensor:
    """Attention over [T, heads, head size] in one call."""
    assert varlen_attn is not None
    query, key, value = (part.index_select(0, segments.positions) for part in states)
    bounds = (segments.starts, segments.starts, segments.longest, segments.longest)
    grouped = query.shape[1] != key.shape[1]
    output = varlen_attn(query, key, value, *bounds, window_size=(-1, 0), scale=scaling, enable_gqa=grouped)
    return output.index_select(0, segments.places)


AttentionInterface.register(ATTENTION, segment_attention)
