"""Does it pay to reset the reference? Five arms of resets, three seeds each, on the quick start's model and tasks.

What it shows: a sweep whose keys belong together (`points_to_evaluate`), trials of one core and one thread each, and
`report`, which the command calls at the end: one picture and one table with intervals, in the experiment's folder.

The arms: no reset (never); a reset every 30 iterations (period), or when an evaluation brings no gain (plateau), each
with the optimizer cleared, as in the paper's first version, or kept, as in its second.

How to run it:

    rllib train file tuned_examples/tune/reset_ablation.py --experiment-name resets

It may be run in parts: `--resume` goes on with the trials that had not ended, and PRORL_RLLIB_SEEDS="0,1" takes some of
the seeds. `python -m prorl_rllib.tuned_examples.tune.reset_ablation FOLDER ...` reports on all that such runs left.

Results to expect, as measured: held-out pass@1 of 0.61 without a reset, 0.80 with a period, 0.76 to 0.78 with a
plateau; no difference between a cleared and a kept optimizer that could be told. Picture, intervals and what it does
not say are in docs/tune.md. A trial took 5 to 17 minutes on a busy machine, all of them 82 minutes on two cores.

What was chosen, and why, before any arm had been seen:

- 120 iterations of 32 prompts x 8: what 15 trials on two cores leave time for.
- A KL coefficient of 1, two thousand times the quick start's. A reset can only matter where the reference holds the
  policy back, which a small coefficient does late, if at all. For answers that are right or wrong, the
  gradients of GRPO's advantage and of k3 balance where sqrt(p (1 - p)) = coefficient x (p - p0): from a base that is
  right in 0.39 of its answers (p0), 1 holds it near 0.8, and 0.0005 does not hold it. (It held it at 0.61: answers of
  many tokens are not one choice.)
- A period of a quarter of the run; a plateau after one evaluation without a gain, since there are only twelve.
- The result of a trial is the mean of its last three evaluations: one of 250 answers has a standard error of 0.03.
"""

import os
import sys
from pathlib import Path
from typing import Any

from prorl_rllib.sweeps.arms import Arm
from prorl_rllib.sweeps.points import sweep_points
from prorl_rllib.tuned_examples.tune._one_core import one_core_config

__all__ = ["config", "report", "stop", "tune_config"]

SEEDS = [int(seed) for seed in os.environ.get("PRORL_RLLIB_SEEDS", "0,1,2").split(",")]
PERIOD, PLATEAU, KEPT = {"reset_period": 30}, {"reset_plateau_evaluations": 1}, {"reset_clear_optimizer": False}
NEVER: dict[str, Any] = {"reset_period": None, "reset_plateau_evaluations": None, "reset_clear_optimizer": True}

ARMS = [
    Arm("never", NEVER),
    Arm("period, optimizer cleared", NEVER | PERIOD),
    Arm("period, optimizer kept", NEVER | PERIOD | KEPT),
    Arm("plateau, optimizer cleared", NEVER | PLATEAU),
    Arm("plateau, optimizer kept", NEVER | PLATEAU | KEPT),
]
POINTS = [{**arm.settings, "seed": seed} for seed in SEEDS for arm in ARMS]

config = one_core_config().training(kl_coeff=1.0).reference_reset(min_spacing=10)
tune_config = sweep_points(config, POINTS)
stop = {"training_iteration": 120}


def report(*folders: Path) -> list[Path]:
    """Draw the arms' curves and write the table of their results, into the first folder.

    Args:
        *folders: results of one or more runs of this sweep.

    Returns:
        The files.
    """
    from prorl_rllib.sweeps.report import report_on_arms

    never, period_cleared, period_kept, plateau_cleared, plateau_kept = (arm.name for arm in ARMS)
    pairs = [(period_cleared, period_kept), (plateau_cleared, plateau_kept)]
    return report_on_arms(folders, ARMS, baseline=never, pairs=pairs, title="Resets of the reference")


if __name__ == "__main__":
    report(*map(Path, sys.argv[1:]))
