"""Build the engine that was chosen, in this process or in one of its own."""

from collections.abc import Mapping
from typing import Any

from prorl_rllib.engines.engine_classes import check_options, engine_class, engine_parameters
from prorl_rllib.engines.engine_process import EngineProcess
from prorl_rllib.engines.selection import EngineChoice
from prorl_rllib.engines.text_engine import TextEngine


def build_engine(
    choice: EngineChoice,
    model: str,
    *,
    own_process: bool,
    options: Mapping[str, Any],
    start_timeout_s: float = 300.0,
    call_timeout_s: float = 120.0,
) -> TextEngine:
    """Build an engine.

    Args:
        choice: what `choose_engine` returned.
        model: a local folder or a Hugging Face id.
        own_process: whether the engine lives in a process of its own (`EngineProcess`).
        options: further keyword arguments of the engine; the config's `engine_config`.
        start_timeout_s: seconds until the engine must be built. In this process it is kept as far as the engine itself
            keeps it (vLLM looks at it between two phases of its start); in a process of its own, always.
        call_timeout_s: of the engine's process, see `EngineProcess`; of no effect without one.

    Returns:
        The engine. The caller closes it.

    Raises:
        ValueError: if the engine does not take an option, or not this value.
        ImportError: if vLLM is not installed.
        EngineStartError: if the engine's process did not come up.
    """
    check_options(choice.name, options, why=f" ({choice.reason})")
    arguments = {"model": model, **options}
    if "start_timeout_s" in engine_parameters(choice.name):
        arguments.setdefault("start_timeout_s", start_timeout_s)
    if own_process:
        return EngineProcess(choice.name, arguments, start_timeout_s=start_timeout_s, call_timeout_s=call_timeout_s)
    return engine_class(choice.name)(**arguments)
