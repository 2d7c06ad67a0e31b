"""The checks of a ProRL config: one table of keys, values and ranges, then how the keys fit together."""

from pathlib import Path
from typing import Any

import gymnasium
from ray.rllib.algorithms.algorithm_config import AlgorithmConfig
from ray.rllib.core import DEFAULT_MODULE_ID

from prorl_rllib.algorithms.config_rules import (
    ABOVE_0,
    AT_LEAST_0,
    AT_LEAST_1,
    Rule,
    check_rules,
    choice_rule,
    integer,
    is_betas,
    is_bool,
    not_negative,
    number,
    one_of,
    optional,
    positive,
    share,
)
from prorl_rllib.algorithms.prorl import engine_checks
from prorl_rllib.algorithms.prorl.config_cross_checks import check_combinations, check_effects
from prorl_rllib.algorithms.prorl.stage_checks import check_stages
from prorl_rllib.envs.settings import did_you_mean

_DTYPES = ("float32", "bfloat16")
_TRAINING: tuple[Rule, ...] = (
    ("model_name_or_path", optional(lambda value: isinstance(value, str | Path)), "a str (the key is model)"),
    choice_rule("model_dtype", *_DTYPES),
    ("lora", optional(lambda value: isinstance(value, dict)), "a dict, or None"),
    ("prompts_per_step", integer(1), AT_LEAST_1),
    ("prompts_per_optimizer_step", integer(1), AT_LEAST_1),
    ("group_size", integer(2), "an integer of at least 2: a group of one has no relative advantage"),
    ("max_tokens_per_microbatch", integer(1), AT_LEAST_1),
    ("packing", is_bool, "True or False"),
    ("shared_prefix", is_bool, "True or False"),
    ("gradient_checkpointing", is_bool, "True or False"),
    ("max_sampling_rounds", integer(1), AT_LEAST_1),
    choice_rule("on_sampling_cap", "train", "skip", "error"),
    ("num_threads_per_learner", optional(integer(1)), f"{AT_LEAST_1}, or None"),
    ("num_learners", integer(0), AT_LEAST_0),
    choice_rule("learner_sharding", "ddp", "fsdp2"),
    ("update_timeout_s", positive, "a number of seconds above 0"),
    ("seed", optional(integer(0)), f"{AT_LEAST_0}, or None, which is 0"),
    ("lr", number(lambda value: 0 < value <= 1), "a number in (0, 1] (its course is lr_schedule)"),
    choice_rule("lr_schedule", "constant", "linear", "cosine"),
    ("lr_warmup_steps", integer(0), AT_LEAST_0),
    ("lr_decay_steps", optional(integer(1)), f"{AT_LEAST_1}, or None"),
    ("lr_min_factor", share, "a number in [0, 1]"),
    ("adam_betas", is_betas, "two numbers in [0, 1)"),
    ("adam_epsilon", positive, ABOVE_0),
    ("weight_decay", not_negative, "a number of at least 0"),
    ("grad_clip", optional(positive), f"{ABOVE_0}, or None"),
    ("grad_clip_by", one_of("global_norm"), "global_norm: the norm over all parameters"),
)
_OBJECTIVE: tuple[Rule, ...] = (
    choice_rule("advantage_estimator", "grpo", "rloo", "reinforce_plus_plus_baseline", "batch_std"),
    choice_rule("advantage_statistics", "trajectory", "token"),
    ("advantage_std_normalize", is_bool, "True or False"),
    ("advantage_eps", positive, ABOVE_0),
    choice_rule("policy_loss", "clip", "gspo", "cispo"),
    ("clip_low", number(lambda value: 0 < value <= 1), "a number in (0, 1]"),
    ("clip_high", positive, ABOVE_0),
    ("dual_clip", optional(number(lambda value: value > 1)), "a number above 1, or None"),
    choice_rule("loss_aggregation", "token_mean", "sequence_mean_token_mean", "constant"),
    ("kl_coeff", not_negative, "a number of at least 0"),
    choice_rule("kl_estimator", "k1", "k2", "k3", "k3+"),
    choice_rule("kl_placement", "loss", "reward", note=": the KL term is in one of them, never in both"),
    ("kl_target", optional(positive), f"{ABOVE_0}, in nats a token, or None for a fixed kl_coeff"),
    ("kl_horizon", integer(1), AT_LEAST_1),
    ("old_logprobs", optional(one_of("sampler", "learner")), "one of sampler, learner, or None"),
    (
        "mismatch_correction",
        optional(one_of("tis", "icepop", "sequence_mask")),
        "one of tis, icepop, sequence_mask, or None",
    ),
    ("mismatch_low", not_negative, "a number of at least 0"),
    ("mismatch_high", positive, ABOVE_0),
    ("logprob_gap_alarm", positive, f"{ABOVE_0}, in nats"),
)
_SAMPLING: tuple[Rule, ...] = (
    ("temperature", positive, ABOVE_0),
    ("top_p", number(lambda value: value == 1), "1.0: else another distribution would be sampled than is trained"),
    ("max_completion_length", integer(1), AT_LEAST_1),
    ("evaluation_temperature", optional(not_negative), "a number of at least 0, or None"),
    ("evaluation_top_p", optional(number(lambda value: 0 < value <= 1)), "a number in (0, 1], or None"),
    ("evaluation_interval", optional(integer(0)), f"{AT_LEAST_1}, or None for no evaluation"),
    ("evaluation_samples_per_prompt", integer(1), AT_LEAST_1),
    ("evaluation_duration", integer(1), f"{AT_LEAST_1}: the number of held-out tasks"),
    ("evaluate_before_training", is_bool, "True or False"),
    ("weight_sync_timeout_s", positive, "a number of seconds above 0"),
    ("sample_timeout_s", positive, "a number of seconds above 0: every wait has a deadline"),
    ("evaluation_sample_timeout_s", positive, "a number of seconds above 0"),
)
_REWARDS: tuple[Rule, ...] = (
    ("truncation_coefficient", optional(share), "a number in [0, 1], or None"),
    ("soft_overlong_buffer", optional(integer(1)), f"{AT_LEAST_1}, or None"),
    ("soft_overlong_penalty", positive, ABOVE_0),
    ("cosine_length", optional(lambda value: isinstance(value, dict)), "a dict of min, max and weight, or None"),
    ("cosine_length_on", integer(1), AT_LEAST_1),
    ("cosine_length_off", integer(0), AT_LEAST_0),
)
_RESETS: tuple[Rule, ...] = (
    ("reset_period", optional(integer(1)), f"{AT_LEAST_1}, or None for never"),
    ("reset_plateau_evaluations", optional(integer(1)), f"{AT_LEAST_1}, or None for never"),
    ("reset_plateau_min_gain", not_negative, "a number of at least 0"),
    ("reset_kl_budget", optional(positive), f"{ABOVE_0}, in nats a token, or None for never"),
    ("reset_entropy_floor", optional(not_negative), "a number of at least 0, in nats a token, or None for never"),
    ("reset_min_spacing", integer(1), AT_LEAST_1),
    choice_rule("reset_to", "current", "best"),
    ("reset_clear_optimizer", is_bool, "True or False"),
    ("reset_checkpoint_before", is_bool, "True or False"),
)
_COURSE: tuple[Rule, ...] = (
    ("training_stages", lambda value: isinstance(value, list | tuple), "a list of dicts (the key is stages)"),
    ("curriculum_enabled", is_bool, "True or False"),
    ("curriculum_target_low", share, "a number in [0, 1]"),
    ("curriculum_target_high", share, "a number in [0, 1]"),
    ("curriculum_window", integer(1), AT_LEAST_1),
    ("curriculum_difficulty", lambda value: isinstance(value, dict), "a dict of lowest and highest difficulty by name"),
    ("curriculum_weights", lambda value: isinstance(value, dict), "a dict of weights by domain"),
)
_MONITORING: tuple[Rule, ...] = (
    ("samples_log_interval", optional(integer(1)), f"{AT_LEAST_1}, or None"),
    ("samples_log_prompts", integer(1), AT_LEAST_1),
    ("checkpoints_to_keep", optional(integer(1)), f"{AT_LEAST_1}, or None for all"),
    ("keep_best_checkpoint", is_bool, "True or False"),
    ("monitor_interval", optional(integer(1)), f"{AT_LEAST_1}, or None for no warnings"),
    ("monitor_truncated_share", share, "a number in [0, 1]"),
    ("monitor_zero_variance_share", share, "a number in [0, 1]"),
    ("monitor_verifier_error_share", share, "a number in [0, 1]"),
    ("monitor_duplicate_share", share, "a number in [0, 1]"),
    ("monitor_kl", positive, f"{ABOVE_0}, in nats a token"),
    ("monitor_entropy", not_negative, "a number of at least 0, in nats a token"),
    ("monitor_skipped_steps", integer(1), AT_LEAST_1),
)
RULES = (*_TRAINING, *_OBJECTIVE, *_SAMPLING, *engine_checks.RULES, *_REWARDS, *_RESETS, *_COURSE, *_MONITORING)
"""Every key of ProRL's own, whether a value is allowed, and what is, in words."""

