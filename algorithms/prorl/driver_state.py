"""What the driver remembers from one iteration to the next, and puts into checkpoints."""

import logging
import math
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from prorl_rllib.algorithms.prorl.best_policy import BestPolicy
from prorl_rllib.algorithms.prorl.curriculum import Curriculum, CurriculumSettings
from prorl_rllib.algorithms.prorl.health_monitor import HealthMonitor
from prorl_rllib.algorithms.prorl.prompt_stream import PromptStream
from prorl_rllib.algorithms.prorl.reference_reset import ReferenceResetController
from prorl_rllib.algorithms.prorl.training_data import Group
from prorl_rllib.env_runners.task_space import TaskSpace

logger = logging.getLogger(__name__)

CHECKPOINT_SCORE = "checkpoint_score"
"""Key of an iteration's result: the score of the evaluation that followed it, NaN where there was none."""
NEWEST_SCORE = "newest_pass@1"
"""Key of an iteration's result: the score of the newest evaluation, for schedulers, which need one in every result."""
_PARTS = ("prompt_stream", "reset_controller", "best_policy", "health_monitor")


class DriverState:
    """Prompt stream, reset controller, best policy, health monitor and the groups that wait.

    Args:
        config: A `ProRLConfig`.
        space: The training environment's tasks.
        folder: The run's folder.

    Attributes:
        waiting: Groups with signal that were sampled and not trained on yet.
        run: Id of the run; a run that is restored keeps it.
    """

    def __init__(self, config: Any, space: TaskSpace, folder: str | Path) -> None:
        self.prompt_stream = PromptStream(
            num_tasks=space.num_tasks, seed=config.seed or 0, curriculum=_curriculum(config, space)
        )
        self.reset_controller = ReferenceResetController(config.reference_reset_settings)
        self.best_policy = BestPolicy(folder)
        self.health_monitor = HealthMonitor(_thresholds(config), config.monitor_interval)
        self.waiting: list[Group] = []
        self.run = uuid.uuid4().hex
        self._score: tuple[int, float] | None = None

    def change_tasks(self, config: Any, space: TaskSpace) -> None:
        """Draw prompts from other tasks from now on.

        Args:
            config: The `ProRLConfig` in force.
            space: The training environment's new tasks.
        """
        self.prompt_stream.change_tasks(num_tasks=space.num_tasks, curriculum=_curriculum(config, space))

    def observe_evaluation(
        self, score: float, iteration: int, *, keep: bool, weights: Callable[[], Mapping[str, torch.Tensor]]
    ) -> None:
        """Take note of an evaluation.

        Args:
            score: Its score, higher is better.
            iteration: Iterations completed before it.
            keep: Whether the policy is kept, should it be the best since the last reset.
            weights: Fetches the policy's weights.
        """
        self.reset_controller.observe_evaluation(score)
        if keep:
            self.best_policy.offer(score, iteration, weights)
        self._score = (iteration, score)

    def check_health(self, iteration: int, facts: Mapping[str, Any], learned: Mapping[str, Any] | None) -> list[str]:
        """Take note of what an iteration measured, and log what is not as it should be.

        Args:
            iteration: Its number, from 1.
            facts: Of what was sampled.
            learned: Of what was learned; None without an update.

        Returns:
            Warnings, in plain words.
        """
        if learned is not None:
            self.reset_controller.observe_update(kl=learned.get("kl"), entropy=learned.get("entropy"))
        warnings = self.health_monitor.observe(iteration, {**facts, **(learned or {})})
        for warning in warnings:
            logger.warning(warning)
        return warnings

    def score_of(self, iteration: int) -> float | None:
        """Return the score of the evaluation after an iteration, the newest one; None where there was none.

        Args:
            iteration: Iterations completed.
        """
        return self._score[1] if self._score is not None and self._score[0] == iteration else None

    def scores(self, iteration: int) -> dict[str, float]:
        """Return the scores that the result of an iteration has, NaN where there is none.

        Args:
            iteration: Iterations completed.
        """
        score = self.score_of(iteration)
        return {
            CHECKPOINT_SCORE: math.nan if score is None else score,
            NEWEST_SCORE: math.nan if self._score is None else self._score[1],
        }

    def record_reset(self) -> None:
        """Take note of a reset."""
        self.reset_controller.record_reset()
        self.best_policy.forget()

    def get_state(self) -> dict[str, Any]:
        """Return all of it."""
        parts = {name: getattr(self, name).get_state() for name in _PARTS}
        return {**parts, "waiting": self.waiting, "run": self.run, "score": self._score}

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Take over a state.

        Args:
            state: What `get_state` returned.
        """
        for name in _PARTS:
            getattr(self, name).set_state(state[name])
        self.waiting, self.run, self._score = state["waiting"], state["run"], state["score"]


def _curriculum(config: Any, space: TaskSpace) -> Curriculum | None:
    if not config.curriculum_enabled:
        return None
    settings = CurriculumSettings(
        target_low=config.curriculum_target_low,
        target_high=config.curriculum_target_high,
        window=config.curriculum_window,
        difficulty=config.curriculum_difficulty,
    )
    return Curriculum(settings, space.difficulties)


def _thresholds(config: Any) -> dict[str, float]:
    """Return the bounds of the health monitor's signs; every reward that is no finite number deserves a warning."""
    return {
        "truncated_share": config.monitor_truncated_share,
        "zero_variance_share": config.monitor_zero_variance_share,
        "verifier_error_share": config.monitor_verifier_error_share,
        "nonfinite_reward_share": 0.0,
        "duplicate_share": config.monitor_duplicate_share,
        "logprob_gap": config.logprob_gap_alarm,
        "kl": config.monitor_kl,
        "entropy": config.monitor_entropy,
        "skipped_steps": config.monitor_skipped_steps,
    }
