"""How the keys of a ProRL config fit together."""

import math
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

from prorl_rllib.algorithms.config_rules import check_keys, check_value, integer, not_negative, number, positive
from prorl_rllib.envs.settings import check_weights as check_blend
from prorl_rllib.envs.settings import default_domains
from prorl_rllib.rl_modules.model_config import check_lora

_DEFAULT_KL_HORIZON = 10_000
_MIXTURE = "prorl/Mixture-v0"
# Ziegler's controller moves by a fifth a horizon: over five horizons at once a KL of 0 would end it.
_MOST_HORIZONS_AN_UPDATE = 5
# A key, its default, whether another key makes nobody read it, and what would.
_Effect = tuple[str, Any, bool, str]


def check_combinations(config: Any) -> None:
    """Check keys against each other.

    Args:
        config: A `ProRLConfig` whose keys are in range one by one.

    Raises:
        ValueError: naming the keys, their values and what to change.
    """
    _check_batch_sizes(config)
    _check_learners(config)
    _check_kl(config)
    _check_mismatch(config)
    _check_length_shaping(config)
    _check_schedule(config)
    _check_resets(config)
    _check_curriculum(config)


def check_effects(config: Any, keys: Container[str] | None = None, later: Sequence[Any] = ()) -> None:
    """Refuse keys that would change nothing, because another key makes nobody read them.

    Args:
        config: A `ProRLConfig` whose keys are in range one by one.
        keys: Look at these alone; None looks at all.
        later: The configs that will be in force in the stages: what one of them reads has an effect.

    Raises:
        ValueError: naming the key, its value and what reads it.
    """
    read_later = {key for stage in later for key, _, nobody_reads, _ in _effects(stage) if not nobody_reads}
    for key, default, nobody_reads, reader in _effects(config):
        value = getattr(config, key)
        if nobody_reads and key not in read_later and value != default and (keys is None or key in keys):
            raise ValueError(f"{key}={value!r} has no effect: it is read only with {reader}.")


def _effects(config: Any) -> Iterable[_Effect]:
    yield from _unread_of_objective(config)
    yield from _unread_of_course(config)


def _unread_of_objective(config: Any) -> Iterable[_Effect]:
    """Yield what reads a key of `objective` and `rewards`, and whether nobody does."""
    estimator, loss, correction = config.advantage_estimator, config.policy_loss, config.mismatch_correction
    whitens = estimator == "reinforce_plus_plus_baseline"
    divides = estimator == "batch_std" or (estimator == "grpo" and config.advantage_std_normalize)
    no_cosine, no_overlong = config.cosine_length is None, config.soft_overlong_buffer is None
    yield "advantage_statistics", "trajectory", not whitens, "advantage_estimator='reinforce_plus_plus_baseline'"
    yield "advantage_std_normalize", True, estimator != "grpo", "advantage_estimator='grpo'"
    yield "advantage_eps", 1e-6, not divides, "an advantage_estimator that adds it: 'grpo' with its std, or 'batch_std'"
    yield "clip_low", 0.2, loss == "cispo", "policy_loss='clip' or 'gspo'"
    yield "dual_clip", None, loss != "clip", "policy_loss='clip'"
    yield "mismatch_low", 0.5, correction is None, "a mismatch_correction"
    yield "mismatch_high", 5.0, correction is None, "a mismatch_correction"
    yield "kl_horizon", _DEFAULT_KL_HORIZON, config.kl_target is None, "an adaptive coefficient: set kl_target"
    yield "soft_overlong_penalty", 1.0, no_overlong, "soft_overlong_buffer"
    yield "cosine_length_on", 100, no_cosine, "cosine_length"
    yield "cosine_length_off", 500, no_cosine, "cosine_length"


