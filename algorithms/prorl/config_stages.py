"""Stages of a run and the curriculum of its tasks."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from ray.rllib.algorithms.algorithm_config import NotProvided

from prorl_rllib.algorithms.config_rules import check_keys
from prorl_rllib.algorithms.fluent_config import FluentConfig


class StagesConfig(FluentConfig):
    """Settings of `stages` and `curriculum`."""

    def __init__(self, algo_class: type | None = None) -> None:
        super().__init__(algo_class=algo_class)
        # The method has the name `stages`; dict configs take the key `stages` all the same.
        self.training_stages: list[dict[str, Any]] = []
        self.curriculum_enabled = False
        self.curriculum_target_low = 0.3
        self.curriculum_target_high = 0.7
        self.curriculum_window = 256
        self.curriculum_difficulty: dict[str, tuple[int, int]] = {}
        self.curriculum_weights: dict[str, float] = {}

    def stages(self, stages: Sequence[Mapping[str, Any]]) -> Self:
        """Set what changes in the course of a run, as in the paper's Runs 1 to 8.

        A change holds until a later stage changes the same key again.

        Args:
            stages: In order. Keys of each: `from_iteration` (the first iteration of the stage, at least 2, counted
                from 1), `reset_reference` (True begins the stage with a reset), `training`, `generation`, `rewards`,
                `reference_reset` (arguments of these methods) and `env_config` (`{"weights": {...}}`). What a stage may
                change is listed in `docs/settings.md`. Default [], none (ours).

        Returns:
            This config.

        Raises:
            ValueError: if `stages` is no list of dicts.
        """
        if not isinstance(stages, list | tuple) or not all(isinstance(stage, Mapping) for stage in stages):
            raise ValueError(f"stages={stages!r} is out of range: it must be a list of dicts, one a stage.")
        return self._set({"training_stages": [dict(stage) for stage in stages]})

    def curriculum(
        self,
        *,
        enabled: bool = NotProvided,
        target_low: float = NotProvided,
        target_high: float = NotProvided,
        window: int = NotProvided,
        difficulty: dict[str, tuple[int, int]] = NotProvided,
        weights: dict[str, float] = NotProvided,
        **unknown: Any,
    ) -> Self:
        """Set how the difficulty of generated tasks follows the success rate. All numbers are ours.

        Args:
            enabled: Move the difficulty. Default False.
            target_low: Success rate below which tasks get easier, in [0, 1]. Default 0.3.
            target_high: Success rate above which they get harder, in [0, 1], above `target_low`. Default 0.7.
            window: Completions that a success rate is measured over, at least 1. Default 256.
            difficulty: Domain or data set -> lowest and highest difficulty. Default {}, the environment's own range.
            weights: Domain -> weight in the blend, at least 0. Default {}, the environment's own weights.
            **unknown: Refused.

        Returns:
            This config.

        Raises:
            ValueError: for an unknown argument, with the nearest known one.
        """
        values = {key: value for key, value in locals().items() if key not in ("self", "unknown")}
        check_keys("curriculum", unknown, values)
        return self._set({f"curriculum_{key}": value for key, value in values.items()})
