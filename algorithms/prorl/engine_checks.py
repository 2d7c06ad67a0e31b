"""The checks of the engine's keys, and the choice of the engine when a run is built."""

import logging
from pathlib import Path
from typing import Any

import torch

from prorl_rllib.algorithms.config_rules import (
    AT_LEAST_1,
    Rule,
    check_keys,
    check_value,
    choice_rule,
    integer,
    is_bool,
    one_of,
    optional,
    positive,
)
from prorl_rllib.algorithms.prorl.preflight import count_parameters
from prorl_rllib.engines.engine_classes import ENGINES, check_options, engine_parameters
from prorl_rllib.engines.model_loading import load_config
from prorl_rllib.engines.selection import EngineChoice, choose_engine, how_to_install, vllm_is_installed
from prorl_rllib.engines.vllm_arguments import check_engine_options, check_numbers
from prorl_rllib.engines.vllm_engine import DEFAULT_MAX_NUM_SEQS
from prorl_rllib.engines.vllm_environment import vllm_build
from prorl_rllib.engines.vllm_sampling import LEAST_TEMPERATURE

logger = logging.getLogger(__name__)

RULES: tuple[Rule, ...] = (
    choice_rule("engine", "auto", *sorted(ENGINES)),
    ("engine_in_own_process", optional(is_bool), "True, False, or None"),
    ("engine_config", lambda value: isinstance(value, dict), "a dict"),
    ("engine_start_timeout_s", positive, "a number of seconds above 0"),
    ("engine_call_timeout_s", positive, "a number of seconds above 0"),
    ("canary_tolerance", optional(positive), "a number of nats above 0, or None"),
    ("sleep_between_rollouts", is_bool, "True or False"),
    choice_rule("weight_transfer", "object_store", "nccl", "ipc"),
)
"""The engine's keys, whether a value is allowed, and what is, in words."""

_OPTIONS: tuple[Rule, ...] = (
    ("max_num_seqs", integer(1), AT_LEAST_1),
    ("num_threads", integer(1), AT_LEAST_1),
    choice_rule("dtype", "float32", "bfloat16"),
    ("gpu_memory_utilization", positive, "a number in (0, 1]"),
    ("tensor_parallel_size", integer(1), AT_LEAST_1),
    ("enable_sleep_mode", is_bool, "True or False"),
    ("load_weights_from_model", is_bool, "True or False"),
    ("distributed_executor_backend", one_of(None, "mp", "ray"), "'mp', 'ray' or None"),
    ("engine_options", lambda value: isinstance(value, dict), "a dict of arguments of vllm.EngineArgs"),
)
_NUMBERS = ("max_model_len", "kv_cache_bytes", "gpu_memory_utilization", "tensor_parallel_size", "block_size")
_SET_BY_KEYS = {
    "start_timeout_s": "engine_start_timeout_s",
    "model": "training(model=...)",
    "weight_transfer": "generation(weight_transfer=...)",
}


def check_engine(config: Any) -> None:
    """Check the engine's keys against each other and against what is installed; `RULES` hold already.

    Args:
        config: A `ProRLConfig`.

    Raises:
        ValueError: naming the keys, their values and what to change.
        ImportError: if vLLM is asked for and not installed.
    """
    if config.engine == "vllm":
        choose_engine("vllm", num_parameters=None, max_num_seqs=1, accelerator=_accelerator(config))
    _check_options(config)
    _check_tensor_parallel(config)
    if config.sleep_between_rollouts and config.engine == "transformers":
        raise ValueError(
            "sleep_between_rollouts=True with engine='transformers': only vLLM can sleep; set it to False."
        )
    if config.weight_transfer != "object_store":
        _check_weight_transfer(config)


def with_engine(config: Any) -> Any:
    """Return the config with the engine chosen, and say which one and why.

    Args:
        config: A `ProRLConfig` whose base model is made.

    Raises:
        ValueError: if a key does not fit the engine that was chosen.
        ImportError: if vLLM is asked for and not installed.
    """
    choice = choose_engine(
        config.engine,
        num_parameters=count_parameters(config.model_path),
        max_num_seqs=config.engine_config.get("max_num_seqs", DEFAULT_MAX_NUM_SEQS),
        accelerator=_accelerator(config),
        head_size=head_size(config.model_path),
    )
    why = f" ({choice.reason})"
    check_options(choice.name, config.engine_config, why=why)
    if config.sleep_between_rollouts and choice.name != "vllm":
        raise ValueError(f"sleep_between_rollouts=True, but the engine is {choice.name}{why}, which cannot sleep.")
    if choice.name == "vllm":
        _check_what_vllm_cannot(config)
    made = config.copy(copy_frozen=False)
    made.engine_choice = choice
    made.env_runner_cls = env_runner_class(config.env_runner_cls, choice)
    made.freeze()
    where = "a process of its own" if config.engine_has_own_process(choice.name) else "the env runner's process"
    logger.info("%s, in %s", choice, where)
    return made


def _check_what_vllm_cannot(config: Any) -> None:
    """Refuse what vLLM would refuse when a run has begun already."""
    for key in ("temperature", "evaluation_temperature"):
        value = getattr(config, key)
        if value is not None and 0 < value < LEAST_TEMPERATURE:
            raise ValueError(
                f"{key}={value} with vLLM, which would raise it to {LEAST_TEMPERATURE}: take 0, or at least that."
            )
    if config.sleep_between_rollouts and vllm_build() == "cpu":
        raise ValueError("sleep_between_rollouts=True: vLLM's CPU build cannot sleep; set it to False.")