def _unread_of_course(config: Any) -> Iterable[_Effect]:
    """Yield what reads a key of the learning rate, the resets and the curriculum, and whether nobody does."""
    constant, fixed = config.lr_schedule == "constant", not config.curriculum_enabled
    evaluated, plateau = config.evaluation_interval, config.reset_plateau_evaluations
    yield "lr_decay_steps", None, constant, "lr_schedule='linear' or 'cosine'"
    yield "lr_min_factor", 0.1, constant, "lr_schedule='linear' or 'cosine'"
    # None turns the trigger off, with or without evaluation.
    yield "reset_plateau_evaluations", 3, not evaluated and plateau is not None, "evaluation: set evaluation_interval"
    yield "reset_plateau_min_gain", 0.005, not (evaluated and plateau), "evaluation and reset_plateau_evaluations"
    yield "curriculum_target_low", 0.3, fixed, "curriculum(enabled=True)"
    yield "curriculum_target_high", 0.7, fixed, "curriculum(enabled=True)"
    yield "curriculum_window", 256, fixed, "curriculum(enabled=True)"
    yield "curriculum_difficulty", {}, fixed, "curriculum(enabled=True)"


def _check_batch_sizes(config: Any) -> None:
    step, each = config.prompts_per_step, config.prompts_per_optimizer_step
    if each > step:
        raise ValueError(
            f"prompts_per_optimizer_step={each} exceeds prompts_per_step={step}: an optimizer step takes its prompts "
            "from one training step."
        )
    if step % each:
        raise ValueError(
            f"prompts_per_optimizer_step={each} does not divide prompts_per_step={step}: the last optimizer step would "
            f"be a smaller one. Near values: {', '.join(map(str, _divisors_near(step, each)))}."
        )


def _divisors_near(number_of_prompts: int, wanted: int) -> list[int]:
    divisors = [size for size in range(1, number_of_prompts + 1) if number_of_prompts % size == 0]
    return sorted(sorted(divisors, key=lambda size: abs(size - wanted))[:2])


def _check_learners(config: Any) -> None:
    learners = config.num_learners
    if config.learner_sharding == "fsdp2" and learners == 0:
        raise ValueError("learner_sharding='fsdp2' with num_learners=0: sharding needs remote learners, at least 1.")
    if config.learner_sharding == "fsdp2" and config.lora is not None:
        raise ValueError(
            f"learner_sharding='fsdp2' with lora={config.lora!r}: an adapter is small, and its frozen weights are not "
            "sharded; set learner_sharding='ddp', or lora=None."
        )
    if config.prompts_per_optimizer_step < learners:
        raise ValueError(
            f"prompts_per_optimizer_step={config.prompts_per_optimizer_step} is below num_learners={learners}: each "
            "learner takes whole groups."
        )
    if config.lora is not None:
        check_lora(config.lora)
    if config.shared_prefix and not config.packing:
        raise ValueError("shared_prefix=True needs packing=True: padded rows have no place for a shared prompt.")


def _check_kl(config: Any) -> None:
    if config.kl_coeff == 0 and config.kl_placement == "reward":
        raise ValueError("kl_placement='reward' with kl_coeff=0: set kl_coeff above 0, or leave kl_placement='loss'.")
    if config.kl_placement == "reward" and config.kl_estimator == "k3+":
        raise ValueError(
            "kl_estimator='k3+' differs from k3 in its gradient alone, and rewards have none: with kl_placement="
            "'reward' take k1, k2 or k3."
        )
    if config.kl_target is None:
        return
    if config.kl_coeff == 0:
        raise ValueError(
            f"kl_target={config.kl_target} with kl_coeff=0: an adaptive coefficient starts at kl_coeff and could never "
            "rise from 0; set kl_coeff above 0."
        )
    completions = config.prompts_per_step * config.group_size
    if completions >= _MOST_HORIZONS_AN_UPDATE * config.kl_horizon:
        raise ValueError(
            f"kl_horizon={config.kl_horizon} is too short for {completions} completions an update: it must exceed "
            f"{math.floor(completions / _MOST_HORIZONS_AN_UPDATE)}."
        )


def _check_mismatch(config: Any) -> None:
    if config.mismatch_low > config.mismatch_high:
        raise ValueError(
            f"mismatch_low={config.mismatch_low} exceeds mismatch_high={config.mismatch_high}: they are the bounds of "
            "one interval."
        )
    if config.mismatch_correction is not None and config.old_logprobs == "sampler":
        raise ValueError(
            f"mismatch_correction={config.mismatch_correction!r} with old_logprobs='sampler': the correction compares "
            "the learner's log-probabilities with the sampler's; set old_logprobs='learner' or None."
        )


