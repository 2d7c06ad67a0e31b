"""The engines by name, imported when they are first asked for."""

import difflib
import importlib
import inspect
from collections.abc import Mapping
from typing import Any

from prorl_rllib.engines.text_engine import TextEngine

ENGINES = {
    "transformers": "prorl_rllib.engines.transformers_engine:TransformersEngine",
    "vllm": "prorl_rllib.engines.vllm_engine:VLLMEngine",
}


def engine_class(name: str) -> type[TextEngine]:
    """Find the class of an engine.

    Args:
        name: a key of `ENGINES`, or "module:Class" of your own.

    Returns:
        The class.

    Raises:
        ValueError: if the name is unknown or the class is no `TextEngine`.
        ImportError: if its module cannot be imported.
    """
    if ":" not in name and name not in ENGINES:
        raise ValueError(f"engine={name!r} is unknown{did_you_mean(name, ENGINES)}; `engine` is one of {list(ENGINES)}")
    module_name, _, class_name = ENGINES.get(name, name).partition(":")
    found = getattr(importlib.import_module(module_name), class_name, None)
    if not (isinstance(found, type) and issubclass(found, TextEngine)):
        raise ValueError(f"engine={name!r}: {module_name} has no class {class_name!r} that is a TextEngine")
    return found


def engine_parameters(name: str) -> set[str]:
    """Names of the keyword arguments that an engine takes.

    Args:
        name: as in `engine_class`.

    Returns:
        The names, "model" included.
    """
    return set(inspect.signature(engine_class(name)).parameters)


def check_options(name: str, options: Mapping[str, Any], *, why: str = "") -> None:
    """Check that an engine takes these keyword arguments; their values it checks itself.

    Args:
        name: as in `engine_class`.
        options: keyword arguments of its constructor, `model` excepted.
        why: a clause that says why it is this engine, for the message.

    Raises:
        ValueError: naming the unknown key, the nearest known one and all that are known.
    """
    known = sorted(engine_parameters(name) - {"model"})
    for key in options:
        if key not in known:
            raise ValueError(
                f"engine_config: the {name} engine{why} takes no {key!r}{did_you_mean(key, known)}; it takes "
                f"{', '.join(known)}"
            )


def did_you_mean(given: str, known: Any) -> str:
    """Name the nearest known key.

    Args:
        given: what was written.
        known: what could have been written.

    Returns:
        " (did you mean ...?)", empty where nothing is near.
    """
    near = difflib.get_close_matches(given, list(known), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""
