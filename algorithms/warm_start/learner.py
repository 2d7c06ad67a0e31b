"""The learner: cross-entropy on the tokens of worked solutions."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from ray.rllib.core import DEFAULT_MODULE_ID
from ray.rllib.core.learner.learner import Learner
from ray.rllib.core.learner.torch.torch_learner import TorchLearner
from ray.rllib.policy.sample_batch import MultiAgentBatch, SampleBatch
from ray.rllib.utils.annotations import override
from torch import Tensor

from prorl_rllib.algorithms.causal_lm_torch_learner import CausalLMTorchLearner
from prorl_rllib.algorithms.warm_start.training_data import WarmStartData
from prorl_rllib.rl_modules.export import export_hugging_face


def learning_rate_factor(step: int, *, warmup_steps: int, num_steps: int) -> float:
    """Return what the highest learning rate is multiplied with: a linear rise, times a linear fall to 0.

    Args:
        step: Optimizer steps taken so far, from 0.
        warmup_steps: Steps of the rise.
        num_steps: Steps of the whole run.
    """
    return min(1.0, (step + 1) / max(1, warmup_steps)) * max(0.0, 1.0 - step / num_steps)


class WarmStartTorchLearner(CausalLMTorchLearner):
    """Minimises the mean negative log-probability of the solutions' tokens; prompts carry no loss."""

    @override(TorchLearner)
    def build(self) -> None:
        """Build the module and the optimizer."""
        torch.set_num_threads(self.config.num_threads)
        super().build()

    @override(Learner)
    def _create_iterator_if_necessary(
        self, *, training_data: WarmStartData, **kwargs: Any
    ) -> Iterator[MultiAgentBatch]:
        """Yield one batch an optimizer step."""
        for batch in training_data.token_batches:
            columns = {
                "tokens": batch.tokens.to(self._device),
                "completion_mask": batch.completion_mask.to(self._device),
            }
            yield MultiAgentBatch({DEFAULT_MODULE_ID: SampleBatch(columns)}, env_steps=len(batch.tokens))

    @override(TorchLearner)
    def _update(self, batch: dict[str, Any], **kwargs: Any) -> tuple[Any, Any, Any]:
        """Take one optimizer step."""
        sequences = batch[DEFAULT_MODULE_ID]
        # The temperature is no column of the batch: it has no row axis.
        inputs = {
            DEFAULT_MODULE_ID: {
                "tokens": sequences["tokens"],
                "completion_mask": sequences["completion_mask"],
                "temperature": torch.tensor(1.0, device=self._device),
            }
        }
        fwd_out = self.module.forward_train(inputs)
        losses = self.compute_losses(fwd_out=fwd_out, batch=inputs)
        gradients = self.compute_gradients(losses)
        self.apply_gradients(self.postprocess_gradients(gradients))
        return fwd_out, {key: loss.detach() for key, loss in losses.items()}, {}

    @override(Learner)
    def compute_loss_for_module(
        self, *, module_id: str, config: Any, batch: dict[str, Any], fwd_out: dict[str, Tensor]
    ) -> Tensor:
        """Return the mean cross-entropy of the solutions' tokens, in nats.

        Args:
            module_id: Id of the module.
            config: The algorithm's config.
            batch: The token batch.
            fwd_out: `logprobs`, `[tokens]`.

        Raises:
            RuntimeError: if the loss is not finite.
        """
        loss = -fwd_out["logprobs"].mean()
        value = float(loss.detach())
        if not torch.isfinite(loss):
            raise RuntimeError(
                f"the warm start's loss is {value} at step {self.schedule_step}; lower `lr` (now {self.config.lr}) or "
                f"raise `lr_warmup_steps` (now {self.config.lr_warmup_steps})."
            )
        self.metrics.log_value((module_id, "loss"), value, window=self.config.steps_per_iteration)
        return loss

    @override(CausalLMTorchLearner)
    def learning_rate_factor(self) -> float:
        """Return the share of the learning rate in force."""
        return learning_rate_factor(
            self.schedule_step, warmup_steps=self.config.lr_warmup_steps, num_steps=self.config.num_steps
        )

    @override(TorchLearner)
    def after_gradient_based_update(self, *, timesteps: dict[str, Any]) -> None:
        """Log the steps taken; RLlib's own method would put the learning rate back to its highest value.

        Args:
            timesteps: RLlib's counters.
        """
        self.metrics.log_value((DEFAULT_MODULE_ID, "num_steps"), self.schedule_step, window=1)

    def export(self, folder: str | Path) -> Path:
        """Write the model and its tokenizer as a Hugging Face folder.

        Args:
            folder: Must not exist.

        Returns:
            Its path.
        """
        return export_hugging_face(self.policy_module(), str(self.config.initial_model), folder)
