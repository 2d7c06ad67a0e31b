"""What the learners of language models share."""

from typing import Any

import torch
from ray.rllib.core import DEFAULT_MODULE_ID
from ray.rllib.core.learner.torch.torch_learner import TorchLearner
from ray.rllib.utils.annotations import override

from prorl_rllib.rl_modules.causal_lm_module import CausalLMModule


class CausalLMTorchLearner(TorchLearner):
    """A learner with AdamW over the trained model's parameters; the reference is never among them."""

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
        params = list(self._module[module_id].unwrapped().lm.parameters())
        optimizer = torch.optim.AdamW(
            params,
            lr=config.lr,
            betas=tuple(config.adam_betas),
            eps=config.adam_epsilon,
            weight_decay=config.weight_decay,
        )
        self.register_optimizer(module_id=module_id, optimizer=optimizer, params=params, lr_or_lr_schedule=config.lr)
