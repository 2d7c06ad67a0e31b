"""Reasoning Gym's data sets: named, configured, generated from a seed. Imports reasoning_gym on first use."""

import dataclasses
import decimal
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
from prorl_rllib.envs.logic import code_io, composite
from prorl_rllib.envs.logic.examined import BLEND
from prorl_rllib.envs.logic.stable_order import SORT, UNORDERED_METADATA
from prorl_rllib.envs.settings import reject_unknown_keys

VIRTUAL_SIZE = 20_000
"""The `size` that data sets are made with; word_ladder takes no more."""
BOUNDED = frozenset({"acre", "gsm_symbolic", "list_functions", "word_ladder"})
"""Data sets whose indices must stay below their size; the others take any index."""
UNSTABLE_EXAMPLES = frozenset({"intermediate_integration", "knight_swap", "word_ladder"})
"""Data sets whose example answer, one of many solutions, changes with Python's hash seed."""
TUPLE_BOARDS = frozenset({"arc_agi", "rearc"})
"""Data sets whose scorers compare boards that are tuples of tuples."""
RUNS_PROGRAMS = "codeio"
"""The data set whose generator runs bundled programs; its entries are made here."""
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
    if name == BLEND:
        composite.check_parts(config, where, check_config)
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
    keywords = json.loads(config)
    if name == BLEND:
        keywords["datasets"] = composite.specifications(keywords)
    with seeded_global_random(seed):
        made = load().create_dataset(name, seed=seed, size=VIRTUAL_SIZE, **keywords)
    for part_name, part in parts(name, made).items():
        if part_name in SORT:
            SORT[part_name](part)
    return made


def parts(name: str, made: Any) -> dict[str, Any]:
    """Return the data sets that a blend is made of, by name; any other data set is its own only part."""
    return dict(made.datasets) if name == BLEND else {name: made}


def source_of(name: str, entry: dict[str, Any]) -> str:
    """Return the name of the data set that an entry of a data set is from: a part, where that is a blend."""
    return str(entry["metadata"]["source_dataset"]) if name == BLEND else name


def draw_index(name: str, config: str, rng: random.Random) -> int:
    """Draw the index of an entry."""
    names = composite.part_names(json.loads(config)) if name == BLEND else {name}
    return rng.randrange(VIRTUAL_SIZE if names & BOUNDED else MAX_INDEX)


def entry(name: str, config: str, seed: int, index: int) -> dict[str, Any]:
    """Return an entry: `question`, `answer`, `metadata`; the same in every process with the same version."""
    if name == RUNS_PROGRAMS:
        return code_io.make_entry(json.loads(config), seed, index)
    quiet = redirect_stdout(io.StringIO()) if name in PRINTING | {BLEND} else nullcontext()
    with seeded_global_random(index), quiet:
        made: dict[str, Any] = dataset(name, config, seed)[index]
    if key := UNORDERED_METADATA.get(source_of(name, made)):
        made["metadata"][key] = sorted(made["metadata"][key])
    return made


@contextmanager
def seeded_global_random(seed: int) -> Iterator[None]:
    """Seed `random` and `numpy.random` for a while: some generators draw from them, and others reseed them.

    The precision of `decimal` is Python's own meanwhile: `decimal_arithmetic` sets it, and others depend on it.
    """
    state, numpy_state = random.getstate(), np.random.get_state()
    random.seed(seed)
    np.random.seed(seed)
    try:
        with decimal.localcontext(decimal.Context(prec=28, rounding=decimal.ROUND_HALF_EVEN)):
            yield
    finally:
        random.setstate(state)
        np.random.set_state(numpy_state)


def question_hash(question: str) -> str:
    """Return the SHA-256 hex digest of a question."""
    return hashlib.sha256(question.encode("utf-8", "replace")).hexdigest()


def size_of(value: Any) -> int:
    """Return the number of characters of a value as JSON."""
    return len(json.dumps(value))


def restored(name: str, entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry that JSON brought back as its scorer needs it: boards of tuples, where those are compared."""
    if name not in TUPLE_BOARDS:
        return entry
    boards = {key: tuple(map(tuple, entry["metadata"][key])) for key in ("input", "output")}
    return {**entry, "metadata": {**entry["metadata"], **boards}}


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
