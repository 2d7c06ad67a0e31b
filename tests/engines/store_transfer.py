"""vLLM's NCCL weight transfer with a communicator that needs no GPU: tensors go through the rendezvous's own store.

Everything else of it is vLLM's: the sender, the receivers, how they meet, ranks, the order of calls, the reload.
"""

import os
import threading
from types import SimpleNamespace

import torch

from prorl_rllib.engines.actor_calls import Answers
from prorl_rllib.engines.vllm_engine import VLLMEngine
from prorl_rllib.engines.vllm_environment import FIXED
from prorl_rllib.env_runners.reports import EngineReport, Failure
from prorl_rllib.env_runners.weight_transfer_steps import WeightTransferSteps


class StoreCommunicator:
    """In place of vLLM's PyNcclCommunicator."""

    def __init__(self, group):
        self.group = group

    def broadcast(self, tensor, src, stream=None):
        if self.group.rank == src:
            self.group.broadcast_obj(tensor.detach().numpy().copy(), src)
        else:
            tensor.copy_(torch.from_numpy(self.group.broadcast_obj(None, src)))

    def destroy(self):
        pass


def open_group(init_info, rank, world_size):
    """Meet at the address that vLLM's NCCL backend would meet at."""
    from vllm.distributed.utils import StatelessProcessGroup

    return StoreCommunicator(
        StatelessProcessGroup.create(init_info.master_address, init_info.master_port, rank, world_size)
    )


class StoreVLLMEngine(VLLMEngine):
    """A vLLM engine that knows the backend "store"."""

    def _start(self, model, settings):
        os.environ.update(FIXED)
        register_store_backend()
        super()._start(model, settings)

    def cached_tokens(self, prompt):
        from prorl_rllib.engines.requests import GenerationRequest
        from prorl_rllib.engines.vllm_driver import Job
        from prorl_rllib.engines.vllm_sampling import sampling_params

        params = sampling_params(GenerationRequest("r", tuple(prompt), 1, 2, 1.0, 1.0, 0, ()), 0)
        finished = [done for _, outputs in self._driver.run({0: Job(list(prompt), params)}) for _, done in outputs]
        return finished[0].num_cached_tokens


def register_store_backend():
    """Register vLLM's NCCL receiver with the other communicator."""
    from vllm.distributed.weight_transfer import WeightTransferEngineFactory
    from vllm.distributed.weight_transfer.nccl_engine import NCCLWeightTransferEngine

    class StoreReceiver(NCCLWeightTransferEngine):
        def init_transfer_engine(self, init_info):
            self.packed = init_info.packed
            rank = self.parallel_config.rank + init_info.rank_offset
            self.model_update_group = open_group(init_info, rank, init_info.world_size)

    if "store" not in WeightTransferEngineFactory._registry:
        WeightTransferEngineFactory.register_engine("store", StoreReceiver)
    torch.cuda.current_stream = lambda *_: None
    torch.accelerator.synchronize = lambda *_: None


class FakeRunner(WeightTransferSteps):
    """What an env runner does with an engine, in this process."""

    def __init__(self, engine):
        self.engine, self.held, self._asleep, self._unproven = engine, None, False, False

    def start(self):
        return self.engine

    def _guarded(self):
        import contextlib

        return contextlib.nullcontext()

    def transfer_step(self, step, arguments):
        try:
            self.take_transfer_step(step, arguments, tolerance=1e-4)
        except Exception as error:
            return EngineReport(failure=Failure.of(error))
        return EngineReport()


class ThreadedRunners:
    """Env runners that are called as `ActorCalls` calls them, each in a thread."""

    timeout_s = 60.0

    def __init__(self, runners):
        self.runners, self.steps = runners, []

    def call(self, method, arguments, *, give_up=None):
        self.steps.append(next(iter(arguments.values()))[0])
        found = Answers()

        def run(number, given):
            found.answers[number] = getattr(self.runners[number], method)(*given)

        threads = [threading.Thread(target=run, args=item) for item in arguments.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(self.timeout_s)
        found.silent = set(arguments) - set(found.answers)
        return found


def patch_sender(monkeypatch):
    """Let vLLM's NCCL sender use the other communicator."""
    from vllm.distributed.weight_transfer import nccl_engine

    def open_endpoint(init_info):
        return open_group(init_info, 0, init_info.world_size)

    monkeypatch.setattr(nccl_engine, "open_trainer_endpoint", open_endpoint)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda *_: SimpleNamespace())
