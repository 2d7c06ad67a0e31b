"""Engines with methods that tests call inside the engine's process."""

import os
import random
from pathlib import Path

import numpy as np
import torch

from prorl_rllib.engines.errors import EngineDeadError
from prorl_rllib.engines.requests import GenerationRequest
from prorl_rllib.engines.transformers_engine import TransformersEngine
from prorl_rllib.engines.vllm_engine import VLLMEngine


class Probes:
    """What both engines are asked."""

    def reopen(self, **arguments):
        """Close this engine and build another in its place, in the same process."""
        self.close()
        self.__init__(**arguments)

    def start_errors(self, several_arguments):
        """Close this engine, and try to build others that must fail: the exceptions' classes and texts."""
        self.close()
        raised = []
        for arguments in several_arguments:
            try:
                type(self)(**arguments)
            except Exception as error:
                raised.append((type(error).__name__, str(error)))
        return raised

    def reopen_with(self, arguments):
        self.reopen(**arguments)

    def resident_bytes(self):
        """Memory of this process."""
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def process_state(self):
        """What others in the process rely on, as it is now."""
        return {
            "torch": torch.get_rng_state().tolist(),
            "python": random.getstate(),
            "numpy": np.random.get_state()[1].tolist(),
            "threads": torch.get_num_threads(),
            "set_num_threads": torch.set_num_threads.__module__,
            "inference": torch.is_inference_mode_enabled(),
            "gradient": torch.is_grad_enabled(),
            "variables": {key: os.environ.get(key) for key in ("LD_PRELOAD", "LOCAL_WORLD_SIZE", "OMP_NUM_THREADS")},
        }

    def states_around_sampling(self, request: GenerationRequest):
        """The state before sampling, and those that the caller sees whenever it has control."""
        torch.set_num_threads(1)
        before = self.process_state()
        return before, [self.process_state() for _ in self.generate([request])] + [self.process_state()]

    def threads_while_sampling(self, num_threads):
        """Torch's number of threads inside a step, seen by a hook on the model."""
        seen = []
        hook = self.hooked_module().register_forward_pre_hook(lambda *_: seen.append(torch.get_num_threads()))
        list(self.generate([GenerationRequest("r", (5, 6), 1, 3, 1.0, 1.0, 0, ())]))
        hook.remove()
        return seen


class ProbedTransformersEngine(Probes, TransformersEngine):
    """The transformers engine with probes."""

    def hooked_module(self):
        return self._lm


class ProbedVLLMEngine(Probes, VLLMEngine):
    """The vLLM engine with probes."""

    def hooked_module(self):
        return self._driver._llm.engine_core.engine_core.model_executor.driver_worker.worker.model_runner.get_model()

    def num_unfinished(self):
        """Requests that vLLM still knows of, running or waiting."""
        scheduler = self._driver._llm.engine_core.engine_core.scheduler
        return len(scheduler.running) + len(scheduler.waiting)

    def second_engine_error(self, model):
        """What building a second engine beside this one says."""
        try:
            VLLMEngine(model)
        except Exception as error:
            return type(error).__name__, str(error)
        return None

    def errors_after_a_failed_step(self, request):
        """Break the model inside a step; what that call and the next ones raise."""

        def fail(*_):
            raise IndexError("broken in the middle")

        self.hooked_module().register_forward_pre_hook(fail)
        calls = [
            lambda: list(self.generate([request])),
            lambda: list(self.generate([request])),
            lambda: self.token_logprobs((1, 2, 3)),
            lambda: self.load_weights([], 1),
        ]
        raised = []
        for call in calls:
            try:
                call()
            except EngineDeadError as error:
                raised.append(str(error))
        return raised

    def half_load_errors(self, weights, name, request):
        """Let a load fail after vLLM took some of the weights; what it and `generate` then raise."""
        broken = {**weights, name: torch.empty_like(weights[name], device="meta")}
        raised = []
        for call in (lambda: self.load_weights(broken.items(), 9), lambda: self.generate([request])):
            try:
                call()
            except RuntimeError as error:
                raised.append((type(error).__name__, str(error)))
        return raised

    def cached_tokens_after_load(self, weights, prompt):
        """Prompt tokens taken from the prefix cache: by a second equal prompt, and by a third after a load."""
        cached = []
        for step in range(3):
            if step == 2:
                self.load_weights(weights.items(), 1)
            driver = self._driver
            from prorl_rllib.engines.vllm_driver import Job
            from prorl_rllib.engines.vllm_sampling import sampling_params

            params = sampling_params(GenerationRequest("r", tuple(prompt), 1, 2, 1.0, 1.0, 0, ()), 0)
            outputs = [output for _, done in driver.run({0: Job(list(prompt), params)}) for _, output in done]
            cached.append(outputs[0].num_cached_tokens)
        return cached
