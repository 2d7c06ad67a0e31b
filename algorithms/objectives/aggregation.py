"""From losses a token to one scalar, with one normaliser for a whole optimizer step."""

from torch import Tensor


def token_mean(losses: Tensor, normalizer: float | Tensor) -> Tensor:
    """Sum the losses of one micro-batch and divide by the token count of the whole optimizer step.

    Summed over the micro-batches of the step, the results are the mean over all its tokens, however the step was split:
    DAPO's token-level loss (arXiv 2503.14476, eq. 12).

    Args:
        losses: `[tokens]` losses of the completion tokens of one micro-batch.
        normalizer: Number of completion tokens in the whole optimizer step, over all micro-batches and learners.

    Returns:
        Scalar.

    Raises:
        ValueError: if `normalizer` is not positive.
    """
    if normalizer <= 0:
        raise ValueError(f"normalizer must be the positive number of tokens of the optimizer step, got {normalizer}.")
    return losses.sum() / normalizer