def env_runner_class(given: type, choice: EngineChoice) -> type:
    """Return the class of the env runners: `VLLMEnvRunner` instead of the default one where vLLM samples.

    Args:
        given: The class in the config; one of the user's stays.
        choice: The engine.
    """
    from prorl_rllib.env_runners.text_env_runner import TextEnvRunner
    from prorl_rllib.env_runners.vllm_env_runner import VLLMEnvRunner

    return VLLMEnvRunner if given is TextEnvRunner and choice.name == "vllm" else given


def head_size(model_path: str | Path) -> int | None:
    """Return the size of an attention head; None where the model is not on this machine or its config says nothing.

    Args:
        model_path: A Hugging Face folder.
    """
    if not Path(model_path).is_dir():
        return None
    text = load_config(str(model_path)).get_text_config()
    heads = getattr(text, "num_attention_heads", None)
    return getattr(text, "head_dim", None) or (text.hidden_size // heads if heads else None)


def _accelerator(config: Any) -> str:
    """Return what env runners may use: a GPU that they ask Ray for, or, in the driver's process, any that is there."""
    has_gpu = config.num_gpus_per_env_runner > 0 if config.num_env_runners else torch.cuda.is_available()
    return "cuda" if has_gpu else "cpu"


def _check_options(config: Any) -> None:
    """Check the engine's arguments; with engine="auto" all that one of the engines takes are allowed."""
    options = config.engine_config
    for key, instead in _SET_BY_KEYS.items():
        if key in options:
            raise ValueError(f"engine_config[{key!r}]={options[key]!r}: set {instead} instead.")
    for key in options:
        if not isinstance(key, str):
            raise ValueError(f"engine_config has the key {key!r}: keys are names, such as 'max_num_seqs'.")
    engines = sorted(ENGINES) if config.engine == "auto" else [config.engine]
    known = {key for engine in engines for key in engine_parameters(engine)} - set(_SET_BY_KEYS)
    check_keys(f"engine_config (engine={config.engine!r})", options, known)
    for key, holds, allowed in _OPTIONS:
        if key in options:
            check_value(f"engine_config[{key!r}]", options[key], holds, allowed)
    numbers = {key: options[key] for key in _NUMBERS if key in options}
    for key, value in numbers.items():
        if isinstance(value, bool) or not isinstance(value, int | float | None):
            raise ValueError(f"engine_config[{key!r}]={value!r} is out of range: it must be a number.")
    check_numbers(numbers)
    check_engine_options(options.get("engine_options", {}), known=None)
    _check_length(config)


def _check_length(config: Any) -> None:
    """A prompt of at least one token has to fit beside a completion."""
    length, answer = config.engine_config.get("max_model_len"), config.max_completion_length
    if length is not None and length <= answer:
        raise ValueError(
            f"engine_config['max_model_len']={length} with max_completion_length={answer}: it counts the prompt and "
            "its completion together; make it larger by the longest prompt, or lower max_completion_length."
        )


def _check_tensor_parallel(config: Any) -> None:
    """The processes of one engine need a GPU each, and Ray gives them those of the env runner."""
    size, gpus = config.engine_config.get("tensor_parallel_size", 1), config.num_gpus_per_env_runner
    if size > 1 and config.num_env_runners and 0 < gpus < size:
        raise ValueError(
            f"engine_config['tensor_parallel_size']={size} with num_gpus_per_env_runner={gpus}: one engine needs as "
            f"many GPUs; set env_runners(num_gpus_per_env_runner={size}), or lower tensor_parallel_size."
        )
    if size > 1 and config.num_env_runners and not gpus and vllm_build() == "cuda":
        raise ValueError(
            f"engine_config['tensor_parallel_size']={size} without GPUs: set env_runners(num_gpus_per_env_runner="
            f"{size}), the number of GPUs of one engine."
        )


def _check_weight_transfer(config: Any) -> None:
    """Transfers from GPU to GPU need vLLM, its CUDA build, and GPUs on both sides."""
    way = f"weight_transfer={config.weight_transfer!r}"
    if config.engine == "transformers":
        raise ValueError(f"{way} with engine='transformers': it is vLLM's; set engine='vllm' or 'object_store'.")
    if not vllm_is_installed() or vllm_build() != "cuda":
        raise ValueError(
            f"{way} needs vLLM for CUDA, and {'its CPU build' if vllm_is_installed() else 'no vLLM'} is installed: "
            f"{how_to_install('cuda')}, or set weight_transfer='object_store'."
        )
    for key, count in (("num_env_runners", config.num_env_runners), ("num_learners", config.num_learners)):
        if not count:
            raise ValueError(f"{way} with {key}=0: it goes between remote learners and remote env runners.")
    for key in ("num_gpus_per_env_runner", "num_gpus_per_learner"):
        if not getattr(config, key):
            raise ValueError(f"{way} with {key}={getattr(config, key)}: both sides need GPUs; set it above 0.")
    if config.weight_sync_timeout_s >= config.update_timeout_s:
        raise ValueError(
            f"{way} with weight_sync_timeout_s={config.weight_sync_timeout_s} and update_timeout_s="
            f"{config.update_timeout_s}: learners take part in it, and the latter ends them; make it the longer."
        )
