"""The verdicts on the findings of `tuned_examples/boundary`."""

import pytest

from prorl_rllib.evaluation.boundary.compare import CompareSettings, compare
from prorl_rllib.evaluation.boundary.family import Family
from prorl_rllib.tuned_examples.boundary._findings import SeedReports, findings

FAST = CompareSettings(resamples=100, novelty=False)
EASY, HARD = "terms-2", "terms-8"


@pytest.fixture
def report(write_samples):
    """A function from right samples of 8 by role and family, for each of 40 tasks, to a report."""

    def make(seed, name, counts):
        def tasks(family, role):
            # Not all tasks alike, or there would be no correlation over them.
            right = counts[role][family]
            return [[sample < max(0, right - task % 2) for sample in range(8)] for task in range(40)]

        families = [
            Family(
                family,
                {
                    role: write_samples(
                        f"{role}-{family}-{name}",
                        tasks(family, role),
                        model=f"{role}-{seed}",
                        weights_sha256=f"{role}-{seed}",
                    )
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
        reports.append(SeedReports(report(seed, f"{seed}-a", better), report(seed, f"{seed}-b", other)))
    return reports


def test_findings_that_the_figures_bear_out_hold(report):
    text = findings(seeds_of(report, {EASY: 5, HARD: 3}))
    assert [f"Finding {number}: holds" in text for number in (1, 2, 3, 4)] == [True] * 4
    for seed in range(3):
        assert f"| terms-8 | base-{seed} | 40 | 0.088 |" in text
    assert "| terms-2 |" not in text
    assert "solves 1.000 [1.000, 1.000] (at least one answer of 8)" in text


def test_without_a_difference_between_the_arms_the_last_finding_does_not_hold(report):
    text = findings(seeds_of(report, {EASY: 8, HARD: 9}))
    assert "Finding 3: holds" in text
    assert "Finding 4: does not hold" in text


def test_a_finding_of_which_one_half_holds_says_which(report):
    reports = seeds_of(report, {EASY: 5, HARD: 3})
    # What the middle model solves is what the trained one does.
    counts = {"base": {EASY: 2, HARD: 0}, **{role: {EASY: 8, HARD: 9} for role in ("mid", "trained")}}
    late = [SeedReports(report(seed, f"{seed}-c", counts), each.no_resets) for seed, each in enumerate(reports)]
    assert "Finding 3: holds for the weakness alone" in findings(late)


def test_a_seed_that_is_given_twice_is_refused(report):
    first, second, third = seeds_of(report, {EASY: 5, HARD: 3})
    with pytest.raises(ValueError, match=r"1 and 3 of the 4 seeds.*weights_sha256 base-0.*; 2 and 4"):
        findings([first, second, first, second])
    with pytest.raises(ValueError, match="2 and 3 of the 3 seeds"):
        findings([first, third, third])
