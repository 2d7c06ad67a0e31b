"""Does prolonged training with resets reach tasks that the base never solves? One seed of the reproduction.

What it shows: ProRL on a ladder of three families of tasks, matrices of 2, 3 and 4 rows that are to be rotated, from a
base (`boundary/base`) that solves the first now and then, the second hardly ever and the third never; the same without
resets; and what `rllib boundary` makes of base, middle and final checkpoint.

How to run it, for each of the seeds 0, 1 and 2, in parts that `--resume` continues:

    export PRORL_RLLIB_SEED=0
    rllib train file tuned_examples/boundary/ladder.py --experiment-name ladder-0 --checkpoint-freq 60

    python -m prorl_rllib.tuned_examples.boundary.evaluate results/ladder-0

Results to expect are in docs/boundary_reproduction.md.

What was chosen, and how: `boundary/tuning` gave both arms the same budget, three KL coefficients on seed 0, and judged
them by the evaluations during training, whose tasks are others than those of the report.
"""

from typing import Any

from ray import tune
from ray.tune.search.basic_variant import BasicVariantGenerator

from prorl_rllib.sweeps.arms import Arm
from prorl_rllib.tuned_examples.boundary._ladder import NEVER, PERIOD, training_config

__all__ = ["config", "stop", "tune_config"]

RESETS = Arm("KL and resets", PERIOD | {"kl_coeff": 0.1})
NO_RESETS = Arm("KL, no resets", NEVER | {"kl_coeff": 0.1})
ARMS = [RESETS, NO_RESETS]
POINTS: list[dict[str, Any]] = [dict(arm.settings) for arm in ARMS]

config = training_config()
for key in POINTS[0]:
    # Which values belong together say the points; a key that they set must be a search space all the same.
    setattr(config, key, tune.choice(list(dict.fromkeys(point[key] for point in POINTS))))

tune_config = tune.TuneConfig(num_samples=len(POINTS), search_alg=BasicVariantGenerator(points_to_evaluate=POINTS))
stop = {"training_iteration": 120}
