"""Length shaping of rewards, after the verifier and before the advantages.

Dynamic sampling looks at the verifier's scores, not at what leaves this module.
"""

import math

import torch
from torch import Tensor


def scale_truncated(rewards: Tensor, truncated: Tensor, *, coeff: float) -> Tensor:
    """Multiply the rewards of completions that ran into the length limit.

    The "stop properly" penalty of the ProRL v2 recipes, which use a coefficient of 0.

    Args:
        rewards: `[...]` verifier scores, at least 0; a negative one would be raised.
        truncated: `[...]` bool, True where the completion ended at the limit and not with the end token.
        coeff: The factor, in [0, 1]; 1 changes nothing.

    Returns:
        `[...]` rewards.

    Raises:
        ValueError: if `coeff` is out of range.
    """
    if not 0.0 <= coeff <= 1.0:
        raise ValueError(f"the coefficient of truncated completions must be in [0, 1], got {coeff}.")
    return torch.where(truncated, rewards * coeff, rewards)


def soft_overlong_penalty(lengths: Tensor, *, max_length: int, cache_length: int) -> Tensor:
    """Fall linearly from 0 to -1 over the last `cache_length` tokens before the limit.

    DAPO (arXiv 2503.14476) eq. 13; that paper: `max_length` 20480, `cache_length` 4096.

    Args:
        lengths: `[...]` completion lengths in tokens.
        max_length: Length from which on the penalty is -1.
        cache_length: Tokens over which it falls, in 1..max_length.

    Returns:
        `[...]` float64 penalties in [-1, 0], to be added to the rewards.

    Raises:
        ValueError: if `cache_length` is out of range.
    """
    if not 1 <= cache_length <= max_length:
        raise ValueError(f"cache_length must be in 1..max_length ({max_length}), got {cache_length}.")
    return ((max_length - cache_length - lengths.double()) / cache_length).clamp(-1.0, 0.0)


def cosine_length_penalty(lengths: Tensor, *, max_length: int, eta_min: float, eta_max: float) -> Tensor:
    """Fall from `eta_max` at length 0 to `eta_min` at the limit along half a cosine.

    ProRL v2: `eta_min + (eta_max - eta_min) (1 + cos(pi t / T)) / 2`. Its report gives no values for the bounds.

    Args:
        lengths: `[...]` completion lengths t in tokens; longer than the limit counts as the limit.
        max_length: The limit T, at least 1.
        eta_min: Value at the limit, at most `eta_max`.
        eta_max: Value at length 0.

    Returns:
        `[...]` float64 values in [eta_min, eta_max], to be added to the rewards with the coefficient lambda.

    Raises:
        ValueError: if an argument is out of range.
    """
    if max_length < 1:
        raise ValueError(f"max_length must be at least 1, got {max_length}.")
    if not eta_min <= eta_max:
        raise ValueError(f"eta_min must be at most eta_max ({eta_max}), got {eta_min}.")
    progress = (lengths.double() / max_length).clamp(0.0, 1.0)
    return eta_min + 0.5 * (eta_max - eta_min) * (1.0 + torch.cos(math.pi * progress))


def cosine_penalty_is_on(update: int, *, updates_on: int = 100, updates_off: int = 500) -> bool:
    """Return whether the scheduled cosine penalty is in force: on first, then off, and so on.

    ProRL v2 names 100 updates on and 500 off as an example.

    Args:
        update: Number of the update, from 0.
        updates_on: Updates in a row with the penalty, at least 0.
        updates_off: Updates in a row without it, at least 0; 0 for always on.

    Raises:
        ValueError: if a number is negative, or both lengths are 0.
    """
    if update < 0:
        raise ValueError(f"update must be at least 0, got {update}.")
    if updates_on < 0 or updates_off < 0 or updates_on + updates_off == 0:
        raise ValueError(
            f"updates_on and updates_off must be at least 0 and not both 0, got {updates_on} and {updates_off}."
        )
    return update % (updates_on + updates_off) < updates_on


def shaped_rewards(
    rewards: Tensor,
    truncated: Tensor,
    *,
    truncated_coeff: float = 1.0,
    overlong_penalty: Tensor | None = None,
    overlong_coeff: float = 1.0,
    cosine_penalty: Tensor | None = None,
    cosine_coeff: float = 1.0,
) -> Tensor:
    """Combine the penalties: first the factor on truncated completions, then the terms that are added.

    `R' = c R + overlong_coeff P + cosine_coeff eta`, with c = `truncated_coeff` where truncated and 1 elsewhere. In
    this order the factor takes away what the verifier gave and never shrinks a penalty; OpenRLHF multiplies last.

    Args:
        rewards: `[...]` verifier scores.
        truncated: As in `scale_truncated`.
        truncated_coeff: The factor on truncated completions.
        overlong_penalty: `[...]` P of `soft_overlong_penalty`; None for none.
        overlong_coeff: Its coefficient.
        cosine_penalty: `[...]` eta of `cosine_length_penalty`; None for none, as while its schedule is off.
        cosine_coeff: Its coefficient lambda.

    Returns:
        `[...]` rewards.
    """
    shaped = scale_truncated(rewards, truncated, coeff=truncated_coeff)
    for penalty, coeff in ((overlong_penalty, overlong_coeff), (cosine_penalty, cosine_coeff)):
        if penalty is not None:
            shaped = shaped + (coeff * penalty).to(shaped.dtype)
    return shaped
