"""Bring the learner's weights to every env runner, and know for sure that they are there."""

import ray
from ray.rllib.core.learner.learner_group import LearnerGroup
from ray.rllib.env.env_runner_group import EnvRunnerGroup
from ray.rllib.utils.metrics import WEIGHTS_SEQ_NO

from prorl_rllib.algorithms.prorl.learner_calls import policy_state


class WeightSync:
    """Syncs weights by a call that waits.

    RLlib's own sync may drop one that comes before the last was acknowledged, and training would go on stale.

    Args:
        learner_group: Where the weights are.
        env_runner_group: Where they go.
        timeout_s: Seconds until they must have arrived.

    Attributes:
        version: Version of the weights that were sent last; each update raises it.
    """

    def __init__(self, learner_group: LearnerGroup, env_runner_group: EnvRunnerGroup, timeout_s: float) -> None:
        self._learner_group, self._env_runner_group, self._timeout_s = learner_group, env_runner_group, timeout_s
        self.version = 0

    def sync(self) -> None:
        """Send the present weights and wait until they are there."""
        state = policy_state(self._learner_group)
        self.version = state[WEIGHTS_SEQ_NO]
        group = self._env_runner_group
        if group.num_remote_env_runners() == 0:
            group.local_env_runner.set_state(state)
            return
        group.foreach_env_runner(
            "set_state", kwargs={"state": ray.put(state)}, local_env_runner=False, timeout_seconds=self._timeout_s
        )

    def restore_lost_env_runners(self) -> None:
        """Bring lost runners back; a runner that Ray restarted unnoticed counts as healthy, but has no weights yet."""
        self._env_runner_group.probe_unhealthy_env_runners()
        self.sync()
