"""Make a warm-started model once, and find it again."""

import contextlib
import json
import os
import random
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from filelock import FileLock, Timeout
from ray.rllib.core import DEFAULT_MODULE_ID
from ray.rllib.utils.metrics import LEARNER_RESULTS

from prorl_rllib.algorithms.warm_start.config import WarmStartConfig

CACHE_VARIABLE = "PRORL_RLLIB_CACHE"
METADATA = "warm_start.json"
_VERSIONED = ("prorl-rllib", "ray", "torch", "transformers", "tokenizers", "reasoning-gym")

Progress = Callable[[int, int, float, float], None]
"""(steps taken, steps in all, loss, seconds) after each training iteration."""


@dataclass(frozen=True)
class WarmStartResult:
    """A warm-started model.

    Attributes:
        path: Hugging Face folder, tokenizer included.
        seconds: What this call took: of the warm start, or of the look into the cache.
        cached: Whether the model was there already.
    """

    path: str
    seconds: float
    cached: bool


def cache_folder() -> Path:
    """Return `$PRORL_RLLIB_CACHE/warm_start`, or `~/.cache/prorl_rllib/warm_start` if the variable is unset."""
    root = os.environ.get(CACHE_VARIABLE) or "~/.cache/prorl_rllib"
    return Path(root).expanduser() / "warm_start"


def ensure_warm_start(config: WarmStartConfig, on_progress: Progress | None = None) -> WarmStartResult:
    """Return the model of a config from the cache, made first if need be.

    Processes that ask for the same model at once share one run. A run that is interrupted leaves nothing.

    Args:
        config: The warm start.
        on_progress: Called after each training iteration.

    Returns:
        Where the model is.

    Raises:
        ValueError: if the config is wrong.
        TimeoutError: if another process has been making the model for `cache_timeout_s`.
        OSError: if the cache cannot be written.
    """
    start = time.monotonic()
    config = config.copy(copy_frozen=False)
    config.validate()
    target = cache_folder() / config.cache_key()
    if _is_complete(target):
        return WarmStartResult(str(target), time.monotonic() - start, cached=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(f"{target}.lock")
    try:
        lock.acquire(timeout=config.cache_timeout_s)
    except Timeout:
        raise TimeoutError(
            f"warm start: another process has held {lock.lock_file} for cache_timeout_s={config.cache_timeout_s:g} s; "
            "raise training(cache_timeout_s=...), or end that process"
        ) from None
    try:
        cached = _is_complete(target)
        if not cached:
            _make(config, target, on_progress)
    finally:
        lock.release()
    return WarmStartResult(str(target), time.monotonic() - start, cached=cached)


def _is_complete(folder: Path) -> bool:
    """Whether a folder is a finished cache entry; it takes its name when it is."""
    return (folder / METADATA).is_file()


def _make(config: WarmStartConfig, target: Path, on_progress: Progress | None) -> None:
    """Run the warm start beside its target, and rename."""
    aside = target.parent / f".{target.name}.{uuid.uuid4().hex[:8]}.partial"
    aside.mkdir()
    try:
        start = time.monotonic()
        folder, loss = _train(config, aside, on_progress)
        _write_metadata(folder / METADATA, config, seconds=time.monotonic() - start, loss=loss)
        shutil.rmtree(target, ignore_errors=True)
        folder.rename(target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _train(config: WarmStartConfig, folder: Path, on_progress: Progress | None) -> tuple[Path, float]:
    """Run the algorithm to its end and export."""
    start = time.monotonic()
    with _process_state_kept():
        algo = config.build_algo()
        try:
            loss, done = float("nan"), False
            while not done:
                result = algo.train()
                done = result["done"]
                loss = float(result[LEARNER_RESULTS][DEFAULT_MODULE_ID]["loss"])
                if on_progress is not None:
                    on_progress(int(result["warm_start"]["steps"]), config.num_steps, loss, time.monotonic() - start)
            return algo.export(folder / "model"), loss
        finally:
            algo.stop()
            # Outside of Tune this is a temporary folder of the algorithm's own, which nothing else would remove.
            shutil.rmtree(algo.logdir, ignore_errors=True)


@contextlib.contextmanager
def _process_state_kept() -> Iterator[None]:
    """Put torch's threads and the global generators, which RLlib seeds, back: a caller sees no trace of the run."""
    threads, python_state, numpy_state = torch.get_num_threads(), random.getstate(), np.random.get_state()
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        torch.set_num_threads(threads)
        random.setstate(python_state)
        np.random.set_state(numpy_state)


def _write_metadata(path: Path, config: WarmStartConfig, *, seconds: float, loss: float) -> None:
    """Write what the model came from."""
    record: dict[str, Any] = {
        "config": config.identity(),
        "num_threads": config.num_threads,
        "seconds": round(seconds, 1),
        "final_loss": loss,
        "versions": {name: version(name) for name in _VERSIONED},
    }
    path.write_text(json.dumps(record, indent=2) + "\n")
