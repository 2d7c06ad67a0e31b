"""Warn, in plain words and not too often, when a run shows signs of trouble: pure functions and a little state."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Sign:
    """A sign of trouble.

    Attributes:
        name: Short name; `<name>` of the thresholds is its bound.
        metric: The metric it is seen in.
        low: True if it is bad to be below the bound, False if it is bad to reach it.
        format: How the value is written.
        advice: What it means and the key to touch.
    """

    name: str
    metric: str
    format: str
    advice: str
    low: bool = False


SIGNS = (
    Sign(
        "truncated_share",
        "truncated_share",
        "{:.0%} of the completions were cut off at the length limit",
        "raise generation(max_completion_length=...), or set rewards(truncation_coefficient=...)",
    ),
    Sign(
        "zero_variance_share",
        "zero_variance_share",
        "{:.0%} of the groups had equal scores and taught nothing",
        "change the difficulty (env_config['difficulty'], curriculum(enabled=True)) or raise group_size",
    ),
    Sign(
        "verifier_error_share",
        "verifier_error_share",
        "{:.1%} of the verifications failed and their completions were left out",
        "look at the verifiers: env_config['verifier_timeout_s'], the sandbox, the memory of the env runners' machines",
    ),
    Sign(
        "nonfinite_reward_share",
        "nonfinite_reward_share",
        "{:.1%} of the rewards were no finite numbers and their completions were left out",
        "mend the environment: its step must return a finite reward",
    ),
    Sign(
        "duplicate_share",
        "duplicate_share",
        "{:.0%} of the completions repeat another one of their group",
        "raise generation(temperature=...), or take tasks that need longer answers",
    ),
    Sign(
        "logprob_gap",
        "logprob_gap",
        "the engine's log-probabilities differ from the learner's by {:.3g} nats a token",
        "check that engine and learner use one dtype (model_dtype, engine_config['dtype']); set "
        "training(mismatch_correction=...) if the gap is to be lived with",
    ),
    Sign(
        "kl",
        "kl",
        "the policy is {:.3g} nats a token away from the reference",
        "reset the reference (reference_reset(kl_budget=...)), raise kl_coeff or lower lr",
    ),
    Sign(
        "entropy",
        "entropy",
        "the entropy has fallen to {:.3g} nats a token",
        "raise generation(temperature=...) or clip_high, or reset to the best (reference_reset(entropy_floor=...))",
        low=True,
    ),
    Sign(
        "skipped_steps",
        "skipped_steps",
        "{:.0f} optimizer steps were skipped because the gradient was not finite",
        "lower lr, or train in model_dtype='float32'",
    ),
)
_BY_DOMAIN = "domain {domain!r}: {value:.0%} of the groups had equal scores and taught nothing"


def warnings(facts: Mapping[str, float], thresholds: Mapping[str, float]) -> dict[str, str]:
    """Return the warnings that an iteration deserves.

    Args:
        facts: Metrics of the iteration; `zero_variance_share/<domain>` for those of a domain. What was not measured is
            missing.
        thresholds: Bound of each sign, by its name.

    Returns:
        Warning by name, in a fixed order.
    """
    found: dict[str, str] = {}
    for sign in SIGNS:
        value, bound = facts.get(sign.metric), thresholds[sign.name]
        if value is not None and (value < bound if sign.low else value >= bound and value > 0):
            limit = f" (limit {bound:g})" if bound > 0 else ""
            found[sign.name] = f"{sign.format.format(value)}{limit}: {sign.advice}."
    if "zero_variance_share" not in found:
        found |= _domain_warnings(facts, thresholds["zero_variance_share"])
    return found


def _domain_warnings(facts: Mapping[str, float], bound: float) -> dict[str, str]:
    """Return a warning for each domain without signal in a blend that has some."""
    found: dict[str, str] = {}
    for name, value in facts.items():
        kind, _, domain = name.partition("/")
        if kind == "zero_variance_share" and domain and value >= bound:
            text = _BY_DOMAIN.format(domain=domain, value=value)
            found[name] = f"{text} (limit {bound:g}): change its difficulty, or its share in env_config['weights']."
    return found


class HealthMonitor:
    """Passes each warning on at most once in so many iterations.

    Args:
        thresholds: Bound of each sign, by its name.
        interval: Iterations between two warnings of one name; None for no warnings.
    """

    def __init__(self, thresholds: Mapping[str, float], interval: int | None) -> None:
        self._thresholds = dict(thresholds)
        self._interval = interval
        self._last: dict[str, int] = {}

    def observe(self, iteration: int, facts: Mapping[str, float]) -> list[str]:
        """Return the warnings to give now.

        Args:
            iteration: Number of the iteration.
            facts: As in `warnings`.
        """
        if self._interval is None:
            return []
        due = {
            name: text
            for name, text in warnings(facts, self._thresholds).items()
            if name not in self._last or iteration - self._last[name] >= self._interval
        }
        self._last.update(dict.fromkeys(due, iteration))
        return list(due.values())

    def get_state(self) -> dict[str, Any]:
        """Return the iteration of each warning's last appearance."""
        return {"last": dict(self._last)}

    def set_state(self, state: dict[str, Any]) -> None:
        """Take over a state from `get_state`.

        Args:
            state: What `get_state` returned.
        """
        self._last = dict(state["last"])
