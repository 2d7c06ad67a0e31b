"""The learner: one optimizer step at a time, from groups of episodes to a new policy."""

from collections.abc import Iterator
from typing import Any

import torch
from ray.rllib.core import DEFAULT_MODULE_ID
from ray.rllib.core.learner.learner import Learner
from ray.rllib.core.learner.torch.torch_learner import TorchLearner
from ray.rllib.policy.sample_batch import MultiAgentBatch, SampleBatch
from ray.rllib.utils.annotations import override
from torch import Tensor

from prorl_rllib.algorithms.causal_lm_torch_learner import CausalLMTorchLearner
from prorl_rllib.algorithms.objectives import clipped_policy_loss, clipped_tokens, kl_estimate, token_mean
from prorl_rllib.algorithms.prorl import connectors
from prorl_rllib.algorithms.prorl.microbatches import token_budget_microbatches
from prorl_rllib.algorithms.prorl.training_data import GroupTrainingData

_TOKEN_MEANS = ("policy_loss", "entropy", "clip_fraction", "kl")


class ProRLTorchLearner(CausalLMTorchLearner):
    """Takes clipped policy-gradient steps held by a KL term to a reference model.

    One call of `update` takes the optimizer steps of one rollout batch. The gradient of a step is accumulated over
    micro-batches under one normaliser, the number of completion tokens of the whole step, so that it does not depend on
    how the step was split.
    """

    @override(TorchLearner)
    def build(self) -> None:
        """Build the module, its reference and the optimizer."""
        if self.config.num_threads_per_learner is not None:
            torch.set_num_threads(self.config.num_threads_per_learner)
        self._totals: dict[str, Tensor] = {}
        super().build()
        # After the optimizer was configured, so that the reference is never among its parameters.
        self.policy_module().make_target_networks()

    @override(Learner)
    def _create_iterator_if_necessary(
        self, *, training_data: GroupTrainingData, **kwargs: Any
    ) -> Iterator[MultiAgentBatch]:
        """Yield one batch an optimizer step, in the order that the driver fixed."""
        for number, groups in enumerate(training_data.optimizer_steps):
            episodes = [episode for group in groups for episode in group]
            batch = self._learner_connector(
                rl_module=self.module, batch={}, episodes=episodes, shared_data={}, metrics=self.metrics
            )
            self._is_first_step = number == 0
            columns = {key: torch.as_tensor(value).to(self._device) for key, value in batch[DEFAULT_MODULE_ID].items()}
            yield MultiAgentBatch({DEFAULT_MODULE_ID: SampleBatch(columns)}, env_steps=len(episodes))

    @override(TorchLearner)
    def _update(self, batch: dict[str, Any], **kwargs: Any) -> tuple[Any, Any, Any]:
        """Take one optimizer step over all micro-batches of `batch`."""
        sequences = batch[DEFAULT_MODULE_ID]
        lengths = sequences[connectors.LENGTHS].tolist()
        num_tokens = int(sequences[connectors.COMPLETION_MASK].sum())
        for optimizer in self._optimizer_parameters:
            optimizer.zero_grad(set_to_none=True)
        fwd_out: dict[str, Any] = {}
        total_loss = torch.zeros((), device=self._device)
        for rows in token_budget_microbatches(lengths, self.config.max_tokens_per_microbatch):
            microbatch = self._microbatch(sequences, rows, lengths, num_tokens)
            fwd_out = self.module.forward_train({DEFAULT_MODULE_ID: microbatch})
            losses = self.compute_losses(fwd_out=fwd_out, batch={DEFAULT_MODULE_ID: microbatch})
            losses[DEFAULT_MODULE_ID].backward()
            total_loss += losses[DEFAULT_MODULE_ID].detach()
        gradients = {reference: parameter.grad for reference, parameter in self._params.items()}
        self.apply_gradients(self.postprocess_gradients(gradients))
        return fwd_out, {DEFAULT_MODULE_ID: total_loss}, {}

    def _microbatch(
        self, sequences: dict[str, Tensor], rows: list[int], lengths: list[int], num_tokens: int
    ) -> dict[str, Any]:
        """Take some rows, cut to the longest of them, and flatten what belongs to completion tokens."""
        width = max(lengths[row] for row in rows)
        index = torch.as_tensor(rows, device=self._device)
        mask = sequences[connectors.COMPLETION_MASK][index, :width]
        advantages = sequences[connectors.ADVANTAGES][index]
        return {
            "tokens": sequences[connectors.TOKENS][index, :width],
            "completion_mask": mask,
            "temperature": torch.tensor(float(self.config.temperature), device=self._device),
            connectors.OLD_LOGPROBS: sequences[connectors.OLD_LOGPROBS][index, :width][mask],
            connectors.ADVANTAGES: advantages[:, None].expand_as(mask)[mask],
            "normalizer": num_tokens,
        }

    @override(Learner)
    def compute_loss_for_module(
        self, *, module_id: str, config: Any, batch: dict[str, Any], fwd_out: dict[str, Tensor]
    ) -> Tensor:
        """Return the micro-batch's share of the loss: ProRL's eq. 3 and 4 (arXiv 2505.24864), to be minimised.

        Args:
            module_id: Id of the module.
            config: The algorithm's config.
            batch: The micro-batch; see `_microbatch`.
            fwd_out: `logprobs` and `entropy`, `[tokens]` each.
        """
        logp, old_logp, advantages = fwd_out["logprobs"], batch[connectors.OLD_LOGPROBS], batch[connectors.ADVANTAGES]
        clip = {"clip_low": config.clip_low, "clip_high": config.clip_high}
        losses = clipped_policy_loss(logp, old_logp, advantages.to(logp.dtype), **clip)
        sums = {
            "policy_loss": losses.detach().sum(),
            "entropy": fwd_out["entropy"].sum(),
            "clip_fraction": clipped_tokens(logp.detach(), old_logp, advantages, **clip).sum(),
            "tokens": torch.tensor(logp.numel()),
        }
        if self._is_first_step:
            sums |= {
                "logprob_gap": (logp.detach() - old_logp).abs().sum(),
                "first_step_tokens": torch.tensor(logp.numel()),
            }
        if config.kl_coeff > 0:
            ref_logp = self.policy_module().forward_target(batch)["logprobs"]
            losses = losses + config.kl_coeff * kl_estimate(logp, ref_logp, kind=config.kl_estimator)
            sums["kl"] = kl_estimate(logp.detach(), ref_logp, kind="k3").sum()
        for key, value in sums.items():
            self._count(key, value)
        return token_mean(losses, batch["normalizer"])

    @override(Learner)
    def postprocess_gradients(self, gradients_dict: dict[Any, Tensor]) -> dict[Any, Tensor]:
        """Clip by the global norm; return no gradient at all where it is not finite.

        Args:
            gradients_dict: Gradients of the policy's parameters.
        """
        gradients = [gradient for gradient in gradients_dict.values() if gradient is not None]
        norm = torch.nn.utils.get_total_norm(gradients)
        self._count("steps", 1)
        if not torch.isfinite(norm):
            self._count("skipped_steps", 1)
            return {}
        self._count("grad_norm", norm)
        return super().postprocess_gradients(gradients_dict)

    @override(TorchLearner)
    def apply_gradients(self, gradients_dict: dict[Any, Tensor]) -> None:
        """Step the optimizer at the warmed-up learning rate; skip the step if there is no gradient.

        RLlib's own switch for non-finite gradients zeroes or even applies them; a skipped step harms nothing.

        Args:
            gradients_dict: What `postprocess_gradients` returned.
        """
        if not gradients_dict:
            return
        self._totals["learning_rate"] = torch.tensor(self.config.lr * self.learning_rate_factor())
        super().apply_gradients(gradients_dict)

    @override(CausalLMTorchLearner)
    def learning_rate_factor(self) -> float:
        """Return the share of the learning rate in force: it rises linearly over the warm-up."""
        return min(1.0, (self.schedule_step + 1) / max(1, self.config.lr_warmup_steps))

    def _count(self, key: str, value: Any) -> None:
        self._totals[key] = self._totals.get(key, torch.zeros(())) + torch.as_tensor(value)

    @override(TorchLearner)
    def after_gradient_based_update(self, *, timesteps: dict[str, Any]) -> None:
        """Log the token means of the whole update.

        Args:
            timesteps: RLlib's counters.
        """
        totals = {key: float(value) for key, value in self._totals.items()}
        self._totals = {}
        steps, skipped = totals["steps"], totals.get("skipped_steps", 0.0)
        means: dict[str, float] = {
            **{key: totals[key] / totals["tokens"] for key in _TOKEN_MEANS if key in totals},
            "logprob_gap": totals["logprob_gap"] / totals["first_step_tokens"],
            "grad_norm": totals.get("grad_norm", 0.0) / max(1.0, steps - skipped),
            "learning_rate": totals.get("learning_rate", 0.0),
        }
        for key, value in means.items():
            self.metrics.log_value((DEFAULT_MODULE_ID, key), value, reduce="mean", window=1)
        self.metrics.log_value((DEFAULT_MODULE_ID, "optimizer_steps"), steps, reduce="sum")
        self.metrics.log_value((DEFAULT_MODULE_ID, "skipped_steps"), skipped, reduce="sum")

    def reset_reference(self) -> float:
        """Copy the policy into the reference; clear the optimizer too, and warm its learning rate up, if so configured.

        ProRL (arXiv 2505.24864), section 2.3.1.

        Returns:
            The largest absolute difference left between policy and reference, 0.0 if all went well.
        """
        module = self.policy_module()
        module.reset_reference()
        if self.config.reset_clear_optimizer:
            for optimizer in self._optimizer_parameters:
                optimizer.state.clear()
            self.schedule_step = 0
        assert module.ref is not None
        pairs = zip(module.lm.parameters(), module.ref.parameters(), strict=True)
        return max(float((policy.detach() - reference).abs().max()) for policy, reference in pairs)
