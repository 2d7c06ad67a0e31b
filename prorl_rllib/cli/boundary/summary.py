"""Show what a boundary report found, in one table."""

from prorl_rllib.cli.console import say
from prorl_rllib.cli.tables import show_table
from prorl_rllib.evaluation.boundary.report import OUTCOMES, BoundaryReport, FamilyReport


def show_summary(report: BoundaryReport) -> None:
    """Print a line a family: pass@1 and pass@K of each model, what became of the tasks, the regime.

    Args:
        report: the report.
    """
    ks = sorted({1, report.settings.boundary_k})
    columns = ["family", "tasks", *(f"{role} pass@{k}" for role in report.models for k in ks), *OUTCOMES, "regime"]
    show_table("Boundary", columns, [_row(family, ks) for family in report.families])
    for role, facts in report.models.items():
        if facts.same_tokenizer is False or facts.same_chat_template is False:
            say(f"The {role} model reads text in another way than the base; see the notes of the report.", "yellow")


def _row(family: FamilyReport, ks: list[int]) -> list[str]:
    """Return the texts of one line."""
    estimates = [figures.pass_at.get(k) for figures in family.models.values() for k in ks]
    return [
        family.name,
        str(family.num_tasks),
        *("-" if each is None else f"{each.mean:.3f}" for each in estimates),
        *(str(family.outcome_counts[outcome]) for outcome in OUTCOMES),
        family.regime.name,
    ]
