"""pass@k: the chance that at least one of k samples is right."""

from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

# exp(-40) is lost beside 1 in double precision.
_LOG_OF_NOTHING = -40.0


@overload
def pass_at_k(num_samples: int, num_correct: int, k: int) -> float: ...
@overload
def pass_at_k(num_samples: ArrayLike, num_correct: ArrayLike, k: ArrayLike) -> Any: ...
def pass_at_k(num_samples: ArrayLike, num_correct: ArrayLike, k: ArrayLike) -> Any:
    """Estimate pass@k without bias: `1 - C(n - c, k) / C(n, k)` (arXiv 2107.03374, eq. 1).

    Args:
        num_samples: n, samples drawn of a problem.
        num_correct: c, how many of them are right, in 0..n.
        k: Samples of an attempt, in 1..n.

    The three are integers, or integer arrays whose shapes broadcast: `pass_at_k(n[:, None], c[:, None], ks)` gives a
    row a problem and a column a k.

    Returns:
        In [0, 1]; 1 where fewer than k samples are wrong. A float for three integers, else an array of float64.

    Raises:
        ValueError: for numbers out of range.
        TypeError: for numbers that are no integers.
    """
    n, c, size = np.broadcast_arrays(
        _integers("num_samples", num_samples), _integers("num_correct", num_correct), _integers("k", k)
    )
    _check_ranges(n, c, size)
    estimate = -np.expm1(_log_all_wrong(n, c, size))
    return float(estimate) if estimate.ndim == 0 else estimate


def mean_at_n(num_samples: ArrayLike, num_correct: ArrayLike) -> Any:
    """Return the share of right samples, which is pass@1 estimated from all n of them (ProRL's avg@n).

    Args:
        num_samples: n, samples drawn of a problem, at least 1; an integer or an array.
        num_correct: c, how many of them are right, in 0..n; an integer or an array that broadcasts with it.

    Returns:
        In [0, 1]; a float for two integers, else an array of float64.

    Raises:
        ValueError: for numbers out of range.
        TypeError: for numbers that are no integers.
    """
    return pass_at_k(num_samples, num_correct, 1)


def _integers(name: str, values: ArrayLike) -> NDArray[np.int64]:
    """Return values as integers, of which floats are refused even where they are whole."""
    array = np.asarray(values)
    if array.size and not np.issubdtype(array.dtype, np.integer):
        raise TypeError(f"{name} must be integers, not {array.dtype}: {values!r}.")
    return array.astype(np.int64)


def _check_ranges(n: NDArray[np.int64], c: NDArray[np.int64], k: NDArray[np.int64]) -> None:
    """Refuse counts that no sampling gives; the first of them is named."""
    if (wrong := (c < 0) | (c > n)).any():
        raise ValueError(f"num_correct={c[wrong][0]} must be in 0..num_samples={n[wrong][0]}.")
    if (wrong := (k < 1) | (k > n)).any():
        raise ValueError(f"k={k[wrong][0]} must be in 1..num_samples={n[wrong][0]}.")


def _log_all_wrong(n: NDArray[np.int64], c: NDArray[np.int64], k: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return log of `C(n - c, k) / C(n, k)`, the chance that k samples drawn without return are all wrong.

    It is the product of `1 - large / (n - j)` over j < small, with small and large the lesser and greater of c and k:
    factor by factor, because the coefficients have thousands of digits, and differences of log-gammas lose the small
    chances. No more than about `sqrt(40 n)` factors are needed before nothing is left of the chance.
    """
    small, large = np.minimum(c, k), np.maximum(c, k)
    certain = n - c < k
    total = np.where(certain, -np.inf, 0.0)
    factor = 0
    while (unfinished := (factor < small) & (total > _LOG_OF_NOTHING)).any():
        total[unfinished] += np.log1p(-large[unfinished] / (n[unfinished] - factor))
        factor += 1
    return total


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
