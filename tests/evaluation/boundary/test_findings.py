"""The verdicts on the findings of `tuned_examples/boundary`."""

import pytest

from prorl_rllib.evaluation.boundary.compare import CompareSettings, compare
from prorl_rllib.evaluation.boundary.family import Family
from prorl_rllib.tuned_examples.boundary._findings import SeedReports, findings

FAST = CompareSettings(resamples=100, novelty=False)
EASY, HARD = "terms-2", "terms-8"


@pytest.fixture
def report(write_samples):
    """A function from right samples of 8 by role and family, for each of 12 tasks, to a report."""

    def make(seed, counts):
        def tasks(family, role):
            # Not all tasks alike, or there would be no correlation over them.
            right = counts[role][family]
            return [[sample < max(0, right - task % 2) for sample in range(8)] for task in range(12)]

        families = [
            Family(
                family,
                {
                    role: write_samples(f"{role}-{family}-{seed}", tasks(family, role), model=role, weights_sha256=role)
                    for role in counts
                },
                difficulty=difficulty,
            )
            for difficulty, family in ((2, EASY), (8, HARD))
        ]
        return compare(families, FAST)

    return make


def seeds_of(report, end_without_resets):
    reports = []
    for seed in range(3):
        better = {"base": {EASY: 2, HARD: 0}, "mid": {EASY: 5, HARD: 3 + seed % 2}, "trained": {EASY: 8, HARD: 9}}
        other = {**better, "trained": end_without_resets}
        reports.append(SeedReports(report(f"{seed}-a", better), report(f"{seed}-b", other)))
    return reports


def test_findings_that_the_figures_bear_out_hold(report):
    text = findings(seeds_of(report, {EASY: 5, HARD: 3}))
    assert [f"Finding {number}: holds" in text for number in (1, 2, 3, 4)] == [True] * 4
    assert "| terms-8 | 12 |" in text
    assert "| terms-2 | 12 |" not in text


def test_without_a_difference_between_the_arms_the_last_finding_does_not_hold(report):
    text = findings(seeds_of(report, {EASY: 8, HARD: 9}))
    assert "Finding 3: holds" in text
    assert "Finding 4: does not hold" in text
