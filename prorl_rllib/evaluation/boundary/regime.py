"""Diminish, plateau or sustained: what prolonged training did to pass@K on a family of tasks."""

from prorl_rllib.evaluation.boundary.report import Interval, Regime, RegimeName

TOLERANCE = 0.02
"""What pass@K may differ by and still count as equal: ours."""
LEAST_TASKS = 10
"""Tasks below which no regime is named: so few can agree by chance, and the bootstrap does not show it."""


def regime(
    k: int,
    num_tasks: int,
    pass_at_1: Interval | None,
    trained_minus_base: Interval | None,
    trained_minus_mid: Interval | None,
    tolerance: float = TOLERANCE,
    num_mid_tasks: int | None = None,
) -> Regime:
    """Name the regime of a family.

    ProRL (arXiv 2505.24864, section 4) names three and gives no rule. Ours is the one that `rule` states; what the
    intervals leave open is "undetermined".

    Args:
        k: K, of the pass@K that is compared.
        num_tasks: Tasks that are compared at K.
        pass_at_1: Trained - base at k = 1.
        trained_minus_base: At K; None if it is not known.
        trained_minus_mid: At K; None if it is not known.
        tolerance: What counts as equal, at least 0.
        num_mid_tasks: Tasks that are compared with mid at K; None for all of them.
    """
    few = num_mid_tasks is not None and num_mid_tasks < LEAST_TASKS
    name, reason = _decide(k, num_tasks, pass_at_1, trained_minus_base, None if few else trained_minus_mid, tolerance)
    if few and trained_minus_mid is not None and name == "undetermined":
        reason += f" Of mid, {num_mid_tasks} tasks have {k} judged samples; {LEAST_TASKS} are needed."
    return Regime(
        name=name,
        rule=rule(k, tolerance),
        reason=reason,
        pass_at_1=pass_at_1,
        trained_minus_base=trained_minus_base,
        trained_minus_mid=trained_minus_mid,
    )


def rule(k: int, tolerance: float) -> str:
    """Return the rule as a text.

    Args:
        k: K, of the pass@K that is compared.
        tolerance: What counts as equal.
    """
    return (
        f"Diminish: pass@1 of trained is above base (interval above 0), and pass@{k} is not (interval of trained - "
        f"base at most {tolerance:g}). Plateau: pass@{k} of trained is above base (interval above {tolerance:g}) and "
        f"not above mid (interval of trained - mid at most {tolerance:g}). Sustained: pass@{k} of trained is above "
        f"base and above mid (both intervals above {tolerance:g}). Else, and with fewer than {LEAST_TASKS} tasks, "
        "undetermined."
    )


def _decide(
    k: int, num_tasks: int, first: Interval | None, base: Interval | None, mid: Interval | None, tolerance: float
) -> tuple[RegimeName, str]:
    """Return the regime and what decided it."""
    if base is None or first is None or num_tasks < LEAST_TASKS:
        return "undetermined", f"{num_tasks} tasks have {k} judged samples of both models; {LEAST_TASKS} are needed."
    over_base = f"trained - base is {show(base)} at k={k}"
    if base.high <= tolerance:
        if first.low > 0.0:
            return "diminish", f"{over_base}, and {show(first)} at k=1."
        return "undetermined", f"{over_base}, and {show(first)} at k=1: pass@1 is not surely above base either."
    if base.low <= tolerance:
        return "undetermined", f"{over_base}: neither surely at most {tolerance:g} nor surely above it."
    if mid is None:
        return "undetermined", f"{over_base}, above base; plateau and sustained are told apart by a middle model."
    over_both = f"{over_base}, and trained - mid is {show(mid)}"
    if mid.high <= tolerance:
        return "plateau", f"{over_both}."
    if mid.low > tolerance:
        return "sustained", f"{over_both}."
    return "undetermined", f"{over_both}: neither surely at most {tolerance:g} nor surely above it."


def show(interval: Interval) -> str:
    """Write an interval such as "+0.120 [+0.050, +0.190]".

    Args:
        interval: Of a difference.
    """
    return f"{interval.mean:+.3f} [{interval.low:+.3f}, {interval.high:+.3f}]"
