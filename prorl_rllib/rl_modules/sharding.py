"""Language models of which each learner holds a share: FSDP2 over the learners, one group of weights a layer.

A sharded model's parameters are DTensors, of which a learner holds some rows. They are gathered a layer at a time for a
forward or backward pass, which all learners therefore run together and equally often. Outside of these passes every
parameter is a share: weights are copied and stepped on where they are, and gathered where a whole one is asked for.
"""

import copy
import types
from collections.abc import Mapping
from typing import Any, TypeVar, overload

import numpy as np
import torch
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.fsdp import FSDPModule, MixedPrecisionPolicy, fully_shard, register_fsdp_forward_method
from torch.distributed.tensor import DTensor
from transformers import PreTrainedModel

from prorl_rllib.rl_modules.token_logprobs import token_logprobs

_FORWARD = "sharded_token_logprobs"

T = TypeVar("T")


def is_sharded(lm: torch.nn.Module) -> bool:
    """Whether learners hold a share each of a model.

    Args:
        lm: the model.
    """
    return isinstance(lm, FSDPModule)


def shard(lm: PreTrainedModel, mesh: DeviceMesh) -> None:
    """Keep this learner's share of a model's weights, and drop the others.

    Gradients are summed over learners, and each learner gets those of its share: the losses of the learners are shares
    of one loss already.

    Args:
        lm: the model, equal on all learners, on the mesh's device or without weights; changed in place.
        mesh: joins the learners, in one dimension.
    """
    # A gradient in half precision is summed over learners in float32, and rounded once.
    half = lm.dtype in (torch.bfloat16, torch.float16)
    policy = MixedPrecisionPolicy(reduce_dtype=torch.float32) if half else MixedPrecisionPolicy()
    layers = set(lm._no_split_modules or ())
    parts = [module for module in lm.modules() if type(module).__name__ in layers]
    for part in (*parts, lm):
        fully_shard(part, mesh=mesh, mp_policy=policy)
        part.set_gradient_divide_factor(1.0)
        # Without it the factor becomes an operation that only NCCL has.
        part.set_force_sum_reduction_for_comms(True)
    # Learners may use different weights (experts, say), but must send the same.
    lm.set_reduce_scatter_unused_params(True)
    # Decoder and head are called one by one: under the hooks that gather the weights outside of the layers.
    setattr(lm, _FORWARD, types.MethodType(token_logprobs, lm))
    register_fsdp_forward_method(lm, _FORWARD)


