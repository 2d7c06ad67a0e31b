"""What learners compute together, each taking part in the same operations in the same order."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.distributed.device_mesh import DeviceMesh


class Collectives:
    """Sums, maxima and gathering over learners; with one learner, each returns what it is given.

    Args:
        num_learners: Number of learners; with several, torch's default process group joins them already.
        device: Where tensors must be for its backend.
        timeout_s: Seconds until an operation fails in which a learner does not take part.

    Attributes:
        rank: This learner's number, from 0.
    """

    def __init__(self, num_learners: int, device: torch.device, timeout_s: float) -> None:
        self._device = device
        self._group = dist.new_group(timeout=timedelta(seconds=timeout_s)) if num_learners > 1 else None
        self.rank = dist.get_rank() if num_learners > 1 else 0

    def mesh(self) -> DeviceMesh:
        """Return the learners as a mesh of one dimension, over which a model can be sharded.

        Raises:
            RuntimeError: without a process group, which a local learner does not have.
        """
        if not dist.is_initialized():
            raise RuntimeError("a local learner has nobody to share a model with: set num_learners to at least 1.")
        group: dist.ProcessGroup | None = self._group or dist.group.WORLD
        assert group is not None
        return DeviceMesh.from_group(group, self._device.type)

    def sum(self, value: Tensor) -> Tensor:
        """Return the sum of a tensor over learners.

        Args:
            value: This learner's share; it is left as it is.
        """
        return self._all_reduce(value, dist.ReduceOp.SUM)

    def maximum(self, value: Tensor) -> Tensor:
        """Return the elementwise maximum of a tensor over learners.

        Args:
            value: This learner's share; it is left as it is.
        """
        return self._all_reduce(value, dist.ReduceOp.MAX)

    def gather(self, value: Any) -> list[Any]:
        """Return one small object a learner, in the order of their ranks.

        Args:
            value: This learner's; it is pickled.
        """
        if self._group is None:
            return [value]
        values: list[Any] = [None] * dist.get_world_size(self._group)
        dist.all_gather_object(values, value, group=self._group)
        return values

    def sum_gradients(self, parameters: Sequence[Tensor]) -> None:
        """Sum gradients over learners, in place; a parameter that no learner has a gradient of keeps none.

        They are summed once an optimizer step, when its micro-batches have been: learners may then have any number of
        these, and no gradient is sent twice.

        Args:
            parameters: The parameters, in the same order on all learners.
        """
        if self._group is None:
            return
        present = self.sum(torch.tensor([parameter.grad is not None for parameter in parameters], dtype=torch.int32))
        pending = []
        for parameter, learners in zip(parameters, present.tolist(), strict=True):
            if not learners:
                continue
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
            pending.append(dist.all_reduce(parameter.grad, group=self._group, async_op=True))
        for operation in pending:
            operation.wait()

    @torch.no_grad()
    def broadcast(self, tensors: Iterable[Tensor]) -> None:
        """Give all learners the first one's tensors, in place.

        Args:
            tensors: In the same order on all learners.
        """
        if self._group is not None:
            for tensor in tensors:
                dist.broadcast(tensor, src=0, group=self._group)

    def _all_reduce(self, value: Tensor, operation: Any) -> Tensor:
        if self._group is None:
            return value
        total = value.detach().to(self._device, copy=True)
        dist.all_reduce(total, op=operation, group=self._group)
        return total.to(value.device)
