"""pass@k: the chance that at least one of k samples is right."""

import math


def pass_at_k(num_samples: int, num_correct: int, k: int) -> float:
    """Estimate pass@k of one problem without bias: `1 - C(n - c, k) / C(n, k)` (arXiv 2107.03374, eq. 1).

    Args:
        num_samples: n, samples drawn of the problem.
        num_correct: c, how many of them are right, in 0..n.
        k: Samples of an attempt, in 1..n.

    Returns:
        In [0, 1]; 1 where fewer than k samples are wrong.

    Raises:
        ValueError: for numbers out of range.
    """
    if not 0 <= num_correct <= num_samples:
        raise ValueError(f"num_correct={num_correct} must be in 0..num_samples={num_samples}.")
    if not 1 <= k <= num_samples:
        raise ValueError(f"k={k} must be in 1..num_samples={num_samples}.")
    # A product of ratios near 1, since the binomial coefficients themselves have hundreds of digits.
    return 1.0 - math.prod(1.0 - k / size for size in range(num_samples - num_correct + 1, num_samples + 1))


def pass_at_k_bound(mean: float, variance: float, k: int) -> float:
    """Return the highest mean pass@k that problems can have: `1 - ((1 - E)^2 + Var)^(k / 2)`, for k of at least 2.

    ProRL (arXiv 2505.24864), eq. 5, after Dang et al.: the more pass@1 differs between problems, the less is gained by
    sampling more.

    Args:
        mean: E, mean pass@1 over problems, in [0, 1].
        variance: Var, variance of pass@1 over problems, in 0..`mean (1 - mean)`.
        k: Samples of an attempt, at least 2.

    Raises:
        ValueError: for numbers out of range.
    """
    if not 0.0 <= mean <= 1.0 or not 0.0 <= variance <= mean * (1.0 - mean) + 1e-12:
        raise ValueError(f"mean={mean} must be in [0, 1] and variance={variance} in [0, mean (1 - mean)].")
    if k < 2:
        raise ValueError(f"k={k} must be at least 2.")
    return 1.0 - min(1.0, (1.0 - mean) ** 2 + variance) ** (k / 2)
