"""Reasoning Gym's data sets: named, configured, generated from a seed. Imports reasoning_gym on first use."""

import dataclasses
import hashlib
import importlib.metadata
import io
import json
import os
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, redirect_stdout
from functools import lru_cache
from types import ModuleType
from typing import Any

import numpy as np

from prorl_rllib.envs.errors import EnvConfigError
from prorl_rllib.envs.settings import reject_unknown_keys

VIRTUAL_SIZE = 20_000
"""The `size` that data sets are made with; word_ladder takes no more."""
BOUNDED = frozenset({"acre", "gsm_symbolic", "list_functions", "word_ladder"})
"""Data sets whose indices must stay below their size; the others take any index."""
UNSTABLE_EXAMPLES = frozenset({"knight_swap", "word_ladder"})
"""Data sets whose example answer, one of many solutions, changes with Python's hash seed."""
PRINTING = frozenset({"bf"})
"""Data sets whose generators print."""
MAX_INDEX = 2**31
OWN_KEYS = ("seed", "size")
"""Config keys of Reasoning Gym that are not the user's: the environment draws seeds and indices itself."""


def load() -> ModuleType:
    """Import reasoning_gym (it draws in matplotlib, which must not look for a display)."""
    os.environ.setdefault("MPLBACKEND", "Agg")
    import reasoning_gym

    module: ModuleType = reasoning_gym
    return module


@lru_cache(1)
def version() -> str:
    """Return the installed version of Reasoning Gym."""
    return importlib.metadata.version("reasoning-gym")


def all_names() -> tuple[str, ...]:
    """Return the names of all data sets, sorted."""
    load()
    from reasoning_gym.factory import DATASETS

    return tuple(sorted(DATASETS))


def check_config(name: str, config: Mapping[str, Any]) -> str:
    """Check the config of a data set by making it.

    Args:
        name: of a data set.
        config: its fields, without `seed` and `size`.

    Returns:
        The config as canonical JSON.

    Raises:
        EnvConfigError: naming the wrong key or value.
    """
    load()
    from reasoning_gym.factory import DATASETS

    where = f"datasets[{name!r}]"
    fields = {field.name for field in dataclasses.fields(DATASETS[name][1])} - set(OWN_KEYS)
    reject_unknown_keys(config, fields, where)
    try:
        text = json.dumps(dict(config), sort_keys=True)
        dataset(name, text)
    except Exception as error:  # data sets check their configs with assert, ValueError or by failing
        raise EnvConfigError(f"{where} = {dict(config)}: {type(error).__name__}: {error}") from error
    return text


@lru_cache(256)
def dataset(name: str, config: str, seed: int = 0) -> Any:
    """Return a data set, made once.

    Args:
        name: of a data set.
        config: its config as canonical JSON.
        seed: Reasoning Gym's; entries depend on seed plus index.
    """
    with seeded_global_random(seed):
        return load().create_dataset(name, seed=seed, size=VIRTUAL_SIZE, **json.loads(config))


def draw_index(name: str, rng: random.Random) -> int:
    """Draw the index of an entry."""
    return rng.randrange(VIRTUAL_SIZE if name in BOUNDED else MAX_INDEX)


def entry(name: str, config: str, seed: int, index: int) -> dict[str, Any]:
    """Return an entry: `question`, `answer`, `metadata`; the same in every process with the same version."""
    quiet = redirect_stdout(io.StringIO()) if name in PRINTING else nullcontext()
    with seeded_global_random(index), quiet:
        made: dict[str, Any] = dataset(name, config, seed)[index]
    return made


@contextmanager
def seeded_global_random(seed: int) -> Iterator[None]:
    """Seed `random` and `numpy.random` for a while: some generators draw from them, and others reseed them."""
    state, numpy_state = random.getstate(), np.random.get_state()
    random.seed(seed)
    np.random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)
        np.random.set_state(numpy_state)


def question_hash(question: str) -> str:
    """Return the SHA-256 hex digest of a question."""
    return hashlib.sha256(question.encode("utf-8", "replace")).hexdigest()


def json_able(value: Any) -> Any:
    """Return metadata as JSON would bring it back: tuples as lists, keys as str, unknown objects as their str."""
    return json.loads(json.dumps(value, default=_plain, skipkeys=True))


def _plain(value: Any) -> Any:
    """Return a JSON-able stand-in: a number of numpy's as a number, a set as a list, else the str."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=str)
    return str(value)
