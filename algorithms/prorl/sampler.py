"""The driver's side of the env runners: what tasks there are, and groups of answers to them."""

from collections.abc import Mapping
from typing import Any

from ray.rllib.env.env_runner_group import EnvRunnerGroup

from prorl_rllib.algorithms.prorl.engine_losses import EngineLosses
from prorl_rllib.algorithms.prorl.rollout import log_too_long, make_order, sample_groups
from prorl_rllib.algorithms.prorl.stages import env_changes
from prorl_rllib.algorithms.prorl.training_data import Group
from prorl_rllib.algorithms.prorl.weight_sync import WeightSync
from prorl_rllib.env_runners.prompt_request import PromptRequest
from prorl_rllib.env_runners.task_space import TaskSpace


class Sampler:
    """Samples with the present weights, under the config and the environment in force.

    Args:
        env_runner_group: The runners.
        weights: Brings the weights to them.
        config: The run's `ProRLConfig`.
        losses: Where lost engines are noted.

    Attributes:
        config: The `ProRLConfig` in force.
        env_changes: Keys of the training environment's `env_config` that differ from the config's.
        num_too_long: Prompts that did not fit the model's context, counted over the calls of `sample`.
    """

    def __init__(
        self, env_runner_group: EnvRunnerGroup, weights: WeightSync, config: Any, losses: EngineLosses
    ) -> None:
        self._env_runner_group, self._weights, self.config = env_runner_group, weights, config
        self._losses = losses
        self.env_changes: Mapping[str, Any] = env_changes(config, [])
        self.num_too_long = 0

    def sample(self, prompts: list[PromptRequest], *, evaluation: bool = False) -> list[Group]:
        """Sample one group a prompt.

        Args:
            prompts: The prompts.
            evaluation: Use the environment and the sampling settings for evaluation.

        Returns:
            The groups in the order of the prompts, without those that are too long.
        """
        order = make_order(
            self.config,
            weights_version=self._weights.version,
            evaluation=evaluation,
            env_changes=self.env_changes,
        )
        restore = self._weights.restore_lost_env_runners
        groups, too_long = sample_groups(self._env_runner_group, prompts, order, restore, self._losses)
        log_too_long(too_long, self.config.max_completion_length)
        self.num_too_long += len(too_long)
        return groups

    def task_space(self, *, evaluation: bool = False) -> TaskSpace:
        """Ask one runner for the tasks of its environment.

        Args:
            evaluation: Ask for the environment for evaluation.

        Raises:
            RuntimeError: if no runner answered.
        """
        group = self._env_runner_group
        arguments = {"evaluation": evaluation, "env_changes": self.env_changes}
        if group.num_remote_env_runners() == 0:
            space: TaskSpace = group.local_env_runner.task_space(**arguments)
            return space
        answers: list[TaskSpace] = group.foreach_env_runner(
            "task_space",
            kwargs=arguments,
            local_env_runner=False,
            remote_worker_ids=group.healthy_env_runner_ids()[:1],
            timeout_seconds=self.config.sample_timeout_s,
        )
        if not answers:
            raise RuntimeError("no env runner could be built; its exception is in the log above.")
        return answers[0]

    def check_stages(self) -> None:
        """Ask for the tasks of each stage: an environment that cannot be made should end a run before it begins.

        Raises:
            Exception: what the environment raised.
        """
        stages, present = self.config.training_stages, self.env_changes
        for number in range(1, len(stages) + 1):
            changes = env_changes(self.config, stages[:number])
            if changes != self.env_changes:
                self.env_changes = changes
                self.task_space()
        if present != self.env_changes:
            self.env_changes = present
            self.task_space()