_PACKAGE = "prorl_rllib:"
# RLlib's settings that nothing here reads, and what stands in for them.
_NOT_READ = {
    "num_epochs": "each completion is trained on once",
    "minibatch_size": "prompts_per_optimizer_step",
    "train_batch_size": "prompts_per_step, in prompts of group_size completions",
    "_train_batch_size_per_learner": "prompts_per_step, in prompts of all learners together",
    "num_aggregator_actors_per_learner": "the driver deals whole groups out to the learners",
    "gamma": "rewards of a text episode are not discounted",
    "num_envs_per_env_runner": "engine_config['max_num_seqs']",
    "rollout_fragment_length": "prompts_per_step",
}


def check_config(config: Any) -> None:
    """Check each setting, how they fit together, and the settings of each stage.

    Args:
        config: A `ProRLConfig`.

    Raises:
        ValueError: naming the key, its value and the allowed range.
    """
    check_settings(config)
    in_force = check_stages(config, check_settings)
    check_effects(config, later=in_force)
    _check_environment(config.env)
    _check_evaluation(config)
    _check_not_read(config)
    _check_model(config)


def check_settings(config: Any) -> None:
    """Check the settings that a stage may change, and all others of ProRL's own.

    Args:
        config: A `ProRLConfig`.

    Raises:
        ValueError: naming the key, its value and the allowed range.
    """
    check_rules(config, RULES)
    engine_checks.check_engine(config)
    check_combinations(config)


