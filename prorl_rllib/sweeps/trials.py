"""Read the trials of a sweep from the files that Ray Tune wrote."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prorl_rllib.cli.metrics import Result
from prorl_rllib.cli.training.learning_curve import evaluation_series, resets
from prorl_rllib.sweeps.arms import Arm, arm_of


@dataclass(frozen=True)
class Trial:
    """What a trial of an arm came to.

    Attributes:
        arm: name of the arm.
        seed: seed of the trial, by which it is paired with those of other arms.
        scores: held-out pass@1, in [0, 1], by iteration; 0 is before training.
        resets: iterations in which the reference was reset.
    """

    arm: str
    seed: int
    scores: Mapping[int, float]
    resets: tuple[int, ...]

    @property
    def last_evaluation(self) -> int:
        """The iteration of the newest evaluation; -1 without any."""
        return max(self.scores, default=-1)

    def final_score(self, evaluations: int) -> float:
        """Average the newest evaluations.

        Args:
            evaluations: how many, at least 1; fewer where there are fewer.
        """
        newest = sorted(self.scores)[-evaluations:]
        return sum(self.scores[iteration] for iteration in newest) / len(newest)


def read_trials(folders: Sequence[Path], arms: Sequence[Arm]) -> list[Trial]:
    """Read the trials that were evaluated as long as the one that was longest, in the order of the arms.

    Args:
        folders: folders of experiments, which may be parts of one sweep.
        arms: the arms of the sweep; trials of none of them are passed over.

    Raises:
        FileNotFoundError: if there is no such trial.
    """
    found: dict[tuple[str, int], Trial] = {}
    for file in sorted(file for folder in folders for file in folder.glob("*/params.json")):
        parameters = json.loads(file.read_text())
        arm, results = arm_of(parameters, arms), file.with_name("result.json")
        if arm is not None and results.is_file():
            trial = _trial(arm.name, parameters, _rows(results))
            known = found.get((trial.arm, trial.seed))
            # A trial that was run again replaces the one that was cut off.
            if known is None or trial.last_evaluation >= known.last_evaluation:
                found[trial.arm, trial.seed] = trial
    longest = max((trial.last_evaluation for trial in found.values()), default=-1)
    if longest < 0:
        places = ", ".join(map(str, folders)) or "no folder"
        raise FileNotFoundError(f"no trial of the sweep's arms was evaluated in {places}; expected are Tune's results.")
    order = {arm.name: number for number, arm in enumerate(arms)}
    whole = [trial for trial in found.values() if trial.last_evaluation == longest]
    return sorted(whole, key=lambda trial: (order[trial.arm], trial.seed))


def _trial(arm: str, parameters: Mapping[str, Any], rows: Sequence[Result]) -> Trial:
    """Sum up the results of a trial."""
    iterations, scores = evaluation_series(rows).get("all", ([], []))
    return Trial(
        arm=arm,
        seed=int(parameters.get("seed") or 0),
        scores={int(iteration): score for iteration, score in zip(iterations, scores, strict=True)},
        resets=tuple(int(iteration) for iteration in resets(rows)),
    )


def _rows(path: Path) -> list[Result]:
    """Read a `result.json`; of an iteration that was computed again after a restart, the newer result."""
    rows: dict[int, Result] = {}
    for line in path.read_text().splitlines():
        row = json.loads(line)
        rows[row["training_iteration"]] = row
    return [rows[iteration] for iteration in sorted(rows)]
