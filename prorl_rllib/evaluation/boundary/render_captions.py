"""The sentences of a report: what it came to, how each part is read, and what a picture shows for who cannot see it."""

from collections import Counter
from collections.abc import Iterable

from prorl_rllib.evaluation.boundary.render_text import share, visible
from prorl_rllib.evaluation.boundary.report import (
    OUTCOMES,
    BoundaryReport,
    DifficultyCurve,
    FamilyReport,
    GainCorrelation,
    Interval,
)


def headline(report: BoundaryReport) -> list[str]:
    """Say in a few sentences what the comparison came to.

    Args:
        report: The report.
    """
    total: Counter[str] = Counter()
    for family in report.families:
        total.update(family.outcome_counts)
    n, num_tasks = report.settings.samples_per_task, sum(family.num_tasks for family in report.families)
    regimes = Counter(family.regime.name for family in report.families)
    return [
        f"{total['gained']:,} of {num_tasks:,} tasks were gained: of {n} samples a task, none of the base's is right "
        "and at least one of the trained model's is.",
        f"{total['lost']:,} were lost, {total['kept']:,} kept, {total['unsolved']:,} are unsolved by both.",
        f"Regimes of the families: {', '.join(f'{count} {name}' for name, count in regimes.most_common())}.",
        *(_unsolved_by_base(family) for family in report.families if family.models["base"].solved_share.mean == 0.0),
    ]


def _unsolved_by_base(family: FamilyReport) -> str:
    """Say that the base solves nothing of a family, and what the trained model does."""
    base, trained = family.models["base"].solved_share, family.models["trained"].solved_share
    return (
        f"{visible(family.name)}: the base solved none of {family.num_tasks} tasks (upper bound of the share it "
        f"solves: {share(base.high)}), the trained model a share of {share(trained.mean)}."
    )


def rules(report: BoundaryReport) -> list[str]:
    """Return the rules by which the regimes were given, each once.

    Args:
        report: The report.
    """
    return list(dict.fromkeys(family.regime.rule for family in report.families))


def how_to_read(report: BoundaryReport) -> dict[str, str]:
    """Say of each part of a report how it is read.

    Args:
        report: The report.

    Returns:
        Texts by the part's name.
    """
    level, n, top = 100 * report.settings.interval_level, report.settings.samples_per_task, report.settings.boundary_k
    brackets = f"Brackets and bands are {level:g} % intervals by bootstrap over tasks."
    return {
        "overview": f"Means over the tasks of a family. K = {top} is the k at which boundaries are compared.",
        "pass_at_k": (
            "pass@k is the chance that at least one of k answers to a task is right, as a mean over tasks. A curve "
            "that lies above the base's up to the largest k belongs to a model that solves tasks the base did not; one "
            f"that starts above it and meets it finds with fewer attempts what the base finds too. {brackets}"
        ),
        "differences": f"The same tasks by both models, so that the tasks' own spread cancels. {brackets}",
        "regimes": f"How pass@1 and pass@{top} moved, by the rule below. The paper gives none.",
        "outcomes": (
            f"Of {n} samples a task. Gained: none of the base's is right, at least one of the trained model's is. "
            "Lost: the other way round. Kept: both have right ones. Unsolved: neither. A task that a model solves once "
            "in many samples changes its column by luck; the intervals of the shares, exact ones of Clopper and "
            "Pearson, are over tasks and do not hold that luck."
        ),
        "gain": (
            f"What training added to pass@{top}, against the base's own. Points that coincide to two decimals are "
            "drawn as one larger point. The dotted lines are the most and the least a gain can be: a strong base "
            "leaves little to gain, which alone makes the correlation negative. With all samples the luck of the base "
            "is in both coordinates and does so as well; split half takes the strength of the base from one half of "
            "its samples and the gain from the other."
        ),
        "difficulty": "Families of one environment in the order of difficulty; grey stripes mark those trained on.",
        "pass_at_1": (
            "Tasks by the share of their samples that are right. The first bar counts tasks without a right sample, "
            "the last one those with right samples only; between them stands a bar for each tenth. The bars of a "
            "family have one scale."
        ),
        "bound": (
            "Mean pass@k beside the most that mean and variance of pass@1 over tasks allow: "
            "1 - ((1 - mean)² + variance)^(k/2), equation 5 of the paper. The estimate may exceed it a little, because "
            "mean and variance are themselves estimated."
        ),
        "answers": (
            "mean@n is the mean share of right samples, maj@n the share of tasks whose most frequent answer is right. "
            "Entropy is in nats a token, of the distribution that was sampled from. Truncated answers ran into the "
            "length limit; duplicates equal an earlier answer to the same task to the letter."
        ),
        "novelty": (
            "L-uniqueness is the share of words that are in no run of L or more words that the reference holds too; "
            "the index is its sum over L. Figures compare over the same reference only, and not with the paper's."
        ),
        "tasks": "Right samples of those that were judged. A failed verification counts as no sample.",
    }


