"""The four findings of the reproduction, over the reports of all seeds: figures, intervals, verdicts."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from prorl_rllib.evaluation.boundary.render_text import interval
from prorl_rllib.evaluation.boundary.report import BoundaryReport, Role
from prorl_rllib.sweeps.statistics import plain, signed, t_interval
from prorl_rllib.tuned_examples.boundary._ladder import NO_RESETS_FOLDER, RESETS_FOLDER

ABOVE = 0.9
"""What families that the base never solves are to end above."""


@dataclass(frozen=True)
class SeedReports:
    """The reports on both arms of one seed, of the same base and tasks."""

    resets: BoundaryReport
    no_resets: BoundaryReport


def read_reports(folder: Path) -> SeedReports:
    """Read what was made of a seed.

    Args:
        folder: the seed's folder of results.

    Raises:
        OSError: if a report is missing.
        ValueError: if a file is no report.
    """
    resets, no_resets = (
        BoundaryReport.model_validate_json((folder / name / "report.json").read_text(encoding="utf-8"))
        for name in (RESETS_FOLDER, NO_RESETS_FOLDER)
    )
    return SeedReports(resets, no_resets)


def findings(seeds: Sequence[SeedReports]) -> str:
    """Write the findings as Markdown.

    Args:
        seeds: reports of each seed, at least two.

    Raises:
        ValueError: naming seeds that have the same base: one counted twice would make the intervals too narrow.
    """
    _check_bases(seeds)
    parts = [_every_k(seeds), _never_solved(seeds), _duration_and_weakness(seeds), _resets(seeds)]
    note = (
        f"Means over {len(seeds)} seeds, each with a base of its own; in brackets 95 % intervals over seeds (Student's "
        "t). A finding holds if its interval does."
    )
    return "\n\n".join([note, *parts]) + "\n"


def _check_bases(seeds: Sequence[SeedReports]) -> None:
    """Refuse a seed that is given twice."""
    bases = [seed.resets.models["base"] for seed in seeds]
    same = [
        f"{one + 1} and {other + 1} of the {len(seeds)} seeds have the same base, {bases[other].label} "
        f"(weights_sha256 {bases[other].weights_sha256})"
        for one, other in itertools.combinations(range(len(seeds)), 2)
        if bases[one].weights_sha256 == bases[other].weights_sha256
    ]
    if same:
        raise ValueError(f"{'; '.join(same)}: give each seed once.")


def pass_at(report: BoundaryReport, role: Role, k: int, family: str | None = None) -> float:
    """Return pass@k of a model, the mean over families unless one is named.

    Args:
        report: a report.
        role: which model.
        k: the k.
        family: name of a family; None for all.
    """
    names = [family] if family else [each.name for each in report.families]
    return fmean(report.family(name).models[role].pass_at[k].mean for name in names)


def _gain(report: BoundaryReport, first: Role, second: Role, k: int) -> float:
    return pass_at(report, first, k) - pass_at(report, second, k)


def _every_k(seeds: Sequence[SeedReports]) -> str:
    """Finding 1: trained above base at every k."""
    rows, holds = [], True
    for k in seeds[0].resets.settings.ks:
        base, trained = (
            plain(t_interval([pass_at(seed.resets, role, k) for seed in seeds])) for role in ("base", "trained")
        )
        gain = t_interval([_gain(seed.resets, "trained", "base", k) for seed in seeds])
        rows.append(f"| {k} | {base} | {trained} | {signed(gain)} |")
        holds = holds and gain.sign > 0
    table = ["| k | base | trained | trained - base |", "|---|---|---|---|", *rows]
    return _finding(1, "The trained model is above the base at every k, over all families.", holds, "\n".join(table))


def _never_solved(seeds: Sequence[SeedReports]) -> str:
    """Finding 2: the families of which a seed's base solves nothing."""
    samples, rows, ends = seeds[0].resets.settings.samples_per_task, [], []
    for seed in seeds:
        for family in seed.resets.families:
            if family.outcome_counts["kept"] + family.outcome_counts["lost"]:
                continue
            trained, other = (each.family(family.name).models["trained"] for each in (seed.resets, seed.no_resets))
            ends.append(trained.pass_at[samples])
            figures = [interval(each) for each in (trained.pass_at[1], ends[-1], other.pass_at[samples])]
            first, bound = [family.name, seed.resets.models["base"].label], family.models["base"].solved_share.high
            rows.append(f"| {' | '.join([*first, str(family.num_tasks), f'{bound:.3f}', *figures])} |")
    claim = (
        f"Families of which a base solves nothing in {samples} answers a task end above {ABOVE} at pass@{samples} "
        "(intervals over tasks)."
    )
    head = (
        f"| family | base | tasks | upper bound of the share it solves | with resets, pass@1 | with resets, "
        f"pass@{samples} | without, pass@{samples} |\n|---|---|---|---|---|---|---|"
    )
    table = "\n".join([head, *rows]) if rows else "There is no such family."
    shares = [_share_of_unsolved(seed.resets) for seed in seeds]
    text = (
        f"Of the single tasks that a base never solves, over all families, the model trained with resets solves "
        f"{plain(t_interval(shares))} (at least one answer of {samples})."
    )
    return _finding(2, claim, bool(ends) and all(end.low > ABOVE for end in ends), f"{table}\n\n{text}")


