"""When to reset the reference policy: a pure state machine, without tensors and without Ray.

ProRL (arXiv 2505.24864, section 2.3.1) copies the policy into the reference when the validation score stagnates or
falls, since the KL term then grows until it dominates the loss; its second version also resets on a period and when the
KL divergence jumps. Neither gives thresholds; the rules here are this project's.
"""

from dataclasses import asdict, dataclass
from typing import Any, Literal

ResetReason = Literal["", "user", "stage", "plateau", "kl_budget", "entropy_floor", "period"]


@dataclass(frozen=True)
class ReferenceResetSettings:
    """Triggers of a reference reset, each off when None, and what a reset does.

    Attributes:
        period: Reset every this many iterations after the last reset.
        plateau_evaluations: Reset after this many evaluations in a row without a gain.
        plateau_min_gain: An evaluation gains when its score exceeds the best since the last reset by more than this.
        kl_budget: Reset when the KL divergence from the reference exceeds this, in nats per token.
        entropy_floor: Reset when the policy's entropy falls below this, in nats per token.
        min_spacing: Iterations that must lie between two resets, and before the first.
        to: "current" copies the policy into the reference; "best" first sets the policy back to its best evaluation
            since the last reset.
        clear_optimizer: Clear the optimizer's state with the reset (v1) or keep it (v2).
        warmup_steps: Optimizer steps over which the learning rate rises again after the optimizer was cleared.
    """

    period: int | None = None
    plateau_evaluations: int | None = None
    plateau_min_gain: float = 0.005
    kl_budget: float | None = None
    entropy_floor: float | None = None
    min_spacing: int = 1
    to: Literal["current", "best"] = "current"
    clear_optimizer: bool = True
    warmup_steps: int = 10


@dataclass
class ReferenceResetController:
    """Decides, once an iteration, whether the reference is reset, and remembers what that decision needs.

    An iteration calls `observe_update` (when there was one) and `observe_evaluation` (when there was one), then
    `count_iteration`, then reads `due`, and calls `record_reset` once the reset is done.

    Attributes:
        settings: The triggers.
        iterations_since_reset: Iterations since the last reset, or since the start.
        best_score: Score of the last evaluation that gained, since the last reset; None before the first evaluation.
        evaluations_without_gain: Evaluations in a row that did not gain.
        kl: KL divergence of the newest update since the last reset, in nats per token; None before the first.
        entropy: Entropy of the newest update since the last reset, in nats per token; None before the first.
        num_resets: Resets so far.
        user_request: Whether a reset was asked for.
    """

    settings: ReferenceResetSettings
    iterations_since_reset: int = 0
    best_score: float | None = None
    evaluations_without_gain: int = 0
    kl: float | None = None
    entropy: float | None = None
    num_resets: int = 0
    user_request: bool = False

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

    def observe_update(self, *, kl: float | None, entropy: float | None) -> None:
        """Take note of what an update measured.

        Args:
            kl: KL divergence of the policy from the reference, in nats per token; None where none was computed.
            entropy: Entropy of the policy, in nats per token.
        """
        self.kl, self.entropy = kl, entropy

    def request(self) -> None:
        """Ask for a reset at the end of the iteration, whatever the triggers and the spacing say."""
        self.user_request = True

    def count_iteration(self) -> None:
        """Count one iteration."""
        self.iterations_since_reset += 1

    def due(self) -> ResetReason:
        """Return the reason to reset now, or an empty string; changes nothing."""
        if self.user_request:
            return "user"
        settings = self.settings
        if self.iterations_since_reset < settings.min_spacing:
            return ""
        if settings.plateau_evaluations and self.evaluations_without_gain >= settings.plateau_evaluations:
            return "plateau"
        if settings.kl_budget is not None and self.kl is not None and self.kl > settings.kl_budget:
            return "kl_budget"
        if settings.entropy_floor is not None and self.entropy is not None and self.entropy < settings.entropy_floor:
            return "entropy_floor"
        if settings.period and self.iterations_since_reset >= settings.period:
            return "period"
        return ""

    def record_reset(self) -> None:
        """Take note of a reset, for whatever reason: every trigger is measured afresh."""
        self.num_resets += 1
        self.iterations_since_reset = 0
        self.best_score = None
        self.evaluations_without_gain = 0
        self.kl = self.entropy = None
        self.user_request = False

    def get_state(self) -> dict[str, Any]:
        """Return all that a resumed run needs; the settings come from the config.

        The gain that the evaluations were judged by goes with them, so that it is seen when the config has another one.
        """
        state = asdict(self)
        del state["settings"]
        return {**state, "plateau_min_gain": self.settings.plateau_min_gain}

    def set_state(self, state: dict[str, Any]) -> None:
        """Take over a state; where the evaluations were judged by another gain, the plateau is measured afresh.

        Args:
            state: What `get_state` returned.
        """
        own = dict(state)
        min_gain = own.pop("plateau_min_gain", self.settings.plateau_min_gain)
        for key, value in own.items():
            setattr(self, key, value)
        if min_gain != self.settings.plateau_min_gain:
            self.best_score, self.evaluations_without_gain = None, 0