def _check_length_shaping(config: Any) -> None:
    buffer, limit = config.soft_overlong_buffer, config.max_completion_length
    if buffer is not None and buffer > limit:
        raise ValueError(f"soft_overlong_buffer={buffer} exceeds max_completion_length={limit}: it lies before it.")
    if config.cosine_length is not None:
        _check_cosine_length(config.cosine_length)


def _check_cosine_length(cosine_length: Mapping[str, Any]) -> None:
    keys = ("min", "max", "weight")
    check_keys("cosine_length", cosine_length, keys)
    if missing := [key for key in keys if key not in cosine_length]:
        raise ValueError(f"cosine_length={cosine_length!r} has no {', '.join(missing)}: it needs min, max and weight.")
    for key in keys[:2]:
        check_value(f"cosine_length[{key!r}]", cosine_length[key], number(lambda _: True), "a number")
    check_value("cosine_length['weight']", cosine_length["weight"], positive, "a number above 0")
    if cosine_length["min"] >= cosine_length["max"]:
        raise ValueError(
            f"cosine_length has min={cosine_length['min']} and max={cosine_length['max']}: min must be below max, so "
            "that shorter is better."
        )


def _check_schedule(config: Any) -> None:
    if config.lr_schedule != "constant" and config.lr_decay_steps is None:
        raise ValueError(
            f"lr_schedule={config.lr_schedule!r} without lr_decay_steps: set the number of optimizer steps it takes to "
            "fall, an integer of at least 1."
        )


def _check_resets(config: Any) -> None:
    if config.reset_to == "best" and not config.evaluation_interval:
        raise ValueError(
            "reset_to='best' without evaluation: no policy is known to be the best; set evaluation(evaluation_interval="
            "...), or reset_to='current'."
        )
    period = config.effective_reset_period
    if period is not None and period < config.reset_min_spacing:
        raise ValueError(
            f"reset_period={period} is below reset_min_spacing={config.reset_min_spacing}: lower the spacing or "
            "lengthen the period."
        )
    if config.reset_kl_budget is not None and config.kl_coeff == 0:
        raise ValueError(
            f"reset_kl_budget={config.reset_kl_budget} with kl_coeff=0: without a KL term no KL is measured; set "
            "kl_coeff above 0, or reset_kl_budget=None."
        )


def _check_curriculum(config: Any) -> None:
    low, high = config.curriculum_target_low, config.curriculum_target_high
    if low >= high:
        raise ValueError(f"curriculum_target_low={low} must be below curriculum_target_high={high}.")
    for name, bounds in config.curriculum_difficulty.items():
        key = f"curriculum_difficulty[{name!r}]"
        check_value(key, bounds, _is_difficulty_range, "two integers of at least 1, the lower first")
    check_weights(config, "curriculum_weights", config.curriculum_weights)


def _is_difficulty_range(bounds: Any) -> bool:
    pair = isinstance(bounds, tuple | list) and len(bounds) == 2 and all(map(integer(1), bounds))
    return pair and bounds[0] <= bounds[1]


def check_weights(config: Any, key: str, weights: Any) -> None:
    """Check the weights of a blend.

    Args:
        config: A `ProRLConfig`; the domains of its environment are known before anything starts if it is the mixture.
        key: Name of the weights, for the message.
        weights: Name -> weight; empty for the environment's own.

    Raises:
        ValueError: if a weight is no number of at least 0, all are 0, or the mixture has no such domain.
    """
    check_value(key, weights, lambda value: isinstance(value, Mapping), "a dict of weights by domain")
    for name, weight in weights.items():
        check_value(f"{key}[{name!r}]", weight, not_negative, "a number of at least 0")
    if isinstance(config.env, str) and config.env.endswith(_MIXTURE):
        domains = config.env_config.get("domains")
        check_blend(weights, domains if domains and isinstance(domains, Mapping) else default_domains(), key)
    elif weights and not any(weights.values()):
        raise ValueError(f"{key}={weights!r}: at least one weight must be above 0.")
