"""vLLM's engine, started, stepped and shut down: everything of it that can fail for good."""

import contextlib
from collections.abc import Generator, Iterator, Mapping
from typing import Any, NamedTuple

import torch

from prorl_rllib.engines.errors import EngineDeadError, EngineStartError
from prorl_rllib.engines.vllm_arguments import CPU_FIXED, FIXED, KEYWORDS
from prorl_rllib.engines.vllm_environment import kept_random_state, torch_threads
from prorl_rllib.engines.weights_file import weights_file


class Job(NamedTuple):
    """One prompt to continue once: its token ids, and vLLM's SamplingParams."""

    prompt_token_ids: list[int]
    params: Any


class VLLMDriver:
    """Runs jobs, one set at a time, in the caller's thread.

    An exception out of vLLM leaves it in an unknown state (a second call may hang): from then on every call raises
    `EngineDeadError`.

    Attributes:
        cache_spoiled: Whether the cache holds values that are not numbers. They would outlive the weights that made
            them: attention multiplies what it leaves out by zero, and zero times such a value is no number either.
    """

    def __init__(self, arguments: Mapping[str, Any], num_threads: int) -> None:
        """Start vLLM.

        Args:
            arguments: of `vllm.EngineArgs`.
            num_threads: torch threads while vLLM runs.

        Raises:
            EngineStartError: if vLLM raises.
        """
        self._num_threads = num_threads
        self._failure: str | None = None
        self.cache_spoiled = self._busy = False
        self._serial = 0
        self._llm: Any = _start(arguments)
        self._workers_in_process = self._llm.vllm_config.parallel_config.world_size == 1

    @property
    def is_open(self) -> bool:
        """Whether vLLM was not closed yet; it may have failed."""
        return self._llm is not None

    @property
    def max_model_len(self) -> int:
        """Most tokens of a sequence."""
        return int(self._llm.vllm_config.model_config.max_model_len)

    def require(self, *, idle: str = "") -> None:
        """Check that the engine can be used.

        Args:
            idle: the call that needs an engine that does not sample at the moment; empty if it does not.

        Raises:
            EngineDeadError: if vLLM has failed.
            RuntimeError: if the engine is closed or, where `idle` is given, sampling.
        """
        if self._failure is not None:
            raise EngineDeadError(f"{self._failure}; build a new engine")
        if self._llm is None:
            raise RuntimeError("the engine is closed; build a new VLLMEngine")
        if idle and self._busy:
            raise RuntimeError(
                f"{idle} while completions are being sampled; exhaust or close the iterator of `generate` first"
            )

    def run(self, jobs: Mapping[int, Job]) -> Generator[tuple[int, list[tuple[int, Any]]], None, None]:
        """Run jobs to their end; closing the iterator aborts those that are left.

        Args:
            jobs: key to job.

        Yields:
            After each step, how many jobs ran in it, and key and `vllm.RequestOutput` of those that finished.

        Raises:
            EngineDeadError: if vLLM fails or has failed.
            RuntimeError: if other jobs are running.
        """
        self.require(idle="generate")
        self._serial += 1
        keys = {f"{self._serial}-{number}": key for number, key in enumerate(jobs)}
        waiting = dict(keys)
        self._busy = True
        try:
            with self.fatal("adding requests"):
                for name, key in keys.items():
                    job = jobs[key]
                    self._llm.add_request(name, {"prompt_token_ids": job.prompt_token_ids}, job.params)
            while waiting:
                self.require()
                with self.fatal("sampling"):
                    outputs, running = self._llm.step(), self._num_running()
                finished = [(waiting.pop(output.request_id), output) for output in outputs if output.finished]
                yield running + len(finished), finished
        finally:
            self._busy = False
            if waiting and self._failure is None and self._llm is not None:
                with self.fatal("aborting requests"):
                    self._llm.abort_request(list(waiting))

    def load(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Replace the weights of all workers and forget what was computed with the old ones.

        Args:
            weights: every weight under its Hugging Face name, tied ones once.

        Raises:
            Exception: what vLLM raises; the weights are then partly old, and can be loaded again.
        """
        with torch_threads(self._num_threads), torch.no_grad():
            if self._workers_in_process:
                self._llm.collective_rpc("load_named_weights", kwargs={"weights": weights})
            else:
                # Tensors do not survive the way to another process as arguments.
                with weights_file(weights) as path:
                    self._llm.collective_rpc("load_named_weights", kwargs={"path": path})
            self.reset_prefix_cache()

    def call_workers(self, method: str, **arguments: Any) -> list[Any]:
        """Call a method of vLLM's workers, which changes them for good.

        Args:
            method: its name.
            **arguments: what it takes.

        Returns:
            What each worker returned.

        Raises:
            EngineDeadError: if vLLM raises an Exception.
        """
        with self.fatal(method), torch.no_grad():
            answers: list[Any] = self._llm.collective_rpc(method, kwargs=arguments)
            return answers

    def reset_prefix_cache(self) -> None:
        """Forget what was computed with the old weights.

        Raises:
            RuntimeError: if vLLM does not.
        """
        if not self._llm.reset_prefix_cache():
            raise RuntimeError("vLLM did not empty its prefix cache, whose blocks belong to the old weights")
        if self.cache_spoiled:
            self._llm.collective_rpc("clear_cache_values")
            self.cache_spoiled = False

    def sleep(self, level: int) -> None:
        """See `VLLMEngine.sleep`."""
        with self.fatal("sleep"):
            self._llm.sleep(level)

    def wake_up(self) -> None:
        """See `VLLMEngine.wake_up`."""
        with self.fatal("wake_up"):
            self._llm.wake_up()

    def close(self) -> None:
        """End vLLM and its processes. May be called twice."""
        llm, self._llm = self._llm, None
        if llm is not None:
            llm.engine_core.shutdown()

    @contextlib.contextmanager
    def fatal(self, phase: str) -> Iterator[None]:
        """Call vLLM inside this block: with this engine's threads, and for good if it raises.

        Args:
            phase: what is being done, for the message.

        Yields:
            Nothing.

        Raises:
            EngineDeadError: if vLLM raises an Exception.
        """
        try:
            with kept_random_state(), torch_threads(self._num_threads):
                yield
        except BaseException as error:
            self._failure = f"vLLM failed while {phase}: {type(error).__name__}: {error}"
            if isinstance(error, Exception):
                raise EngineDeadError(f"{self._failure}; build a new engine") from error
            raise  # KeyboardInterrupt, say: vLLM stopped in the middle of a step all the same.

    def _num_running(self) -> int:
        """How many jobs the scheduler has in its batch."""
        return len(self._llm.engine_core.engine_core.scheduler.running)


def _start(arguments: Mapping[str, Any]) -> Any:
    """Start vLLM's engine; what it raises becomes an EngineStartError."""
    from vllm import EngineArgs
    from vllm.usage.usage_lib import UsageContext
    from vllm.v1.engine.llm_engine import LLMEngine

    try:
        return LLMEngine.from_engine_args(EngineArgs(**arguments), usage_context=UsageContext.LLM_CLASS)
    except Exception as error:
        _forget_half_start()
        raise EngineStartError(
            f"vLLM could not start with model={arguments['model']!r}: {type(error).__name__}: {error}. Keys to change, "
            f"with what they were: {_in_our_words(arguments)}"
        ) from error


def _in_our_words(arguments: Mapping[str, Any]) -> str:
    """The arguments that a user can change, under the names of the engine's keywords."""
    free = {name: value for name, value in arguments.items() if name not in (*FIXED, *CPU_FIXED)}
    return ", ".join(f"{KEYWORDS.get(name, name)}={value!r}" for name, value in free.items())


def _forget_half_start() -> None:
    """Drop vLLM's process-wide groups, so that another start is possible."""
    from vllm.distributed.parallel_state import cleanup_dist_env_and_memory

    cleanup_dist_env_and_memory()
