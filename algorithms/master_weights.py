"""AdamW for half-precision weights, in float32."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from prorl_rllib.rl_modules.sharding import share

_MASTERS = "master_weights"


class MasterWeightsAdamW(torch.optim.AdamW):
    """AdamW over float32 copies of half-precision weights, which are then rounded to the copies.

    bfloat16 has 8 significant bits: an update smaller than 1/512 of a weight is lost when it is added to the weight
    itself, and at a learning rate of 2e-6 nearly all are. The gradients of micro-batches are summed in float32 too.

    The parameters of this optimizer, as torch and RLlib see them, are the copies. They are part of its state.
    """

    def __init__(self, weights: Iterable[torch.nn.Parameter], **settings: Any) -> None:
        """Copy the weights.

        Args:
            weights: The half-precision weights.
            **settings: AdamW's own.
        """
        self._weights = list(weights)
        super().__init__([torch.nn.Parameter(weight.detach().float().clone()) for weight in self._weights], **settings)

    @property
    def masters(self) -> list[Tensor]:
        """The float32 copies, in the order of the weights."""
        return self.param_groups[0]["params"]

    @torch.no_grad()
    def collect_gradients(self) -> None:
        """Add the gradients of the weights to those of the copies, and clear them; after each backward pass."""
        for weight, master in zip(self._weights, self.masters, strict=True):
            if weight.grad is None:
                continue
            master.grad = weight.grad.float() if master.grad is None else master.grad.add_(weight.grad)
            weight.grad = None

    @torch.no_grad()
    def reload(self) -> None:
        """Copy the weights anew: for when they were changed behind the optimizer's back."""
        for weight, master in zip(self._weights, self.masters, strict=True):
            master.copy_(weight)

    def step(self, closure: Any = None) -> Any:
        """Step the copies, then round the weights to them.

        Args:
            closure: As AdamW's.
        """
        loss = super().step(closure)
        self._round_weights()
        return loss

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Clear the gradients of copies and weights.

        Args:
            set_to_none: As AdamW's.
        """
        super().zero_grad(set_to_none)
        for weight in self._weights:
            weight.grad = None

    def state_dict(self) -> dict[str, Any]:
        """Return AdamW's state and the copies."""
        return {**super().state_dict(), _MASTERS: [master.detach().clone() for master in self.masters]}

    @torch.no_grad()
    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a state; the weights are rounded to its copies.

        Args:
            state_dict: What `state_dict` returned; that of a plain AdamW leaves the copies as they are.
        """
        masters = state_dict.get(_MASTERS)
        super().load_state_dict({key: value for key, value in state_dict.items() if key != _MASTERS})
        if masters is None:
            return
        for master, value in zip(self.masters, masters, strict=True):
            # Arrays out of Ray's object store cannot be written, of which torch would warn on the console.
            whole = value if isinstance(value, Tensor) else torch.from_numpy(value.copy())
            master.copy_(share(whole, master))
        self._round_weights()

    @torch.no_grad()
    def _round_weights(self) -> None:
        for weight, master in zip(self._weights, self.masters, strict=True):
            weight.copy_(master)
