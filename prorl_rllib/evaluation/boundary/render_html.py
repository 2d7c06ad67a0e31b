"""A report as one page that needs nothing else: no network, no script."""

from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from prorl_rllib.evaluation.boundary import render_tables as tables
from prorl_rllib.evaluation.boundary.render_captions import headline, how_to_read, rules
from prorl_rllib.evaluation.boundary.render_plots import Panel, panels, svg
from prorl_rllib.evaluation.boundary.render_text import visible
from prorl_rllib.evaluation.boundary.render_theme import DARK, LIGHT
from prorl_rllib.evaluation.boundary.report import OUTCOMES, BoundaryReport, FamilyReport

TEMPLATE = "report.html.j2"


class Plot(NamedTuple):
    """Attributes: heading; its content in words; the picture as an `<svg>` element."""

    title: str
    alt: str
    svg: Markup


class Section(NamedTuple):
    """One part of the page.

    Attributes:
        name: Its anchor, and the name of its pictures.
        heading: Its heading.
        text: How it is read.
        plots: Its pictures.
        table: Its table, or None.
        folded: Whether the table is folded away at first.
    """

    name: str
    heading: str
    text: str
    plots: list[Plot]
    table: tables.Table | None
    folded: bool = False


def render_html(report: BoundaryReport) -> str:
    """Write the report as a page.

    Args:
        report: The report.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"visible": visible, "by_name": by_name}
    return environment.get_template(TEMPLATE).render(_content(report))


def _content(report: BoundaryReport) -> dict[str, Any]:
    """Return what the template shows."""
    return {
        "report": report,
        "headline": headline(report),
        "rules": rules(report),
        "overview": tables.overview_table(report),
        "sections": [
            section for section in _sections(report) if section.plots or (section.table and section.table.rows)
        ],
        "details": [(family.name, _counts(family), tables.tasks_table(report, family)) for family in report.families],
        "texts": how_to_read(report),
        "made_of": [tables.families_table(report), tables.models_table(report), tables.settings_table(report)],
        "outcomes": OUTCOMES,
        "light": LIGHT,
        "dark": DARK,
    }


def _sections(report: BoundaryReport) -> list[Section]:
    """Return the parts with figures, in their order."""
    texts = how_to_read(report)
    drawn = {
        name: [_plot(panel, f"{name}-{i}") for i, panel in enumerate(each)] for name, each in panels(report).items()
    }
    parts = [
        ("pass_at_k", "pass@k", tables.pass_at_table(report), False),
        ("differences", "Differences between the models", tables.differences_table(report), True),
        ("regimes", "Regimes", tables.regimes_table(report), False),
        ("outcomes", "Gained, lost, kept", tables.outcomes_table(report), False),
        ("gain", "Gain against strength of the base", tables.correlations_table(report), False),
        ("difficulty", "Difficulty", None, False),
        ("pass_at_1", "How pass@1 spreads over tasks", None, False),
        ("bound", "pass@k and the bound of its distribution", tables.bound_table(report), True),
        ("answers", "The answers", tables.answers_table(report), True),
        ("novelty", "Novelty", tables.novelty_table(report), True),
    ]
    return [
        Section(name, heading, texts[name], drawn.get(name, []), table, folded)
        for name, heading, table, folded in parts
    ]


def by_name(table: tables.Table) -> list[tuple[str, list[tuple[str, ...]]]]:
    """Gather the rows of a family where a table has several, under its name; else each row is by itself.

    Args:
        table: The table.
    """
    if table.columns[1] not in tables.WITHIN_FAMILY:
        return [(row[0], [row]) for row in table.rows]
    return [(name, list(rows)) for name, rows in groupby(table.rows, key=itemgetter(0))]


def _plot(panel: Panel, salt: str) -> Plot:
    """Draw a panel."""
    return Plot(visible(panel.title), panel.alt, Markup(svg(panel, salt)))


def _counts(family: FamilyReport) -> str:
    """Write the tasks of a family by outcome."""
    return ", ".join(f"{family.outcome_counts.get(outcome, 0)} {outcome}" for outcome in OUTCOMES)
