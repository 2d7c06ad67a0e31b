"""The policy's weights as vLLM's senders read them. Imports vLLM."""

from collections.abc import Iterator, Mapping

import torch
from vllm.distributed.weight_transfer.base import ParamMeta, WeightSource, materialize_full_tensor


class PolicySource(WeightSource):
    """Weights that are set anew for each sending.

    vLLM's own `ModuleSource` reads the parameters of a module: with an adapter these are not a plain model's.
    """

    def __init__(self) -> None:
        self._weights: Mapping[str, torch.Tensor] = {}

    def set(self, weights: Mapping[str, torch.Tensor]) -> None:
        """Take the weights of the next sending.

        Args:
            weights: Hugging Face name to tensor, tied ones once; sharded ones are gathered when they are sent. Empty to
                hold none.
        """
        self._weights = weights

    def metadata(self) -> list[ParamMeta]:
        """Name, dtype and full shape of each weight, in the order of iteration."""
        return [ParamMeta(name, tensor.dtype, tuple(tensor.shape)) for name, tensor in self._weights.items()]

    def __iter__(self) -> Iterator[tuple[str, torch.Tensor]]:
        """Yield each weight under its name; all learners have to iterate, as sharded weights are gathered."""
        for name, tensor in self._weights.items():
            yield name, materialize_full_tensor(tensor.detach())