def _check_environment(env: Any) -> None:
    """Refuse a config without an environment, and an id of this package that there is not; other ids are RLlib's."""
    if env is None:
        raise ValueError("no environment: set environment('prorl_rllib:prorl/Math-v0'), or another one of text.")
    name = env.removeprefix(_PACKAGE) if isinstance(env, str) else ""
    if name.startswith("prorl/") and name not in gymnasium.registry:
        known = sorted(key for key in gymnasium.registry if key.startswith("prorl/"))
        raise ValueError(f"unknown environment {env!r}{did_you_mean(name, known)}; known are {', '.join(known)}.")


def _check_evaluation(config: Any) -> None:
    """Refuse evaluation settings of RLlib's that mean nothing here."""
    if config.evaluation_num_env_runners:
        raise ValueError(
            f"evaluation_num_env_runners={config.evaluation_num_env_runners} is not supported: it must be 0; "
            "evaluation runs on the training env runners."
        )
    if config.evaluation_duration_unit != "episodes":
        raise ValueError(f"evaluation_duration_unit={config.evaluation_duration_unit!r}: it must be 'episodes'.")
    overrides = config.evaluation_config
    if isinstance(overrides, dict) and set(overrides) - {"env_config"}:
        raise ValueError(
            f"evaluation_config has the keys {sorted(overrides)}: only 'env_config' is read. How evaluations sample is "
            "set by evaluation_temperature, evaluation_top_p and evaluation_samples_per_prompt."
        )


def _check_not_read(config: Any) -> None:
    """Refuse settings of RLlib's that would change nothing, and policies that there are not."""
    if set(config.policies) != {DEFAULT_MODULE_ID}:
        raise ValueError(f"multi_agent(policies={sorted(config.policies)}) is not supported: ProRL trains one policy.")
    defaults = AlgorithmConfig()
    for key, instead in _NOT_READ.items():
        if getattr(config, key) != getattr(defaults, key):
            raise ValueError(f"{key.lstrip('_')}={getattr(config, key)!r} has no effect in ProRL; instead: {instead}.")


def _check_model(config: Any) -> None:
    """Exactly one of `model` and `warm_start` says where the base model comes from."""
    if config.model_name_or_path is None and config.warm_start is None:
        raise ValueError("no model: set training(model=path or Hugging Face id), or training(warm_start=...).")
    if config.model_name_or_path is not None and config.warm_start is not None:
        raise ValueError(
            f"both model={str(config.model_name_or_path)!r} and warm_start are set: set training(warm_start=None) to "
            "train that model, or training(model=None) to make one."
        )
