"""A boundary report as files for people: Markdown, a page, pictures."""

from pathlib import Path

from prorl_rllib.evaluation.boundary.render_html import render_html
from prorl_rllib.evaluation.boundary.render_markdown import render_markdown
from prorl_rllib.evaluation.boundary.render_plots import write_pngs
from prorl_rllib.evaluation.boundary.report import BoundaryReport

MARKDOWN, PAGE = "report.md", "report.html"


def render_report(report: BoundaryReport, folder: Path) -> list[Path]:
    """Write Markdown, page and pictures of a report; files of their names are replaced.

    Args:
        report: The report.
        folder: Where they go; it is made if it is not there.

    Returns:
        The files: `report.md`, `report.html`, and a PNG file a picture.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pictures = write_pngs(report, folder)
    markdown, page = folder / MARKDOWN, folder / PAGE
    markdown.write_text(render_markdown(report, [path.stem for path in pictures]), encoding="utf-8")
    page.write_text(render_html(report), encoding="utf-8")
    return [markdown, page, *pictures]
