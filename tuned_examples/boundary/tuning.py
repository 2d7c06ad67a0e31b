"""The KL coefficient of both arms of `boundary/ladder`, two values each on seed 0: the same budget for both.

What it shows: that at a strong KL term training depends on resets, and at a weak one less.

How to run it:

    rllib train file tuned_examples/boundary/tuning.py --experiment-name ladder-tuning --checkpoint-freq 60

Results to expect, seed 0 as measured: held-out pass@1 over the last three evaluations of 0.557 (0.05, resets), 0.392
(0.5, resets), 0.486 (0.05, none) and 0.158 (0.5, none).
"""

from pathlib import Path

from ray import tune

from prorl_rllib.sweeps.arms import Arm
from prorl_rllib.tuned_examples.boundary._ladder import KL_COEFFS, NEVER, PERIOD, training_config

__all__ = ["config", "report", "stop"]

ARMS = [
    Arm(f"{name}, kl_coeff {kl_coeff:g}", {**resets, "kl_coeff": kl_coeff})
    for name, resets in (("resets", PERIOD), ("no resets", NEVER))
    for kl_coeff in KL_COEFFS
]

config = training_config()
config.kl_coeff = tune.grid_search(list(KL_COEFFS))
config.reset_period = tune.grid_search([PERIOD["reset_period"], NEVER["reset_period"]])
stop = {"training_iteration": 120}


def report(*folders: Path) -> list[Path]:
    """Draw the curves and write the table of their results, into the first folder.

    Args:
        *folders: results of one or more runs of this sweep.

    Returns:
        The files.
    """
    from prorl_rllib.sweeps.report import report_on_arms

    return report_on_arms(folders, ARMS, baseline=ARMS[0].name, title="KL coefficient of each arm")
