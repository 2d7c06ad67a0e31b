"""Does prolonged training with resets reach tasks that the base never solves? One seed of the reproduction.

What it shows: ProRL on a ladder of tasks, sums of 2 to 8 terms, from a base (`boundary/base`) that gets the short ones
right now and then and the long ones never; the same without resets; and `report`, which makes of base, middle and final
checkpoint of each arm what `rllib boundary` makes of them: 50 tasks a family, 256 answers a task, the paper's sampling.

How to run it, for each of the seeds 0, 1 and 2, in parts that `--resume` continues:

    export PRORL_RLLIB_SEED=0
    OPTIONS=(--storage-path results --checkpoint-freq 60)
    rllib train file tuned_examples/boundary/ladder.py "${OPTIONS[@]}" --experiment-name ladder-0

Then the findings over all seeds; it goes on where a report was cut off:

    python -m prorl_rllib.tuned_examples.boundary.ladder results/ladder-0 results/ladder-1 results/ladder-2

Results to expect, three seeds as measured (docs/boundary_reproduction.md): mean pass@1 over the families 0.025 before,
0.781 [0.503, 1.059] after with resets, 0.725 [0.366, 1.084] after without (intervals over seeds). Of 50 sums of 6 terms
two of the three bases solve none in 256 answers each; the models trained with resets solve 45 and 43. Forty minutes a
seed on two cores, with its base and its reports.

What was chosen, and how: `boundary/tuning` gave both arms the same budget, two KL coefficients on seed 0, and judged
them by the evaluations during training, whose tasks are others than those of the report.
"""

import sys
from pathlib import Path
from typing import Any

from prorl_rllib.sweeps.arms import Arm
from prorl_rllib.sweeps.points import sweep_points
from prorl_rllib.tuned_examples.boundary._ladder import (
    NEVER,
    NO_RESETS_FOLDER,
    PERIOD,
    RESETS_FOLDER,
    training_config,
)

__all__ = ["config", "report", "stop", "tune_config"]

RESETS = Arm("KL and resets", PERIOD | {"kl_coeff": 0.05})
NO_RESETS = Arm("KL, no resets", NEVER | {"kl_coeff": 0.05})
ARMS = [RESETS, NO_RESETS]
POINTS: list[dict[str, Any]] = [dict(arm.settings) for arm in ARMS]

config = training_config()
tune_config = sweep_points(config, POINTS)
stop = {"training_iteration": 120}


def report(*folders: Path) -> list[Path]:
    """Write the boundary reports of each seed and, of several, the findings into the first folder.

    Args:
        *folders: results of this experiment, one of each seed.

    Returns:
        The folders of the reports, and the file of the findings.
    """
    from prorl_rllib.tuned_examples.boundary._evaluation import evaluate
    from prorl_rllib.tuned_examples.boundary._findings import findings, read_reports

    places = [(RESETS, RESETS_FOLDER), (NO_RESETS, NO_RESETS_FOLDER)]
    for folder in folders:
        evaluate(folder, places)
    written = [folder / name for folder in folders for _, name in places]
    if len(folders) > 1:
        path = folders[0] / "findings.md"
        path.write_text(findings([read_reports(folder) for folder in folders]), encoding="utf-8")
        print(f"{path.read_text(encoding='utf-8')}\n{path}")
        written.append(path)
    return written


if __name__ == "__main__":
    report(*map(Path, sys.argv[1:]))
