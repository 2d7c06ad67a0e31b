"""The engine that samples with vLLM, in this process: for GPUs, and on CPU for models above some million parameters."""

import contextlib
import time
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from prorl_rllib.engines.errors import EngineDeadError, EngineStartError, WeightsMissingError
from prorl_rllib.engines.model_loading import load_config, random_causal_lm, resolve_model
from prorl_rllib.engines.named_weights import checked_weights
from prorl_rllib.engines.requests import Completion, GenerationRequest
from prorl_rllib.engines.text_engine import TextEngine
from prorl_rllib.engines.vllm_arguments import VLLMSettings, vllm_arguments
from prorl_rllib.engines.vllm_driver import Job, VLLMDriver
from prorl_rllib.engines.vllm_environment import require_vllm, vllm_environment
from prorl_rllib.engines.vllm_sampling import check_temperature, completion_of, sampling_params, scoring_params
from prorl_rllib.engines.weight_receiving import WeightReceiving

DEFAULT_MAX_NUM_SEQS = 256
"""Completions sampled side by side where nothing else is said."""

_live: "weakref.ReferenceType[VLLMDriver] | None" = None
"""The vLLM of this process: vLLM keeps its parallel groups in globals, so that there can be one at a time."""


class VLLMEngine(WeightReceiving, TextEngine):
    """Continuous batching by vLLM, driven step by step in the caller's thread.

    A completion's random numbers follow from its request's seed and its index alone. Its logits do not quite: vLLM
    sums in an order that depends on what else is in the batch (and on what its prefix cache holds), so that equal
    requests give equal tokens but for near-ties, and log-probabilities equal to rounding. On GPUs that support it the
    environment variable VLLM_BATCH_INVARIANT=1 removes that.

    There can be one engine in a process at a time. An exception in the middle of sampling leaves vLLM in an unknown
    state: this call and every later one raises `EngineDeadError`.
    """

    def __init__(
        self,
        model: str,
        *,
        dtype: str = "float32",
        num_threads: int = 1,
        max_num_seqs: int = DEFAULT_MAX_NUM_SEQS,
        max_model_len: int | None = None,
        kv_cache_bytes: int | None = None,
        gpu_memory_utilization: float = 0.9,
        tensor_parallel_size: int = 1,
        distributed_executor_backend: str | None = None,
        block_size: int | None = None,
        enable_sleep_mode: bool = False,
        load_weights_from_model: bool = True,
        engine_options: Mapping[str, Any] | None = None,
        start_timeout_s: float = 300.0,
        weight_transfer: str | None = None,
    ) -> None:
        """Import vLLM and load the model.

        Args:
            model: a local folder or a Hugging Face id.
            dtype: dtype of the weights and of the forward pass; log-probabilities are float32 at least.
            num_threads: torch threads while vLLM runs (CPU); the process's own number is restored afterwards.
            max_num_seqs: most completions sampled side by side.
            max_model_len: most tokens of a prompt and its completion together; None for the model's own limit.
            kv_cache_bytes: size of the key-value cache; None for what `max_num_seqs` full sequences need, at most 1 GiB
                (CPU), or for what `gpu_memory_utilization` leaves (GPU).
            gpu_memory_utilization: part of the GPU's memory that vLLM may take, in (0, 1]; of no effect on CPU.
            tensor_parallel_size: processes over which each layer is split.
            distributed_executor_backend: how vLLM runs these: "mp", "ray", None for its own choice.
            block_size: tokens in a block of the cache; prompts share whole blocks. None for 32 on CPU, vLLM's choice
                on GPU.
            enable_sleep_mode: whether `sleep` may free GPU memory.
            load_weights_from_model: if False, only the architecture is taken from `model` and the weights are random
                until `load_weights`.
            engine_options: further arguments of `vllm.EngineArgs`.
            start_timeout_s: seconds that a start may take. It is looked at between the phases of a start, and is the
                deadline of what vLLM's processes wait for in each other; a hang within a phase only an engine in a
                process of its own survives (`engine_in_own_process=True`).
            weight_transfer: vLLM's backend by which weights also come from a learner's GPU ("nccl", "ipc", or one that
                was registered with vLLM); None for `load_weights` alone.

        Raises:
            ModuleNotFoundError: if vLLM is not installed.
            FileNotFoundError: if `model` looks like a path that does not exist.
            OSError: if the model's config cannot be loaded.
            ValueError: if a number is out of range or an option unknown.
            EngineStartError: if the process excludes an engine, vLLM fails to start, or the deadline passes.
        """
        settings = VLLMSettings(
            dtype=dtype,
            num_threads=num_threads,
            max_num_seqs=max_num_seqs,
            max_model_len=max_model_len,
            kv_cache_bytes=kv_cache_bytes,
            gpu_memory_utilization=gpu_memory_utilization,
            tensor_parallel_size=tensor_parallel_size,
            distributed_executor_backend=distributed_executor_backend,
            block_size=block_size,
            enable_sleep_mode=enable_sleep_mode,
            load_weights_from_model=load_weights_from_model,
            engine_options=dict(engine_options or {}),
            start_timeout_s=start_timeout_s,
            weight_transfer=weight_transfer,
        )
        self._start(model, settings)

    def _start(self, model: str, settings: VLLMSettings) -> None:
        """Import vLLM, start it and let it compute something."""
        _refuse_a_second_engine()
        build = require_vllm()
        config, (source, _) = load_config(model), resolve_model(model)
        started = time.monotonic()
        with vllm_environment(build, settings.num_threads, eager=settings.eager):
            arguments = vllm_arguments(settings, config, source, build)
            _check_deadline(started, settings.start_timeout_s, "importing vLLM")
            self._driver = VLLMDriver(arguments, settings.num_threads)
            try:
                # Some of what vLLM does not support (head sizes, say) it notices at the first step only.
                _first_step(self._driver, model)
                _check_deadline(started, settings.start_timeout_s, "loading the model")
            except EngineStartError:
                self._driver.close()
                raise
        global _live
        _live = weakref.ref(self._driver)
        self._max_model_len = self._driver.max_model_len
        self._vocab_size = int(config.get_text_config().vocab_size)
        with torch.device("meta"):
            self._skeleton = random_causal_lm(config, settings.dtype)
        self._sleeps, self._on_cpu, self._asleep = settings.enable_sleep_mode, build == "cpu", False
        self._weights_version = 0
        self._weights_missing: str | None = None
        self._weight_transfer = settings.weight_transfer

    @property
    def weights_version(self) -> int:
        """Version of the weights in force; 0 until `load_weights` is called."""
        return self._weights_version

    @property
    def max_model_len(self) -> int:
        """Most tokens that a prompt and its completion may have together."""
        return self._max_model_len

    @property
    def vocab_size(self) -> int:
        """Number of token ids that the model knows."""
        return self._vocab_size

    def check_request(self, request: GenerationRequest) -> None:
        """Check that a request can be served.

        Args:
            request: the request.

        Raises:
            ValueError: naming the value, the allowed range and the key to change.
        """
        super().check_request(request)
        check_temperature(request)

    def generate(self, requests: Iterable[GenerationRequest]) -> Iterator[Completion]:
        """Sample all completions of all requests; one call at a time.

        Args:
            requests: what to sample; checked before the first token is sampled.

        Returns:
            An iterator over the completions, as they finish. Closing it early aborts the rest.

        Raises:
            ValueError: if a request cannot be served (see `check_request`).
            WeightsMissingError: if the last load of weights failed half-way, or the weights sleep.
            EngineDeadError: here or while iterating, if vLLM fails or has failed.
            RuntimeError: if the engine is closed; while iterating, if the log-probabilities are not numbers, the
                weights were replaced before the first step, or another iterator is not exhausted.
        """
        self._require_weights()
        checked = list(requests)
        self.check_requests(checked)
        return self._stream(checked, self._weights_version)

    def token_logprobs(self, token_ids: Sequence[int]) -> np.ndarray:
        """Score given tokens at temperature 1.

        Args:
            token_ids: 2 to `max_model_len` - 1 tokens.

        Returns:
            (len - 1,) float32: the log-probability of each token but the first, given those before it.

        Raises:
            ValueError: if there are too few or too many tokens, or one is out of range.
            WeightsMissingError: as in `generate`.
            EngineDeadError: if vLLM fails or has failed.
            RuntimeError: if the engine is closed or sampling.
        """
        self._require_weights(idle="token_logprobs")
        self.check_scored(token_ids)
        job = Job(list(token_ids), scoring_params())
        (output,) = (output for _, finished in self._driver.run({0: job}) for _, output in finished)
        return self._note_finite(np.asarray(output.prompt_logprobs.logprobs, dtype=np.float32))

    def load_weights(self, named_tensors: Iterable[tuple[str, torch.Tensor | np.ndarray]], version: int) -> None:
        """Replace the model's weights in place.

        Args:
            named_tensors: every weight under its Hugging Face name; the duplicates of tied weights may be absent.
            version: what `weights_version` is once all weights are in place.

        Raises:
            ValueError: if a name is missing or unknown, or a shape differs; the weights are then unchanged.
            WeightsMissingError: if vLLM failed half-way; the engine samples again after a load that succeeds.
            EngineDeadError: if vLLM has failed before.
            RuntimeError: if the engine is closed or sampling.
        """
        self._driver.require(idle="load_weights")
        weights = checked_weights(self._skeleton, named_tensors)
        self._weights_missing = f"the load of weights version {version} has not ended"
        self._arriving = None  # a transfer that never ended is forgotten
        try:
            self._driver.load(weights)
        except Exception as error:
            self._weights_missing = f"the load of weights version {version} failed: {type(error).__name__}: {error}"
            raise WeightsMissingError(
                f"{self._weights_missing}. The engine samples again after a load_weights that succeeds"
            ) from error
        self._weights_missing = None
        self._weights_version = version

    def sleep(self, level: int = 1) -> None:
        """Free GPU memory until `wake_up`. On CPU, where vLLM has nothing of the kind, nothing happens.

        Args:
            level: 1 keeps the weights in the host's memory, 2 drops them: they must be loaded again.

        Raises:
            ValueError: if `level` is neither.
            RuntimeError: if `enable_sleep_mode` is False, or the engine is closed or sampling.
            EngineDeadError: if vLLM fails or has failed.
        """
        self._driver.require(idle="sleep")
        if level not in (1, 2):
            raise ValueError(f"level={level}; level must be 1 (weights kept in host memory) or 2 (weights dropped)")
        if self._on_cpu:
            return
        if not self._sleeps:
            raise RuntimeError("sleep needs an engine that was built with enable_sleep_mode=True")
        self._driver.sleep(level)
        self._asleep = True
        if level == 2:
            self._weights_missing = "the weights were dropped by sleep(level=2)"

    def wake_up(self) -> None:
        """Take GPU memory again after `sleep`. On CPU, or without a sleep before, nothing happens.

        Raises:
            RuntimeError: if the engine is closed or sampling.
            EngineDeadError: if vLLM fails or has failed.
        """
        self._driver.require(idle="wake_up")
        if self._asleep:
            self._driver.wake_up()
            self._asleep = False

    def close(self) -> None:
        """Free the model and end vLLM's processes. May be called twice; the engine cannot be used afterwards."""
        self._driver.close()

    def _require_weights(self, *, idle: str = "") -> None:
        """Raise a RuntimeError unless the engine can be used, is awake and has a whole set of weights."""
        self._driver.require(idle=idle)
        if self._asleep:
            raise WeightsMissingError("the engine sleeps; call wake_up first")
        if self._weights_missing is not None:
            raise WeightsMissingError(f"{self._weights_missing}; call load_weights with a whole set first")

    def _note_finite(self, logprobs: np.ndarray) -> np.ndarray:
        """Return log-probabilities as they are; where one is not finite, the next load clears the cache."""
        if not np.isfinite(logprobs).all():
            self._driver.cache_spoiled = True
        return logprobs

    def _stream(self, requests: list[GenerationRequest], version: int) -> Iterator[Completion]:
        """Sample; the driver sees to it that whatever is left when this ends is aborted."""
        if self._weights_version != version:
            raise RuntimeError(
                f"the weights changed from version {version} to {self._weights_version} before sampling began; exhaust "
                "the iterator of `generate` before `load_weights`"
            )
        rows = [(request, index) for request in requests for index in range(request.n)]
        jobs = {
            number: Job(list(request.prompt_token_ids), sampling_params(request, index))
            for number, (request, index) in enumerate(rows)
        }
        steps = self._driver.run(jobs)
        with contextlib.closing(steps):
            for num_tokens, finished in steps:
                self.tokens_sampled += num_tokens
                for number, output in finished:
                    request, index = rows[number]
                    completion = completion_of(request, index, output, version)
                    self._note_finite(completion.logprobs)
                    _check_finite(completion)
                    yield completion
                if self.stop_requested:
                    return


