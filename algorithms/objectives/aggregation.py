"""From losses a token to one scalar, with one normaliser for a whole optimizer step.

Each function takes the losses of one micro-batch, made of whole sequences, and a normaliser counted over all
micro-batches and learners of the optimizer step, over the very tokens that the losses cover. The results of the
micro-batches then sum to the step's loss, however it was split, packed or sharded. Where gradients are averaged over
learners rather than summed, multiply by the number of learners.
"""

from typing import Literal, get_args

from torch import Tensor

from prorl_rllib.algorithms.objectives.ratios import check_one_shape, sequence_lengths

LossAggregation = Literal["token_mean", "sequence_mean_token_mean", "sequence_mean_token_sum"]


def token_mean(losses: Tensor, normalizer: float | Tensor) -> Tensor:
    """Sum the losses of one micro-batch and divide by the token count of the whole optimizer step.

    Summed over the micro-batches of the step, the results are the mean over all its tokens, however the step was split:
    DAPO's token-level loss (arXiv 2503.14476, eq. 12).

    Args:
        losses: `[tokens]` losses of the completion tokens of one micro-batch.
        normalizer: Number of completion tokens in the whole optimizer step, over all micro-batches and learners.

    Returns:
        Scalar. The gradient by a token's loss is `1 / normalizer`.

    Raises:
        ValueError: if `normalizer` is not positive.
    """
    _check_positive(normalizer, "tokens")
    return losses.sum() / normalizer


def sequence_mean_token_mean(losses: Tensor, sequence_index: Tensor, normalizer: float | Tensor) -> Tensor:
    """Average the losses of each sequence, sum, and divide by the sequence count of the whole optimizer step.

    The loss of GRPO as first published (arXiv 2402.03300, eq. 3) and of GSPO: each sequence counts alike, so that a
    token of a long one counts less.

    Args:
        losses: `[tokens]` losses of the completion tokens of one micro-batch.
        sequence_index: `[tokens]` integers from 0: the sequence of each token. A sequence's tokens must all be there.
        normalizer: Number of sequences with a completion token in the whole optimizer step.

    Returns:
        Scalar. The gradient by a token's loss is `1 / (length normalizer)`.

    Raises:
        ValueError: if the shapes differ or `normalizer` is not positive.
    """
    _check_positive(normalizer, "sequences")
    check_one_shape(losses=losses, sequence_index=sequence_index)
    return (losses / sequence_lengths(sequence_index)[sequence_index]).sum() / normalizer


def sequence_mean_token_sum(losses: Tensor, normalizer: float | Tensor, *, constant_normalizer: float = 1.0) -> Tensor:
    """Sum the losses and divide by the sequence count of the whole optimizer step and by a constant.

    Dr. GRPO (arXiv 2503.20783), with the longest completion allowed as the constant: no sequence's length
    enters.

    Args:
        losses: `[tokens]` losses of the completion tokens of one micro-batch.
        normalizer: Number of sequences with a completion token in the whole optimizer step.
        constant_normalizer: The constant, in tokens; 1 for the plain mean of the sequences' sums.

    Returns:
        Scalar. The gradient by a token's loss is `1 / (constant_normalizer normalizer)`.

    Raises:
        ValueError: if a normaliser is not positive.
    """
    _check_positive(normalizer, "sequences")
    if not constant_normalizer > 0:
        raise ValueError(f"constant_normalizer must be a positive number of tokens, got {constant_normalizer}.")
    return losses.sum() / (normalizer * constant_normalizer)


def aggregate_loss(
    losses: Tensor,
    sequence_index: Tensor,
    *,
    kind: LossAggregation,
    num_tokens: float | Tensor,
    num_sequences: float | Tensor,
    constant_normalizer: float = 1.0,
) -> Tensor:
    """Aggregate the losses of one micro-batch in the way that `kind` names.

    Args:
        losses: `[tokens]` losses of the completion tokens of one micro-batch.
        sequence_index: `[tokens]` integers from 0: the sequence of each token.
        kind: The function of this module.
        num_tokens: Number of completion tokens in the whole optimizer step.
        num_sequences: Number of sequences with a completion token in the whole optimizer step.
        constant_normalizer: As in `sequence_mean_token_sum`, which alone uses it.

    Returns:
        Scalar.

    Raises:
        ValueError: if `kind` is unknown, or as the function.
    """
    if kind == "token_mean":
        return token_mean(losses, num_tokens)
    if kind == "sequence_mean_token_mean":
        return sequence_mean_token_mean(losses, sequence_index, num_sequences)
    if kind == "sequence_mean_token_sum":
        return sequence_mean_token_sum(losses, num_sequences, constant_normalizer=constant_normalizer)
    raise ValueError(f"unknown aggregation {kind!r}: it must be one of {', '.join(get_args(LossAggregation))}.")


def _check_positive(normalizer: float | Tensor, unit: str) -> None:
    if not normalizer > 0:
        raise ValueError(f"normalizer must be the positive number of {unit} of the optimizer step, got {normalizer}.")
