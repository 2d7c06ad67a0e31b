"""Mean and standard deviation of a batch that may be spread over several learners."""

import torch
from torch import Tensor


def batch_moments(values: Tensor, weights: Tensor | None = None) -> Tensor:
    """Return what mean and standard deviation need, in a form that adds up over learners.

    Args:
        values: `[...]` values of this learner's share of the batch; any number of them, none included.
        weights: `[...]` how often each value counts, at least 0: 0 leaves it out, whatever it is. None for 1 each.

    Returns:
        `[3]` float64: count, sum, sum of squares. Added over shares, they are those of the whole batch. No gradient
        flows through them.
    """
    counts = torch.ones_like(values, dtype=torch.float64) if weights is None else weights.detach().double()
    values = torch.where(counts > 0, values.detach().double(), 0.0)
    return torch.stack([counts.sum(), (counts * values).sum(), (counts * values.square()).sum()])


def batch_mean_std(moments: Tensor, *, unbiased: bool = False) -> tuple[Tensor, Tensor]:
    """Return mean and standard deviation of the batch that `moments` sum up.

    Args:
        moments: `[3]`, as `batch_moments` returns them, added over all learners.
        unbiased: Divide the squared deviations by count - 1 rather than by count.

    Returns:
        Scalar mean and scalar standard deviation, float64.

    Raises:
        ValueError: if the count is too small.
    """
    count, total, squares = moments
    least = 2 if unbiased else 1
    if not count >= least:
        raise ValueError(f"the statistics of a batch need a count of at least {least}, got {float(count):g}.")
    mean = total / count
    variance = (squares / count - mean.square()).clamp(min=0.0)
    return mean, (variance * (count / (count - 1)) if unbiased else variance).sqrt()


def whiten(values: Tensor, moments: Tensor, *, unbiased: bool = False, min_std: float = 1e-4) -> Tensor:
    """Subtract the batch's mean and divide by its standard deviation.

    Args:
        values: `[...]` values.
        moments: `[3]`, as `batch_moments` returns them, added over all learners.
        unbiased: As in `batch_mean_std`.
        min_std: Lower bound of the standard deviation (OpenRLHF, NeMo RL: the variance is at least 1e-8), above 0.

    Returns:
        `[...]` of the dtype of `values`. No gradient flows through them.

    Raises:
        ValueError: if the count is too small or `min_std` is not positive.
    """
    if not min_std > 0:
        raise ValueError(f"min_std must be positive, got {min_std}.")
    mean, std = batch_mean_std(moments, unbiased=unbiased)
    return ((values.detach().double() - mean) / std.clamp(min=min_std)).to(values.dtype)