def sharded_token_logprobs(
    lm: PreTrainedModel, batch: Mapping[str, Any], chunk_size: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """`token_logprobs` of a sharded model; a collective operation.

    Args:
        lm: the model.
        batch: as for `token_logprobs`; another on each learner.
        chunk_size: as for `token_logprobs`.

    Returns:
        What `token_logprobs` returns.
    """
    found: tuple[torch.Tensor, torch.Tensor] = getattr(lm, _FORWARD)(batch, chunk_size)
    end_pass_without_gradient(lm)
    return found


def end_pass_without_gradient(lm: PreTrainedModel) -> None:
    """Let a sharded model forget a pass that was made without gradient.

    Its root's weights stay gathered, and the order of its layers noted, for a backward pass that does not come.

    Args:
        lm: the model; nothing is done where it is not sharded, or gradients are enabled.
    """
    if is_sharded(lm) and not torch.is_grad_enabled():
        lm.reset_iter_state()


def without_weights(lm: PreTrainedModel) -> PreTrainedModel:
    """A copy of a model whose parameters have no memory yet.

    Args:
        lm: the model.

    Returns:
        The copy, its parameters on the meta device; to be given memory by `allocate`.
    """
    memo = {id(weight): torch.nn.Parameter(weight.detach().to("meta")) for weight in lm.parameters()}
    return copy.deepcopy(lm, memo)


def allocate(lm: PreTrainedModel, device: torch.device) -> None:
    """Give the parameters on the meta device memory, whose values are arbitrary.

    Args:
        lm: the model.
        device: where the memory is.
    """
    # Unlike to_empty, which would take the values of the buffers too.
    lm._apply(lambda tensor: torch.empty_like(tensor, device=device) if tensor.is_meta else tensor)


def local(tensor: torch.Tensor) -> torch.Tensor:
    """This learner's share of a tensor; perhaps without any element.

    Args:
        tensor: sharded or not.

    Returns:
        The live share; the tensor itself where it is not sharded.
    """
    return tensor.to_local() if isinstance(tensor, DTensor) else tensor


def whole(tensor: torch.Tensor) -> torch.Tensor:
    """A sharded tensor's values, all of them on every learner; a collective operation.

    Args:
        tensor: sharded, or a result over shards that is not reduced yet; or neither.

    Returns:
        The whole tensor; the tensor itself where it is not sharded.
    """
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def gathered(value: T) -> T:
    """Sharded tensors as whole ones, on CPU; a collective operation.

    Args:
        value: a tensor, or a tree of dicts, lists and tuples, equal in structure on all learners.

    Returns:
        The same tree. The first learner has the whole tensors; those of the others are empty, so that they take no
        memory. What is not sharded stays as it is.
    """
    found: Any = value
    if isinstance(value, DTensor):
        full = whole(value.detach())
        found = full.cpu().clone() if value.device_mesh.get_local_rank() == 0 else full.new_empty(0, device="cpu")
    elif isinstance(value, dict):
        found = {key: gathered(part) for key, part in value.items()}
    elif isinstance(value, list | tuple):
        found = type(value)(gathered(part) for part in value)
    return found


@overload
def share(value: torch.Tensor, like: torch.Tensor) -> torch.Tensor: ...
@overload
def share(value: Any, like: torch.Tensor) -> Any: ...
def share(value: Any, like: torch.Tensor) -> Any:
    """This learner's share of a whole tensor, for a sharded one of the same shape.

    Args:
        value: the whole tensor or array, equal on all learners.
        like: the tensor that it is meant for.

    Returns:
        A new tensor, sharded as `like` is; the value itself where that is not sharded, or has another shape.
    """
    if not isinstance(like, DTensor) or isinstance(value, DTensor) or tuple(value.shape) != tuple(like.shape):
        return value
    rows = -(-len(value) // like.device_mesh.size())
    start = min(like.device_mesh.get_local_rank() * rows, len(value))
    # Copied: arrays from an object store are read-only, and views would keep the whole tensor alive.
    part = value[start : start + rows]
    own = torch.from_numpy(np.array(part)) if isinstance(part, np.ndarray) else part.detach().clone()
    own = own.to(like.device)
    return DTensor.from_local(
        own, like.device_mesh, like.placements, run_check=False, shape=like.shape, stride=like.stride()
    )


def shared_weights(values: Mapping[str, Any], targets: Mapping[str, torch.Tensor]) -> dict[str, Any]:
    """This learner's shares of whole weights.

    Args:
        values: name to whole tensor or array.
        targets: name to the tensor that it is meant for.

    Returns:
        Name to share; values without a target as they are.
    """
    return {name: share(value, targets[name]) if name in targets else value for name, value in values.items()}


def shared_optimizer_state(optimizer: torch.optim.Optimizer, state: Mapping[str, Any]) -> dict[str, Any]:
    """This learner's share of an optimizer's whole state.

    Args:
        optimizer: whose state it becomes.
        state: what `gathered` made of its `state_dict()` on the first learner, or the same of plain tensors.

    Returns:
        The state for `load_state_dict`.
    """
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    found = dict(state)
    found["state"] = {
        index: {name: share(value, weights[index]) if np.ndim(value) else value for name, value in entries.items()}
        for index, entries in state["state"].items()
    }
    return found
