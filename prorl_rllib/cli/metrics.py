"""Read metrics out of the nested result of an iteration."""

from collections.abc import Mapping
from numbers import Real
from typing import Any

Result = Mapping[str, Any]


def lookup(result: Result, path: str) -> Any:
    """Follow `path` into a nested result.

    Args:
        result: what `Algorithm.train()` returned, or a line of `result.json`.
        path: keys joined by "/", such as `env_runners/episode_return_mean`.

    Returns:
        The value, or None where a key is missing.
    """
    value: Any = result
    for key in path.split("/"):
        if not isinstance(value, Mapping) or key not in value:
            return None
        value = value[key]
    return value


def number(result: Result, path: str) -> float | None:
    """Follow `path` into a nested result, to a number.

    Args:
        result: as in `lookup`.
        path: as in `lookup`.

    Returns:
        The value as a float (NaN included), or None where it is missing or no number.
    """
    value = lookup(result, path)
    return float(value) if isinstance(value, Real) else None


def pass_at_1(result: Result, evaluation: str) -> dict[str, float]:
    """Read the share of held-out tasks solved at the first attempt.

    Args:
        result: as in `lookup`.
        evaluation: `evaluation`, or `evaluation_initial` for the one before training.

    Returns:
        pass@1 in [0, 1] under "all" and under each domain's name; empty when there was no such evaluation.
    """
    return _by_domain(result, evaluation, "pass@1")


def num_tasks(result: Result, evaluation: str) -> dict[str, float]:
    """Read how many held-out tasks an evaluation had.

    Args:
        result: as in `lookup`.
        evaluation: as in `pass_at_1`.

    Returns:
        Number of tasks under "all" and under each domain's name; empty when there was no such evaluation.
    """
    return _by_domain(result, evaluation, "num_tasks")


def _by_domain(result: Result, evaluation: str, name: str) -> dict[str, float]:
    """Collect the metric `name` of an evaluation, over all and by domain."""
    over_all = number(result, f"{evaluation}/env_runners/{name}")
    if over_all is None:
        return {}
    values = {"all": over_all}
    for domain, metrics in sorted((lookup(result, f"{evaluation}/env_runners/domains") or {}).items()):
        if (value := number(metrics, name)) is not None:
            values[domain] = value
    return values


def is_prorl(result: Result) -> bool:
    """Whether a result is one of ProRL's, with groups, a reference model and verifiers behind it."""
    return isinstance(lookup(result, "prorl"), Mapping)


def domains(result: Result) -> list[str]:
    """List the domains that were sampled from in an iteration, sorted by name."""
    return sorted(lookup(result, "env_runners/domains") or {})
