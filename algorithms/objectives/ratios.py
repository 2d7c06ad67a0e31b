"""Importance ratios of one policy to another, a token or a sequence."""

import torch
from torch import Tensor

# exp(20) is finite in float32 and far outside every clip range.
MAX_LOG_RATIO = 20.0


def check_one_shape(**tensors: Tensor) -> None:
    """Refuse tensors of different shapes.

    Args:
        **tensors: The tensors under the names that the error gives.

    Raises:
        ValueError: if the shapes differ.
    """
    shapes = [tuple(tensor.shape) for tensor in tensors.values()]
    if len(set(shapes)) > 1:
        raise ValueError(f"{', '.join(tensors)} must have one shape, got {', '.join(map(str, shapes))}.")


def importance_ratio(logp: Tensor, old_logp: Tensor) -> Tensor:
    """Return `exp(logp - old_logp)`, with the exponent bounded to +-20.

    Args:
        logp: `[tokens]` log-probabilities under the policy being trained; the gradient flows through these alone.
        old_logp: `[tokens]` log-probabilities under the policy that sampled.

    Returns:
        `[tokens]` ratios, above 0 and finite. The gradient by `logp` is the ratio itself, 0 beyond the bound.
    """
    return (logp - old_logp.detach()).clamp(-MAX_LOG_RATIO, MAX_LOG_RATIO).exp()


def sequence_lengths(sequence_index: Tensor, num_sequences: int | None = None) -> Tensor:
    """Count the tokens of each sequence.

    Args:
        sequence_index: `[tokens]` integers from 0: the sequence that each token belongs to, in any order.
        num_sequences: Number of sequences, those without a token among these included; None for the highest index
            plus 1.

    Returns:
        `[sequences]` int64.

    Raises:
        ValueError: if `sequence_index` is not one-dimensional or an index is out of range.
    """
    if sequence_index.ndim != 1 or sequence_index.is_floating_point():
        raise ValueError(
            "sequence_index must be integers of shape [tokens], got "
            f"{sequence_index.dtype} of shape {tuple(sequence_index.shape)}."
        )
    lengths = torch.bincount(sequence_index, minlength=num_sequences or 0)
    if num_sequences is not None and len(lengths) > num_sequences:
        raise ValueError(f"sequence_index must lie in 0..{num_sequences - 1}, got {len(lengths) - 1}.")
    return lengths


def sequence_sum(values: Tensor, sequence_index: Tensor, num_sequences: int | None = None) -> Tensor:
    """Sum the values of each sequence's tokens.

    Args:
        values: `[tokens]`.
        sequence_index: `[tokens]`, as in `sequence_lengths`.
        num_sequences: As in `sequence_lengths`.

    Returns:
        `[sequences]` sums, 0 where a sequence has no token. The gradient by a token's value is 1.

    Raises:
        ValueError: as `sequence_lengths`, or if the shapes differ.
    """
    check_one_shape(values=values, sequence_index=sequence_index)
    size = len(sequence_lengths(sequence_index, num_sequences))
    return values.new_zeros(size).index_add(0, sequence_index, values)


def sequence_mean(values: Tensor, sequence_index: Tensor, num_sequences: int | None = None) -> Tensor:
    """Average the values of each sequence's tokens.

    Args:
        values: `[tokens]`.
        sequence_index: `[tokens]`, as in `sequence_lengths`.
        num_sequences: As in `sequence_lengths`.

    Returns:
        `[sequences]` means, 0 where a sequence has no token. The gradient by a token's value is 1 / length.

    Raises:
        ValueError: as `sequence_sum`.
    """
    lengths = sequence_lengths(sequence_index, num_sequences).clamp(min=1)
    return sequence_sum(values, sequence_index, num_sequences) / lengths.to(values.dtype)
