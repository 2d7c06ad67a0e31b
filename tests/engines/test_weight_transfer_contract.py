"""What the weight transfer takes for granted of vLLM: a release that changes it fails here, not on a GPU."""

import dataclasses
import inspect

import pytest
from requests_for_tests import needs_vllm

from prorl_rllib.engines.runner_client import RunnerClient
from prorl_rllib.engines.transfer_group import GroupPlan
from prorl_rllib.engines.transfer_kinds import CUDA_KINDS
from prorl_rllib.engines.weight_sender import _init_info

pytestmark = needs_vllm


def fields(record):
    return {field.name for field in dataclasses.fields(record)}


def parameters(function):
    return list(inspect.signature(function).parameters)


def test_both_backends_are_registered_on_both_sides():
    from vllm.distributed.weight_transfer import WeightTransferEngineFactory, WeightTransferTrainerFactory

    for factory in (WeightTransferEngineFactory, WeightTransferTrainerFactory):
        assert set(CUDA_KINDS) <= set(factory._registry)


@pytest.mark.parametrize("kind", CUDA_KINDS)
def test_the_senders_take_what_we_give(kind):
    from vllm.distributed.weight_transfer import WeightTransferTrainerFactory

    info = _init_info(GroupPlan(kind, "g", "host", 4000, 3, {1: 1, 2: 2}), 1, {"packed": True})
    assert info.backend == kind and info.rank == 1 and not info.is_sender and info.packed
    if kind == "nccl":
        assert (info.master_address, info.master_port, info.world_size) == ("host", 4000, 3)
    sender = WeightTransferTrainerFactory._registry[kind]()
    assert parameters(WeightTransferTrainerFactory.trainer_init) == ["init_info", "client", "source"]
    assert parameters(sender.send_weights) == ["self"] and parameters(sender.shutdown) == ["self"]


def test_the_client_has_all_methods_that_senders_call_with_their_parameters():
    from vllm.distributed.weight_transfer import VLLMWeightSyncClient

    methods = [name for name in vars(VLLMWeightSyncClient) if not name.startswith("_")]
    assert sorted(methods) == [
        "finish_weight_update",
        "init_weight_transfer_engine",
        "start_weight_update",
        "update_weights",
    ]
    for name in methods:
        assert parameters(getattr(RunnerClient, name)) == parameters(getattr(VLLMWeightSyncClient, name))


def test_receivers_take_ranks_and_names_under_the_keys_that_we_set_and_read():
    from vllm.distributed.weight_transfer import ipc_engine, nccl_engine

    nccl = fields(nccl_engine.NCCLWeightTransferInitInfo)
    assert {"rank_offset", "world_size", "master_address", "master_port"} <= nccl
    assert "rank_offset" not in fields(ipc_engine.IPCWeightTransferInitInfo)
    for update_info in (nccl_engine.NCCLWeightTransferUpdateInfo, ipc_engine.IPCWeightTransferUpdateInfo):
        assert {"names", "shapes"} <= fields(update_info)


def test_the_sender_tells_all_engines_rank_one_which_is_why_the_client_gives_them_their_own():
    from vllm.distributed.weight_transfer import nccl_engine

    assert "rank_offset=1," in inspect.getsource(nccl_engine.NCCLTrainerWeightTransferEngine.trainer_init)


def test_the_workers_of_gpus_have_the_methods_and_the_state_that_we_use():
    from vllm.v1.worker.gpu_worker import Worker

    expected = {
        "init_weight_transfer_engine": ["self", "init_info"],
        "shutdown_weight_transfer_engine": ["self"],
        "start_weight_update": ["self"],
        "update_weights": ["self", "update_info"],
        "finish_weight_update": ["self"],
    }
    assert {name: parameters(getattr(Worker, name)) for name in expected} == expected
    source = inspect.getsource(Worker)
    assert "self._weight_update_active" in source and "self.weight_transfer_engine" in source
    from vllm.distributed.weight_transfer import WeightTransferEngine

    assert parameters(WeightTransferEngine.reset_weight_update_target) == ["self"]


def test_the_nccl_communicator_is_ended_by_an_abort_which_frees_a_sender_that_waits():
    from vllm.distributed.device_communicators.pynccl import PyNcclCommunicator
    from vllm.distributed.weight_transfer.nccl_engine import NCCLTrainerWeightTransferEngine

    assert "ncclCommAbort" in inspect.getsource(PyNcclCommunicator.destroy)
    assert "destroy" in inspect.getsource(NCCLTrainerWeightTransferEngine.shutdown)


def test_sources_of_weights_have_the_two_channels_that_ours_has():
    from vllm.distributed.weight_transfer.base import ParamMeta, WeightSource

    assert WeightSource.__abstractmethods__ == {"metadata", "__iter__"}
    assert [field.name for field in dataclasses.fields(ParamMeta)] == ["name", "dtype", "shape"]
