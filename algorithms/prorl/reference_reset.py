"""When to reset the reference policy: a pure state machine, without tensors and without Ray.

ProRL (arXiv 2505.24864, section 2.3.1) copies the policy into the reference when the validation score stagnates, since
the KL term then grows until it dominates the loss. The paper gives no numbers; the rules here are this project's.
"""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

ResetReason = Literal["", "period", "plateau", "user"]


@dataclass(frozen=True)
class ReferenceResetSettings:
    """Triggers of a reference reset; each is off when None.

    Attributes:
        period: Reset every this many iterations after the last reset.
        plateau_evaluations: Reset after this many evaluations in a row without a gain.
        plateau_min_gain: An evaluation gains when its score exceeds the best since the last reset by more than this.
        min_spacing: Iterations that must lie between two resets, and before the first.
        clear_optimizer: Clear the optimizer's state with the reset (v1) or keep it (v2).
        warmup_steps: Optimizer steps over which the learning rate rises again after the optimizer was cleared.
    """

    period: int | None = None
    plateau_evaluations: int | None = None
    plateau_min_gain: float = 0.005
    min_spacing: int = 1
    clear_optimizer: bool = True
    warmup_steps: int = 10


@dataclass
class ReferenceResetController:
    """Decides, once an iteration, whether the reference is reset, and remembers what that decision needs.

    Attributes:
        settings: The triggers.
        iterations_since_reset: Iterations since the last reset, or since the start.
        best_score: Best evaluation score since the last reset; None before the first evaluation.
        evaluations_without_gain: Evaluations in a row that did not exceed it.
        num_resets: Resets so far.
    """

    settings: ReferenceResetSettings
    iterations_since_reset: int = 0
    best_score: float | None = None
    evaluations_without_gain: int = 0
    num_resets: int = 0
    _user_request: bool = field(default=False, repr=False)

    def observe_evaluation(self, score: float) -> None:
        """Take note of a validation score (higher is better).

        Args:
            score: The score, for example the held-out pass@1.
        """
        if self.best_score is None or score > self.best_score + self.settings.plateau_min_gain:
            self.best_score = score
            self.evaluations_without_gain = 0
        else:
            self.evaluations_without_gain += 1

    def request(self) -> None:
        """Ask for a reset at the next step, whatever the triggers and the spacing say."""
        self._user_request = True

    def step(self) -> ResetReason:
        """Count one iteration and say whether to reset now.

        Returns:
            The reason to reset, or an empty string.
        """
        self.iterations_since_reset += 1
        reason = self._reason()
        if reason:
            self.num_resets += 1
            self.iterations_since_reset = 0
            self.best_score = None
            self.evaluations_without_gain = 0
            self._user_request = False
        return reason

    def _reason(self) -> ResetReason:
        if self._user_request:
            return "user"
        settings = self.settings
        if self.iterations_since_reset < settings.min_spacing:
            return ""
        if settings.plateau_evaluations and self.evaluations_without_gain >= settings.plateau_evaluations:
            return "plateau"
        if settings.period and self.iterations_since_reset >= settings.period:
            return "period"
        return ""

    def get_state(self) -> dict[str, Any]:
        """Return all that a resumed run needs, without the settings (those come from the config)."""
        state = asdict(self)
        del state["settings"]
        return state

    def set_state(self, state: dict[str, Any]) -> None:
        """Take over a state from `get_state`.

        Args:
            state: What `get_state` returned.
        """
        for key, value in state.items():
            setattr(self, key, value)