def _share_of_unsolved(report: BoundaryReport) -> float:
    """Return the share of the tasks without a right answer of the base to which the trained model has one."""
    counts = [family.outcome_counts for family in report.families]
    gained = sum(count["gained"] for count in counts)
    return gained / max(1, gained + sum(count["unsolved"] for count in counts))


def _duration_and_weakness(seeds: Sequence[SeedReports]) -> str:
    """Finding 3: the gain grows with the training's duration and the base's weakness."""
    boundary_k = seeds[0].resets.settings.boundary_k
    later = {k: t_interval([_gain(seed.resets, "trained", "mid", k) for seed in seeds]) for k in (1, boundary_k)}
    correlation = t_interval([_rank_correlation(seed.resets) for seed in seeds])
    text = (
        f"From the middle to the end pass@1 changes by {signed(later[1])}, pass@{boundary_k} by "
        f"{signed(later[boundary_k])}. The rank correlation, over tasks, of the base's pass@{boundary_k} and the gain "
        f"is {signed(correlation)} (split halves: the base's strength and the gain are from different samples)."
    )
    claim = "The gain grows with the duration of the training and with the weakness of the base."
    with_duration, with_weakness = later[1].sign > 0, correlation.sign < 0
    if with_duration != with_weakness:
        return _finding(3, claim, f"holds for the {'duration' if with_duration else 'weakness'} alone", text)
    return _finding(3, claim, with_duration, text)


def _rank_correlation(report: BoundaryReport) -> float:
    """Return Spearman's correlation over tasks of base strength and gain, by split halves."""
    for found in report.correlations:
        if found.over == "tasks" and found.method == "split_half" and found.spearman is not None:
            return found.spearman.mean
    raise ValueError("the report has no correlation over tasks by split halves.")


def _resets(seeds: Sequence[SeedReports]) -> str:
    """Finding 4: with resets it keeps improving where without them it stalls."""
    arms = {"with resets": [seed.resets for seed in seeds], "without": [seed.no_resets for seed in seeds]}
    ends = {arm: [pass_at(report, "trained", 1) for report in reports] for arm, reports in arms.items()}
    later = {
        arm: t_interval([_gain(report, "trained", "mid", 1) for report in reports]) for arm, reports in arms.items()
    }
    difference = t_interval([one - other for one, other in zip(*ends.values(), strict=True)])
    rows = [f"| {arm} | {plain(t_interval(ends[arm]))} | {signed(later[arm])} |" for arm in arms]
    table = ["| arm | pass@1 at the end | from the middle to the end |", "|---|---|---|", *rows]
    text = "\n".join([*table, "", f"With resets minus without, at the end: {signed(difference)}."])
    claim = "With KL and resets it keeps improving where without resets it stalls."
    return _finding(4, claim, difference.sign > 0 and later["with resets"].sign > 0, text)


def _finding(number: int, claim: str, verdict: bool | str, text: str) -> str:
    """Write one finding."""
    if not isinstance(verdict, str):
        verdict = "holds" if verdict else "does not hold at this size"
    return f"## Finding {number}: {verdict}\n\n{claim}\n\n{text}"
