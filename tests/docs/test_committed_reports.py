"""The boundary reports under docs/: what they say is what this release writes."""

from pathlib import Path

import pytest

from prorl_rllib.evaluation.boundary.render_markdown import render_markdown
from prorl_rllib.evaluation.boundary.render_plots import panels
from prorl_rllib.evaluation.boundary.report import BoundaryReport

FOLDERS = sorted((Path(__file__).parents[2] / "docs" / "boundary_reproduction").glob("seed-*"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_committed_report_is_read_and_shown_as_it_is_committed(folder):
    report = BoundaryReport.model_validate_json((folder / "report.json").read_text(encoding="utf-8"))
    shown = render_markdown(report, list(panels(report)))
    assert shown == (folder / "report.md").read_text(encoding="utf-8")
    assert all(model.label.startswith("boundary/") for model in report.models.values())


def test_both_arms_of_three_seeds_are_committed():
    assert [folder.name for folder in FOLDERS] == [
        f"seed-{seed}-{arm}" for seed in range(3) for arm in ("no-resets", "resets")
    ]
