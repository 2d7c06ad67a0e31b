"""What of a learner's config changes in a run: the settings of a stage, and an adaptive KL coefficient."""

import math
from typing import Any

from prorl_rllib.algorithms.objectives import AdaptiveKLController


class LearnerSettings:
    """Writes settings into a learner's config and adapts its KL coefficient.

    Args:
        config: The learner's own copy of a `ProRLConfig`.
    """

    def __init__(self, config: Any) -> None:
        self._config = config
        self._own: dict[str, Any] = {}
        self._applied: dict[str, Any] = {}
        self._controller = _controller(config)

    @property
    def kl_coeff(self) -> float:
        """The coefficient of the KL term in force."""
        return self._config.kl_coeff if self._controller is None else self._controller.coeff

    def observe_kl(self, kl: float, num_samples: int) -> None:
        """Adapt the coefficient, if it is adaptive.

        Args:
            kl: KL of the update over all learners, in nats a token; one that is not finite is left out.
            num_samples: Completions it was measured on, over all learners.
        """
        if self._controller is not None and math.isfinite(kl):
            self._controller.update(kl, num_samples)

    def apply(self, settings: dict[str, Any]) -> None:
        """Put settings in force, instead of those applied before; a changed KL coefficient starts anew.

        Args:
            settings: Attributes of the config that differ from the run's own, with their values.
        """
        before = _kl_settings(self._config)
        for key in self._applied.keys() - settings.keys():
            setattr(self._config, key, self._own[key])
        for key, value in settings.items():
            if key not in self._own:
                self._own[key] = getattr(self._config, key)
            setattr(self._config, key, value)
        self._applied = dict(settings)
        if _kl_settings(self._config) != before:
            self._controller = _controller(self._config)

    def get_state(self) -> dict[str, Any]:
        """Return what a checkpoint needs."""
        controller = None if self._controller is None else self._controller.get_state()
        return {"settings": self._applied, "kl_settings": _kl_settings(self._config), "kl_control": controller}

    def set_state(self, state: dict[str, Any]) -> None:
        """Take over a state; where the config has another KL setting than the run that was saved, the config wins.

        Args:
            state: What `get_state` returned.
        """
        self.apply(state["settings"])
        same = tuple(state["kl_settings"]) == _kl_settings(self._config)
        if self._controller is not None and state["kl_control"] is not None and same:
            self._controller.set_state(state["kl_control"])


def _kl_settings(config: Any) -> tuple[float | None, ...]:
    return config.kl_coeff, config.kl_target, config.kl_horizon


def _controller(config: Any) -> AdaptiveKLController | None:
    if config.kl_target is None:
        return None
    return AdaptiveKLController(coeff=config.kl_coeff, target=config.kl_target, horizon=config.kl_horizon)
