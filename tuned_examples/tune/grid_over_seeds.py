"""A grid of two learning rates over three seeds, on the quick start's model and tasks.

What it shows: `tune.grid_search` as the value of any key of a config, seeds among them, so that a difference can be
told from luck; trials of one core; `report`, which the command calls at the end: one picture and one table with
intervals, in the experiment's folder.

How to run it:

    rllib train file tuned_examples/tune/grid_over_seeds.py --experiment-name seeds

Results to expect, as measured: held-out pass@1 after 40 iterations (mean of the last three evaluations, 95 % intervals
over three seeds) of 0.507 [0.487, 0.527] at 5e-5 and 0.642 [0.617, 0.667] at 1.5e-4, by +0.135 [+0.130, +0.140] higher.
"""

from pathlib import Path

from ray import tune

from prorl_rllib.sweeps.arms import Arm
from prorl_rllib.tuned_examples.tune._one_core import one_core_config

__all__ = ["config", "report", "stop"]

ARMS = [Arm(f"lr {lr:g}", {"lr": lr}) for lr in (5e-5, 1.5e-4)]

config = one_core_config()
config.lr = tune.grid_search([arm.settings["lr"] for arm in ARMS])
config.seed = tune.grid_search([0, 1, 2])

stop = {"training_iteration": 40}


def report(folder: Path) -> list[Path]:
    """Draw the curves of both rates and write the table of their results.

    Args:
        folder: results of this sweep.

    Returns:
        The files.
    """
    from prorl_rllib.sweeps.report import report_on_arms

    return report_on_arms([folder], ARMS, baseline=ARMS[0].name, title="Two learning rates")
