"""What the learners of language models share."""

from abc import abstractmethod
from typing import Any

import torch
from ray.rllib.core import COMPONENT_OPTIMIZER, DEFAULT_MODULE_ID
from ray.rllib.core.learner.learner import Learner
from ray.rllib.core.learner.torch.torch_learner import TorchLearner
from ray.rllib.utils.annotations import override
from ray.rllib.utils.metrics import WEIGHTS_SEQ_NO
from ray.rllib.utils.numpy import convert_to_numpy
from torch import Tensor

from prorl_rllib.algorithms.master_weights import MasterWeightsAdamW
from prorl_rllib.rl_modules import sharding
from prorl_rllib.rl_modules.causal_lm_module import CausalLMModule

_STATE = "learning_rate_schedule"


class CausalLMTorchLearner(TorchLearner):
    """A learner with AdamW over the trained model's parameters; the reference is never among them.

    Half-precision parameters are trained through float32 copies, which are then what RLlib sees as the parameters. The
    learning rate follows a schedule in optimizer steps, whose position is part of the learner's state.
    """

    schedule_step = 0
    """Optimizer steps taken since the schedule began."""

    @abstractmethod
    def learning_rate_factor(self) -> float:
        """Return what the config's learning rate is multiplied with at `schedule_step`."""

    def policy_module(self) -> CausalLMModule:
        """Return the RLModule, without the wrapper that several learners put around it."""
        return self.module[DEFAULT_MODULE_ID].unwrapped()

    @override(TorchLearner)
    def configure_optimizers_for_module(self, module_id: str, config: Any = None) -> None:
        """Register AdamW.

        Args:
            module_id: Id of the module.
            config: The algorithm's config.
        """
        weights = self._module[module_id].unwrapped().trainable_parameters()
        settings = {"lr": config.lr, **_adamw_settings(config)}
        half = any(weight.dtype in (torch.bfloat16, torch.float16) for weight in weights)
        optimizer = (MasterWeightsAdamW if half else torch.optim.AdamW)(weights, **settings)
        params = optimizer.param_groups[0]["params"]
        self.register_optimizer(module_id=module_id, optimizer=optimizer, params=params, lr_or_lr_schedule=config.lr)

    def collect_gradients(self) -> None:
        """Move the gradients of half-precision parameters to their float32 copies; after each backward pass."""
        for optimizer in self._optimizer_parameters:
            if isinstance(optimizer, MasterWeightsAdamW):
                optimizer.collect_gradients()

    def reload_master_weights(self) -> None:
        """Copy half-precision parameters anew: for when they were changed behind the optimizer's back."""
        for optimizer in self._optimizer_parameters:
            if isinstance(optimizer, MasterWeightsAdamW):
                optimizer.reload()

    @override(TorchLearner)
    def compute_gradients(self, loss_per_module: dict[str, Tensor], **kwargs: Any) -> dict[Any, Tensor]:
        """Compute the gradients of what RLlib sees as the parameters.

        Args:
            loss_per_module: The losses.
            **kwargs: As RLlib's.
        """
        super().compute_gradients(loss_per_module, **kwargs)
        self.collect_gradients()
        return {reference: parameter.grad for reference, parameter in self._params.items()}

    @override(TorchLearner)
    def apply_gradients(self, gradients_dict: dict[Any, Tensor]) -> None:
        """Step the optimizer at the scheduled learning rate.

        Args:
            gradients_dict: The clipped gradients; they are the parameters' own.
        """
        lr = self.config.lr * self.learning_rate_factor()
        for optimizer in self._optimizer_parameters:
            self._set_optimizer_lr(optimizer, lr=lr)
            optimizer.step()
        self.schedule_step += 1

    @override(TorchLearner)
    def _get_optimizer_state(self) -> dict[str, Any]:
        """Return the optimizers' states; a collective operation where the model is sharded."""
        return {
            name: {
                "module_id": self._optimizer_name_to_module[name],
                "state": convert_to_numpy(sharding.gathered(optimizer.state_dict())),
            }
            for name, optimizer in self._named_optimizers.items()
        }

    @override(TorchLearner)
    def _set_optimizer_state(self, state: dict[str, Any]) -> None:
        """Take over the optimizers' states, or this learner's share of them; the settings stay this config's.

        Torch keeps settings beside the state and would bring back those of the run that was saved, which population
        based training has changed.
        """
        own = dict(state)
        for name in own.keys() & self._named_optimizers.keys():
            shares = sharding.shared_optimizer_state(self._named_optimizers[name], own[name]["state"])
            own[name] = {**own[name], "state": shares}
        super()._set_optimizer_state(own)
        for optimizer in self._optimizer_parameters:
            for group in optimizer.param_groups:
                group.update(_adamw_settings(self.config))

    @override(Learner)
    def get_state(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return RLlib's learner state and the position in the schedule.

        Args:
            *args: As RLlib's.
            **kwargs: As RLlib's.
        """
        return {**super().get_state(*args, **kwargs), _STATE: self.schedule_step}

    @override(Learner)
    def set_state(self, state: dict[str, Any]) -> None:
        """Take over a state, an older one too.

        RLlib skips the weights, but not the optimizer, of a state whose sequence number is not larger than the
        learner's; a learner set back in time would be half restored.

        Args:
            state: What `get_state` returned.
        """
        if WEIGHTS_SEQ_NO in state:
            self._weights_seq_no = 0
        super().set_state(state)
        if COMPONENT_OPTIMIZER not in state:
            self.reload_master_weights()
        self.schedule_step = state.get(_STATE, self.schedule_step)


def _adamw_settings(config: Any) -> dict[str, Any]:
    """Return AdamW's settings but for the learning rate, which is set before each step."""
    return {
        "betas": tuple(config.adam_betas),
        "eps": config.adam_epsilon,
        "weight_decay": config.weight_decay,
    }
