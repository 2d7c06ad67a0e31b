"""Which engine samples, where it lives and how weights reach it."""

from typing import Any

from prorl_rllib.algorithms.fluent_config import FluentConfig
from prorl_rllib.engines.selection import EngineChoice

# The learner's forward pass and the engine's differ by rounding, up to 3e-5 in float32 and 0.3 in bfloat16 on random
# models of 1 and 25 million parameters; wrong weights moved a token by 4 at least (benchmarks/canary_tolerance.py).
_TOLERANCE = {"float32": 0.02, "bfloat16": 1.0}
# Of a GPU's memory, what an engine with a GPU of its own takes; one with a fraction takes that share of it.
_GPU_MEMORY = 0.9


class EngineConfig(FluentConfig):
    """The part of `generation` that is about the engine, and what follows from it.

    Attributes:
        engine_choice: The engine of the run, chosen when the algorithm is built; None before.
    """

    def __init__(self, algo_class: type | None = None) -> None:
        super().__init__(algo_class=algo_class)
        self.engine = "auto"
        self.engine_in_own_process: bool | None = None
        self.engine_config: dict[str, Any] = {}
        self.engine_start_timeout_s = 300.0
        self.engine_call_timeout_s = 40.0
        self.canary_tolerance: float | None = None
        self.sleep_between_rollouts = False
        self.weight_transfer = "object_store"
        self.engine_choice: EngineChoice | None = None

    def engine_has_own_process(self, engine: str) -> bool:
        """Return whether an engine gets a process of its own.

        Args:
            engine: Its name.
        """
        if self.engine_in_own_process is None:
            return engine == "vllm" and self.num_env_runners == 0
        return self.engine_in_own_process

    def engine_options(self, engine: str) -> dict[str, Any]:
        """Return the keyword arguments that an engine is built with: `engine_config`, and what follows from other keys.

        Args:
            engine: Its name.
        """
        # Annotated for subclasses: model_dtype is a key of `training`.
        options: dict[str, Any] = {"dtype": self.model_dtype}  # type: ignore[attr-defined]
        if engine == "vllm":
            share = self.num_gpus_per_env_runner
            if 0 < share < 1:
                options["gpu_memory_utilization"] = _GPU_MEMORY * share
            if self.sleep_between_rollouts:
                options["enable_sleep_mode"] = True
            if self.weight_transfer != "object_store":
                options["weight_transfer"] = self.weight_transfer
        return {**options, **self.engine_config}

    @property
    def effective_canary_tolerance(self) -> float:
        """The tolerance of the canary, in nats: as set, or what rounding needs in the coarser of the two dtypes."""
        if self.canary_tolerance is not None:
            return self.canary_tolerance
        model_dtype = str(self.model_dtype)  # type: ignore[attr-defined]  # a key of `training`
        dtypes = (model_dtype, str(self.engine_config.get("dtype", model_dtype)))
        return max(_TOLERANCE[dtype] for dtype in dtypes)