def pass_at_k_alt(family: FamilyReport, ks: Iterable[int]) -> str:
    """Describe the curves of a family.

    Args:
        family: The family.
        ks: The k that are drawn.
    """
    curves = []
    for role, figures in family.models.items():
        found = [k for k in ks if k in figures.pass_at]
        ends = [f"{share(figures.pass_at[k].mean)} at k = {k}" for k in dict.fromkeys((*found[:1], *found[-1:]))]
        curves.append(f"{role} {' and '.join(ends) or 'has no figure'}")
    return f"Curves of pass@k over k of {visible(family.name)}: {'; '.join(curves)}."


def pass_at_1_alt(family: FamilyReport) -> str:
    """Describe the distribution of a family's tasks.

    Args:
        family: The family.
    """
    ends = []
    for role, figures in family.models.items():
        never = sum(each.count for each in figures.histogram if each.high == 0.0)
        always = sum(each.count for each in figures.histogram if each.low == 1.0)
        ends.append(f"{role} solves {never} never, {always} always")
    return f"Bars of the {family.num_tasks} tasks of {visible(family.name)} by pass@1: {'; '.join(ends)}."


def outcomes_alt(report: BoundaryReport) -> str:
    """Describe the bars of the outcomes.

    Args:
        report: The report.
    """
    bars = (
        f"{visible(family.name)} " + ", ".join(f"{family.outcome_counts.get(each, 0)} {each}" for each in OUTCOMES)
        for family in report.families
    )
    return f"Bars of tasks by outcome: {'; '.join(bars)}."


def gain_alt(correlation: GainCorrelation) -> str:
    """Describe a plot of gain against strength of the base.

    Args:
        correlation: The points.
    """
    pearson = correlation.pearson
    found = "no correlation can be computed" if pearson is None else f"Pearson's correlation {pearson.mean:+.3f}"
    points = f"Points of {len(correlation.points):,} {correlation.over}"
    return f"{points}: gain over pass@{correlation.k} of the base; {found}."


def difficulty_alt(report: BoundaryReport, curve: DifficultyCurve, k: int) -> str:
    """Describe the curves over the difficulty.

    Args:
        report: The report.
        curve: The families.
        k: Of pass@k.
    """
    easiest, hardest = (report.family(name) for name in (curve.families[0], curve.families[-1]))
    ends = [
        f"{role} from {_mean(easiest.models[role].pass_at.get(k))} to {_mean(hardest.models[role].pass_at.get(k))}"
        for role in report.models
    ]
    span = f"difficulty {curve.difficulties[0]:g} to {curve.difficulties[-1]:g}"
    return f"Curves of pass@{k} over {span} of {visible(curve.env)}: {'; '.join(ends)}."


def _mean(estimate: Interval | None) -> str:
    """Write the mean of an estimate."""
    return share(None if estimate is None else estimate.mean)
