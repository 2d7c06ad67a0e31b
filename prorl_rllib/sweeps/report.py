"""The report on a sweep with arms and seeds: one table, one picture, a verdict in words."""

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from prorl_rllib.sweeps.arms import Arm
from prorl_rllib.sweeps.picture import draw_arms
from prorl_rllib.sweeps.statistics import paired_difference, plain, signed, t_interval, verdict
from prorl_rllib.sweeps.trials import Trial, read_trials

TABLE, PICTURE = "report.md", "report.png"
FINAL_EVALUATIONS = 3
"""Newest evaluations of a trial whose mean is its result."""


def report_on_arms(
    folders: Sequence[Path],
    arms: Sequence[Arm],
    *,
    baseline: str,
    pairs: Sequence[tuple[str, str]] = (),
    title: str,
) -> list[Path]:
    """Write table and picture of a sweep into its first folder, and print the table.

    Args:
        folders: folders of experiments, which may be parts of one sweep.
        arms: the arms of the sweep.
        baseline: name of the arm that all others are compared with.
        pairs: names of two arms to compare besides.
        title: heading.

    Returns:
        The files.

    Raises:
        FileNotFoundError: if there is no evaluated trial.
    """
    trials = read_trials(folders, arms)
    text = f"# {title}\n\n{table(trials, baseline)}\n\n{verdicts(trials, baseline, pairs)}\n"
    written = folders[0] / TABLE
    written.write_text(text)
    drawn = draw_arms(trials, folders[0] / PICTURE, title=title, evaluations=FINAL_EVALUATIONS)
    print(f"\n{text}\nTable and picture: {written}, {drawn}")
    return [written, drawn]


def table(trials: Sequence[Trial], baseline: str) -> str:
    """Write a Markdown table, a line an arm.

    Args:
        trials: the trials, in the order of the arms.
        baseline: name of the arm that the others are compared with.
    """
    scores = scores_by_arm(trials)
    lines = [
        f"| arm | seeds | resets | held-out pass@1 at the end | difference to {baseline} |",
        "|---|---|---|---|---|",
    ]
    for arm, by_seed in scores.items():
        resets = fmean(len(trial.resets) for trial in trials if trial.arm == arm)
        difference = None if arm == baseline else paired_difference(by_seed, scores.get(baseline, {}))
        cells = [arm, len(by_seed), f"{resets:.1f}", plain(t_interval(list(by_seed.values())))]
        lines.append(f"| {' | '.join(map(str, cells))} | {signed(difference) if difference else ''} |")
    last = max(trial.last_evaluation for trial in trials)
    return "\n".join(lines) + (
        f"\n\nA trial's result is the mean of its last {FINAL_EVALUATIONS} evaluations, up to iteration {last}. In "
        "brackets 95 % intervals over seeds (Student's t); differences are paired by seed. `resets` is the mean number."
    )


def verdicts(trials: Sequence[Trial], baseline: str, pairs: Sequence[tuple[str, str]]) -> str:
    """Write a Markdown list of what each comparison comes to.

    Args:
        trials: the trials, in the order of the arms.
        baseline: name of the arm that all others are compared with.
        pairs: names of two arms to compare besides.
    """
    scores = scores_by_arm(trials)
    compared = [(arm, baseline) for arm in scores if arm != baseline and baseline in scores]
    compared += [(arm, other) for arm, other in pairs if arm in scores and other in scores]
    lines = [f"- {verdict(arm, other, paired_difference(scores[arm], scores[other]))}" for arm, other in compared]
    return "\n".join(["Verdict, each comparison at 95 %:", "", *lines])


def scores_by_arm(trials: Sequence[Trial]) -> dict[str, dict[int, float]]:
    """Collect the results of the trials: arm -> seed -> pass@1 at the end.

    Args:
        trials: the trials.
    """
    scores: dict[str, dict[int, float]] = {}
    for trial in trials:
        scores.setdefault(trial.arm, {})[trial.seed] = trial.final_score(FINAL_EVALUATIONS)
    return scores
