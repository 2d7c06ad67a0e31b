"""The tables of a report, as data: Markdown and HTML show the same cells."""

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from prorl_rllib.evaluation.boundary.render_text import (
    NONE,
    interval,
    number,
    p_value,
    share,
    share_interval,
    visible,
    yes_or_no,
)
from prorl_rllib.evaluation.boundary.report import (
    OUTCOMES,
    BoundaryReport,
    Counts,
    Difference,
    FamilyReport,
    ModelFigures,
    Novelty,
    Role,
)

WITHIN_FAMILY = ("Model", "Difference")
"""Headings of the second column of tables that have several rows a family."""
TRAINING = {"trained": "trained on", "unseen": "not trained on", None: "not said"}
METHODS = {"all_samples": "all samples", "split_half": "split half"}
REFERENCES = {"corpus": "corpus", "base_samples": "the base's samples"}


class Table(NamedTuple):
    """Attributes: what it shows; headings of the columns; rows of as many cells, the first of which names the row."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def models_table(report: BoundaryReport) -> Table:
    """Say what is compared.

    Args:
        report: The report.
    """
    rows = tuple(
        (
            role,
            visible(facts.label),
            visible(facts.kind.replace("_", " ")),
            NONE if facts.training_iteration is None else str(facts.training_iteration),
            visible(facts.weights_sha256[:12]),
            yes_or_no(facts.same_tokenizer),
            yes_or_no(facts.same_chat_template),
        )
        for role, facts in report.models.items()
    )
    columns = ("Role", "Model", "Kind", "Iterations", "Weights", "Base's tokenizer", "Base's chat template")
    return Table("Models", columns, rows)


def settings_table(report: BoundaryReport) -> Table:
    """Say how was sampled and computed.

    Args:
        report: The report.
    """
    settings = report.settings
    rows = (
        ("answers a task, n", str(settings.samples_per_task)),
        ("temperature", str(settings.temperature)),
        ("top_p", str(settings.top_p)),
        ("longest answer, tokens", str(settings.max_completion_length)),
        ("seed of the sampling", str(settings.seed)),
        ("k", ", ".join(map(str, settings.ks))),
        ("boundary k, K", str(settings.boundary_k)),
        ("tolerance of the regimes", str(settings.tolerance)),
        ("level of the intervals", str(settings.interval_level)),
        ("bootstrap resamples", str(settings.resamples)),
        ("seed of the bootstrap", str(settings.bootstrap_seed)),
        *((f"version of {visible(name)}", visible(version)) for name, version in report.versions.items()),
    )
    return Table("Settings", ("Setting", "Value"), rows)


def families_table(report: BoundaryReport) -> Table:
    """Say what each family is made of.

    Args:
        report: The report.
    """
    rows = tuple(
        (visible(family.name), visible(family.env), visible(json.dumps(family.env_config, sort_keys=True), 1000))
        for family in report.families
    )
    return Table("Families", ("Family", "Environment", "Its config"), rows)


def overview_table(report: BoundaryReport) -> Table:
    """Say in one row a family what it came to.

    Args:
        report: The report.
    """
    top = report.settings.boundary_k
    with_difficulty = any(family.difficulty is not None for family in report.families)
    shares = [(role, k) for k in dict.fromkeys((1, top)) for role in report.models]
    columns = ["Family", "Regime", "Gained", "Lost", "Tasks", *(f"pass@{k} {role}" for role, k in shares), "Training"]
    rows = []
    for family in report.families:
        counts = [family.outcome_counts.get("gained", 0), family.outcome_counts.get("lost", 0), family.num_tasks]
        first = (visible(family.name), family.regime.name, *map(str, counts))
        row = (*first, *(_mean_at(family, role, k) for role, k in shares), TRAINING[family.training])
        rows.append((*row, number(family.difficulty, "g")) if with_difficulty else row)
    columns += ["Difficulty"] if with_difficulty else []
    return Table("Overview", tuple(columns), tuple(rows))


def pass_at_table(report: BoundaryReport) -> Table:
    """Give pass@k of each model on each family, with intervals.

    Args:
        report: The report.
    """
    ks = report.settings.ks
    rows = tuple(
        (visible(family.name), role, *(share_interval(figures.pass_at.get(k)) for k in ks))
        for family, role, figures in _figures(report)
    )
    return Table("pass@k", ("Family", "Model", *(f"k = {k}" for k in ks)), rows)


def differences_table(report: BoundaryReport) -> Table:
    """Give the differences of pass@k between models, paired by task.

    Args:
        report: The report.
    """
    ks = report.settings.ks
    rows = tuple(
        (visible(family.name), _pair(difference), *(interval(difference.pass_at.get(k), "+.3f") for k in ks))
        for family in report.families
        for difference in family.differences
    )
    columns = ("Family", "Difference", *(f"k = {k}" for k in ks))
    return Table("Differences of pass@k, paired by task", columns, rows)


def bound_table(report: BoundaryReport) -> Table:
    """Set mean pass@k beside the bound that the distribution of pass@1 gives.

    Args:
        report: The report.
    """
    ks = [k for k in report.settings.ks if k >= 2]
    rows = tuple(
        (
            visible(family.name),
            role,
            share(figures.mean_at_n.mean),
            number(figures.pass_at_1_variance, ".4f"),
            *(f"{_mean_at(family, role, k)} / {share(figures.pass_at_bound.get(k))}" for k in ks),
        )
        for family, role, figures in _figures(report)
    )
    columns = ("Family", "Model", "Mean of pass@1", "Variance", *(f"k = {k}" for k in ks))
    return Table("pass@k / its bound", columns, rows)


def outcomes_table(report: BoundaryReport) -> Table:
    """Count tasks by outcome, and give the share that base and trained model solved.

    Args:
        report: The report.
    """
    rows = tuple(
        (
            visible(family.name),
            str(family.num_tasks),
            *(str(family.outcome_counts.get(outcome, 0)) for outcome in OUTCOMES),
            *(share_interval(family.models[role].solved_share) for role in report.models),
        )
        for family in report.families
    )
    columns = ("Family", "Tasks", *(outcome.capitalize() for outcome in OUTCOMES))
    return Table("Tasks by outcome", (*columns, *(f"Solved by {role}" for role in report.models)), rows)


def regimes_table(report: BoundaryReport) -> Table:
    """Give the regime of each family and what decided it.

    Args:
        report: The report.
    """
    top = report.settings.boundary_k
    rows = tuple(
        (
            visible(family.name),
            family.regime.name,
            interval(family.regime.pass_at_1, "+.3f"),
            interval(family.regime.trained_minus_base, "+.3f"),
            interval(family.regime.trained_minus_mid, "+.3f"),
            visible(family.regime.reason, 1000),
        )
        for family in report.families
    )
    differences = ("Trained - base at k = 1", f"Trained - base at k = {top}", f"Trained - mid at k = {top}")
    return Table("Regimes", ("Family", "Regime", *differences, "What decided it"), rows)


def correlations_table(report: BoundaryReport) -> Table:
    """Give the correlations of the gain with the strength of the base.

    Args:
        report: The report.
    """
    rows = tuple(
        (
            each.over,
            METHODS[each.method],
            str(each.k),
            str(len(each.points)),
            interval(each.pearson, "+.3f"),
            p_value(each.pearson_p),
            interval(each.spearman, "+.3f"),
            p_value(each.spearman_p),
        )
        for each in report.correlations
    )
    columns = ("Over", "Method", "k", "Points", "Pearson", "p of Pearson", "Spearman", "p of Spearman")
    return Table("Gain against strength of the base", columns, rows)


def answers_table(report: BoundaryReport) -> Table:
    """Describe the answers: rewards, majority, length, entropy, duplicates.

    Args:
        report: The report.
    """
    rows = tuple(
        (
            visible(family.name),
            role,
            f"{figures.num_samples:,}",
            f"{figures.num_failed:,}",
            interval(figures.reward),
            share_interval(figures.mean_at_n),
            share_interval(figures.majority_at_n),
            interval(figures.entropy),
            interval(figures.tokens, ",.1f"),
            interval(figures.characters, ",.1f"),
            share_interval(figures.truncated_share),
            share_interval(figures.duplicate_share),
        )
        for family, role, figures in _figures(report)
    )
    counts = ("Judged samples", "Failed verifications")
    columns = ("Reward", "mean@n", "maj@n", "Entropy", "Tokens", "Characters", "Truncated", "Duplicates")
    return Table("The answers", ("Family", "Model", *counts, *columns), rows)


def novelty_table(report: BoundaryReport) -> Table:
    """Give how much of the answers is in a reference.

    Args:
        report: The report.
    """
    found = [(family, role, each) for family, role, figures in _figures(report) for each in figures.novelty]
    lengths = sorted({length for _, _, each in found for length in each.uniqueness})
    rows = tuple(
        (visible(family.name), role, REFERENCES[each.reference], *_novelty_cells(each, lengths))
        for family, role, each in found
    )
    columns = ("Family", "Model", "Compared with", "Answers", "Right only", "Index", "Longest overlap, words")
    return Table("Novelty", (*columns, *(f"L = {length}" for length in lengths)), rows)


def _novelty_cells(novelty: Novelty, lengths: Sequence[int]) -> tuple[str, ...]:
    """Write the figures of a comparison with a reference."""
    first = (f"{novelty.num_solutions:,}", yes_or_no(novelty.correct_only), interval(novelty.index))
    by_length = (share_interval(novelty.uniqueness.get(length)) for length in lengths)
    return (*first, interval(novelty.longest_overlap, ".1f"), *by_length)


def tasks_table(report: BoundaryReport, family: FamilyReport) -> Table:
    """Give right and judged samples of each task of a family.

    Args:
        report: The report.
        family: One of its families.
    """
    rows = tuple(
        (visible(task.task_id), task.outcome, *(_right(task.counts.get(role)) for role in report.models))
        for task in family.tasks
    )
    columns = ("Task", "Outcome", *(f"{role}: right / judged" for role in report.models))
    return Table(f"Tasks of {visible(family.name)}", columns, rows)


def _right(counts: Counts | None) -> str:
    """Write right and judged samples."""
    return NONE if counts is None else f"{counts.correct} / {counts.samples}"


def _figures(report: BoundaryReport) -> Iterator[tuple[FamilyReport, Role, ModelFigures]]:
    """Go through families and models."""
    for family in report.families:
        for role, figures in family.models.items():
            yield family, role, figures


def _mean_at(family: FamilyReport, role: Role, k: int) -> str:
    """Write mean pass@k of a model on a family."""
    found = family.models[role].pass_at.get(k)
    return share(None if found is None else found.mean)


def _pair(difference: Difference) -> str:
    """Name the two models of a difference."""
    return f"{difference.first} - {difference.second}"
