"""A report as Markdown, short; the page has more."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from prorl_rllib.evaluation.boundary.render_captions import headline, how_to_read, rules
from prorl_rllib.evaluation.boundary.render_tables import (
    Table,
    correlations_table,
    families_table,
    models_table,
    outcomes_table,
    overview_table,
    pass_at_table,
    regimes_table,
    settings_table,
)
from prorl_rllib.evaluation.boundary.render_text import visible
from prorl_rllib.evaluation.boundary.report import BoundaryReport

# What Markdown, or HTML within it, takes for a mark wherever it stands. A closing bracket matters where the target of a
# link could follow.
MARKS = re.compile(r"([\\`*_|~#$]|<(?=[a-zA-Z/!?])|&(?=[#\w])|\](?=[(\[:])|\[(?=\^))")
# What it takes for a mark at the beginning of a line: a quotation, a list within the list, a rule.
LEADING = re.compile(r"^(?:([-+>=])|(\d+)([.)])(?=\s))")
# Where a link is made of a bare address.
ADDRESS = re.compile(r"(?i)(?<=http):(?=//)|(?<=https):(?=//)|(?<=ftp):(?=//)|(?<=www)\.|(?<=\w)@(?=[\w-]*\.)")


class Part(NamedTuple):
    """Attributes: heading; name of its text on how it is read, or ""; name of its picture, or ""; its table."""

    heading: str
    text: str
    picture: str
    table: Table


def render_markdown(report: BoundaryReport, pictures: Sequence[str]) -> str:
    """Write the report as Markdown.

    Args:
        report: The report.
        pictures: Names of the PNG files beside it, without their ending.
    """
    blocks = [
        "# Boundary report",
        _items(headline(report)),
        *(["## Notes", _items(report.notes)] if report.notes else []),
        *(block for part in _parts(report) for block in _blocks(part, report, pictures)),
    ]
    return "\n\n".join(blocks) + "\n"


def _parts(report: BoundaryReport) -> list[Part]:
    """Return the parts in their order."""
    return [
        Part("Overview", "overview", "", overview_table(report)),
        Part("pass@k", "pass_at_k", "pass_at_k", pass_at_table(report)),
        Part("Gained, lost, kept", "outcomes", "outcomes", outcomes_table(report)),
        Part("Regimes", "regimes", "", regimes_table(report)),
        Part("Gain against strength of the base", "gain", "gain", correlations_table(report)),
        Part("Families", "", "", families_table(report)),
        Part("Models", "", "", models_table(report)),
        Part("Settings", "", "", settings_table(report)),
    ]


def _blocks(part: Part, report: BoundaryReport, pictures: Sequence[str]) -> Iterator[str]:
    """Write one part, without what it has no figures for; the pictures that no table goes with follow pass@k."""
    if not part.table.rows:
        return
    yield f"## {part.heading}"
    if part.text:
        yield escaped(how_to_read(report)[part.text])
    if part.text == "regimes":
        yield _items(rules(report))
    yield markdown_table(part.table)
    beside = (part.picture, *(("difficulty", "pass_at_1") if part.picture == "pass_at_k" else ()))
    for name in beside:
        if name in pictures:
            yield f"![{name.replace('_', ' ')}]({name}.png)"


def _items(sentences: Sequence[str]) -> str:
    """Write sentences as a list."""
    return "\n".join(f"- {_leading_escaped(escaped(visible(sentence, 2000)))}" for sentence in sentences)


def markdown_table(table: Table) -> str:
    """Write a table.

    Args:
        table: The table; its cells are escaped.
    """
    lines = [table.columns, ("---",) * len(table.columns), *(map(escaped, row) for row in table.rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def escaped(text: str) -> str:
    r"""Escape a text so that Markdown shows it as it is.

    Args:
        text: A text in one line.
    """
    return ADDRESS.sub(lambda found: f"&#{ord(found[0])};", MARKS.sub(r"\\\1", text))


def _leading_escaped(text: str) -> str:
    """Escape what would be a mark because it begins a line."""
    return LEADING.sub(lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}", text)
