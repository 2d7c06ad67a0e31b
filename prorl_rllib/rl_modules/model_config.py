"""The `model_config` of `CausalLMModule`: its keys, their defaults and their checks."""

from collections.abc import Mapping
from typing import Any

from prorl_rllib.rl_modules.segment_attention import ATTENTION

MODEL_CONFIG_DEFAULTS: dict[str, Any] = {
    "model": None,
    "hf_config": None,
    "dtype": "float32",
    "attn_implementation": ATTENTION,
    "with_reference": True,
    "logprob_chunk_size": 1024,
    "gradient_checkpointing": False,
    "lora": None,
}
"""Keys of `model_config`; `hf_config` (a dict) builds random weights and is read only when `model` is None."""

LORA_DEFAULTS: dict[str, Any] = {"rank": 32, "alpha": 64.0, "target_modules": "all-linear"}
"""Keys of `model_config["lora"]`. Both numbers are ours."""


def check_model_config(model_config: Mapping[str, Any] | None) -> dict[str, Any]:
    """Check a `model_config` and fill in the defaults.

    Args:
        model_config: keys as in `MODEL_CONFIG_DEFAULTS`.

    Returns:
        All keys with their values.

    Raises:
        ValueError: if a key is unknown, neither `model` nor `hf_config` is given, or a value is out of range.
    """
    settings = _with_defaults("model_config", model_config or {}, MODEL_CONFIG_DEFAULTS)
    if settings["model"] is None and settings["hf_config"] is None:
        raise ValueError("model_config has no `model`; give a local folder or a Hugging Face id (or `hf_config`)")
    _check_positive_int("logprob_chunk_size", settings["logprob_chunk_size"])
    if settings["lora"] is not None:
        settings["lora"] = check_lora(settings["lora"])
    return settings


def check_lora(lora: Mapping[str, Any]) -> dict[str, Any]:
    """Check the settings of a low-rank adapter and fill in the defaults.

    Args:
        lora: `rank` (at least 1, default 32), `alpha` (above 0, default 64; the adapter's output is multiplied with
            alpha / rank), `target_modules` (default "all-linear": every linear layer but the head; or a list of names
            of layers, such as ["q_proj", "v_proj"]). There is no dropout: ratios of log-probabilities must be exact.

    Returns:
        All keys with their values.

    Raises:
        ValueError: if a key is unknown or a value is out of range.
    """
    settings = _with_defaults("lora", lora, LORA_DEFAULTS)
    _check_positive_int("lora['rank']", settings["rank"])
    alpha, targets = settings["alpha"], settings["target_modules"]
    if not isinstance(alpha, int | float) or not 0 < alpha < float("inf"):
        raise ValueError(f"lora['alpha']={alpha!r}; lora['alpha'] must be a number above 0")
    names = isinstance(targets, list | tuple) and targets and all(isinstance(name, str) for name in targets)
    if targets != "all-linear" and not names:
        raise ValueError(f"lora['target_modules']={targets!r}; it must be 'all-linear' or a list of names of layers")
    return settings


def _with_defaults(what: str, given: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in defaults, or raise a ValueError that names the unknown keys."""
    unknown = sorted(given.keys() - defaults.keys())
    if unknown:
        raise ValueError(f"{what} has unknown keys {unknown}; known are {sorted(defaults)}")
    return {**defaults, **given}


def _check_positive_int(key: str, value: Any) -> None:
    """Raise a ValueError unless the value is an int of at least 1."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{key}={value!r}; {key} must be an int of at least 1")