def _refuse_a_second_engine() -> None:
    """Raise an EngineStartError if this process has an engine that is not closed."""
    driver = _live() if _live is not None else None
    if driver is not None and driver.is_open:
        raise EngineStartError(
            "this process has a VLLMEngine already, and vLLM allows one at a time; close it first, or set "
            "engine_in_own_process=True"
        )


def _first_step(driver: VLLMDriver, model: str) -> None:
    """Score a token; an EngineStartError says why vLLM cannot."""
    try:
        list(driver.run({0: Job([0, 0], scoring_params())}))
    except EngineDeadError as error:
        raise EngineStartError(
            f"vLLM loaded model={model!r} but cannot compute with it: {error.__cause__}; set engine='transformers', or "
            "choose a `model` that this build of vLLM supports"
        ) from error


def _check_deadline(started: float, limit: float, phase: str) -> None:
    """Raise an EngineStartError if a start takes longer than it may."""
    seconds = time.monotonic() - started
    if seconds > limit:
        raise EngineStartError(
            f"the vLLM engine was at {seconds:.0f} s after {phase}, but start_timeout_s={limit}; raise it, or find out "
            "what makes the start slow (VLLM_LOGGING_LEVEL=INFO tells)"
        )


def _check_finite(completion: Completion) -> None:
    """Raise a RuntimeError if a log-probability is not a number."""
    if not np.isfinite(completion.logprobs).all():
        raise RuntimeError(
            f"request {completion.request_id!r}: the model's log-probabilities are not finite numbers under weights "
            f"version {completion.weights_version}; the weights have diverged: restore an earlier checkpoint, lower "
            "the key lr"
        )
