"""The learner: one optimizer step at a time, from groups of episodes to a new policy."""

from collections.abc import Iterator
from typing import Any

import ray
import torch
from ray.rllib.core import COMPONENT_RL_MODULE, DEFAULT_MODULE_ID
from ray.rllib.core.learner.learner import Learner
from ray.rllib.core.learner.torch.torch_learner import TorchLearner
from ray.rllib.core.rl_module.multi_rl_module import MultiRLModule
from ray.rllib.policy.sample_batch import MultiAgentBatch, SampleBatch
from ray.rllib.utils.annotations import override
from ray.rllib.utils.metrics import WEIGHTS_SEQ_NO
from torch import Tensor

from prorl_rllib.algorithms.causal_lm_torch_learner import CausalLMTorchLearner
from prorl_rllib.algorithms.objectives import kl_estimate, kl_penalized_rewards, logprob_gap
from prorl_rllib.algorithms.prorl import connectors, optimizer_step
from prorl_rllib.algorithms.prorl.collectives import Collectives
from prorl_rllib.algorithms.prorl.learner_metrics import log_update
from prorl_rllib.algorithms.prorl.learner_settings import LearnerSettings
from prorl_rllib.algorithms.prorl.learner_totals import LearnerTotals
from prorl_rllib.algorithms.prorl.lr_schedule import decay_factor, warmup_factor
from prorl_rllib.algorithms.prorl.microbatches import make_microbatches
from prorl_rllib.algorithms.prorl.objective import (
    CompletionTokens,
    aggregate,
    clipped,
    mismatch_weights,
    policy_losses,
)
from prorl_rllib.algorithms.prorl.optimizer_step import OptimizerStep
from prorl_rllib.algorithms.prorl.policy_canary import policy_canary
from prorl_rllib.algorithms.prorl.token_columns import token_columns
from prorl_rllib.algorithms.prorl.training_data import Group, GroupTrainingData
from prorl_rllib.env_runners.columns import CANARY
from prorl_rllib.rl_modules.sharding import whole

_STATE = "prorl"


class ProRLTorchLearner(CausalLMTorchLearner):
    """Takes clipped policy-gradient steps held by a KL term to a reference model.

    One call of `update` takes the optimizer steps of one rollout batch. The gradient of a step is accumulated over
    micro-batches under one normaliser, counted over the whole step, so that it does not depend on how the step was
    split, nor on the number of learners. Each learner computes whole groups, and the learners sum their gradients.
    """

    num_updates = 0
    """Rollout batches trained on."""
    decay_step = 0
    """Optimizer steps of the whole run, which the learning rate's decay follows."""

    @override(TorchLearner)
    def build(self) -> None:
        """Build the module, its reference and the optimizer."""
        config = self.config
        if config.num_threads_per_learner is not None:
            torch.set_num_threads(config.num_threads_per_learner)
        self._totals = LearnerTotals()
        self._settings = LearnerSettings(config)
        super().build()
        # After the optimizer was configured, so that the reference is never among its parameters.
        self.policy_module().make_target_networks()

    @override(TorchLearner)
    def _make_module(self) -> MultiRLModule:
        """Make the module, equal on all learners; with FSDP2, this learner's share of it."""
        config = self.config
        module = super()._make_module()
        policy = module[DEFAULT_MODULE_ID]
        self._collectives = Collectives(config.num_learners, self._device, config.update_timeout_s)
        # A model with random weights has others on each learner.
        self._collectives.broadcast(policy.lm.parameters())
        if self._is_sharded:
            policy.shard(self._collectives.mesh(), packing=config.packing)
        return module

    @property
    def _is_sharded(self) -> bool:
        """Whether each learner holds a share of the model, so that every pass is one of all learners."""
        return self.config.learner_sharding == "fsdp2"

    @override(TorchLearner)
    def _make_modules_ddp_if_necessary(self) -> None:
        """Leave the module as it is: `_update` sums gradients itself, once for all micro-batches of a step."""

    @override(Learner)
    def _create_iterator_if_necessary(
        self, *, training_data: GroupTrainingData, **kwargs: Any
    ) -> Iterator[MultiAgentBatch]:
        """Yield once an optimizer step, in the order that the driver fixed; the tensors are in `self._step`."""
        steps = [self._lay_out(groups) for groups in training_data.optimizer_steps]
        self._compute_logprobs(steps)
        self._compute_advantages(steps)
        for number, step in enumerate(steps):
            self._step, self._is_first_step = step, number == 0
            rows = SampleBatch({"lengths": step.columns.lengths})
            yield MultiAgentBatch({DEFAULT_MODULE_ID: rows}, env_steps=len(step.episodes))

    def _lay_out(self, groups: list[Group]) -> OptimizerStep:
        """Cut an optimizer step into micro-batches and count what normalises it."""
        episodes = [episode for group in groups for episode in group]
        columns = token_columns(episodes, self._device)
        counts = torch.stack([columns.completion_mask.sum(), columns.completion_mask.any(dim=1).sum()])
        num_tokens, num_sequences = self._collectives.sum(counts).tolist()
        # A learner has no sequence in a step of fewer groups than learners.
        rows = (columns.tokens, columns.completion_mask, columns.lengths)
        microbatches = self._cut(*rows) if len(columns.lengths) else []
        step = OptimizerStep(episodes, columns, microbatches, num_tokens, num_sequences)
        if self._is_sharded:
            step.fillers = self._fillers(len(microbatches))
        return step

    def _fillers(self, num_microbatches: int) -> list[dict[str, Any]]:
        """Return what this learner must compute besides its micro-batches, to make as many passes as any other."""
        missing = int(self._collectives.maximum(torch.tensor(num_microbatches))) - num_microbatches
        rows = (torch.tensor([[0, 1]]), torch.tensor([[False, True]]), torch.tensor([2]))
        return self._cut(*(part.to(self._device) for part in rows)) * missing

    def _cut(self, tokens: Tensor, completion_mask: Tensor, lengths: Tensor) -> list[dict[str, Any]]:
        """Cut sequences into micro-batches."""
        return make_microbatches(
            tokens,
            completion_mask,
            lengths,
            max_tokens=self.config.max_tokens_per_microbatch,
            temperature=self.config.temperature,
            packing=self.config.packing,
            shared_prefix=self.config.shared_prefix,
        )

    def _compute_logprobs(self, steps: list[OptimizerStep]) -> None:
        """Compute the log-probabilities of reference and old policy that are needed, before the first optimizer step.

        In a rollout batch with one optimizer step the old policy is the one being trained, which needs no pass.
        """
        config = self.config
        needs_old = len(steps) > 1 or config.kl_placement == "reward"
        wanted = {"policy": config.recomputes_old_logprobs and needs_old, "reference": config.kl_coeff > 0}
        for step in steps:
            if step.microbatches:
                logprobs = self.policy_module().batch_logprobs(step.microbatches, **wanted)
                step.old_logprobs, step.reference_logprobs = logprobs.get("policy"), logprobs.get("reference")
            if step.fillers:
                self.policy_module().batch_logprobs(step.fillers, **wanted)

    def _compute_advantages(self, steps: list[OptimizerStep]) -> None:
        """Run the connectors over the whole rollout batch: the statistics of some estimators are a batch's."""
        if self.config.kl_placement == "reward":
            for step in (step for step in steps if step.microbatches):
                self._note_kl_penalties(step)
        self._learner_connector(
            rl_module=self.module,
            batch={},
            episodes=[episode for step in steps for episode in step.episodes],
            shared_data={connectors.UPDATE: self.num_updates, connectors.ALL_REDUCE: self._collectives.sum},
            metrics=self.metrics,
        )
        for step in steps:
            step.read_advantages()
        rewards = [episode.custom_data[connectors.SHAPED_REWARD] for step in steps for episode in step.episodes]
        self._totals.add({"sequences": len(rewards), "shaped_reward": float(sum(rewards))})

    def _note_kl_penalties(self, step: OptimizerStep) -> None:
        """Write the KL term of each sequence, which its reward will lose, into its episode."""
        old = step.columns.sampler_logprobs if step.old_logprobs is None else step.old_logprobs
        assert step.reference_logprobs is not None
        kl = kl_estimate(old.double(), step.reference_logprobs.double(), kind=self.config.kl_estimator)
        zeros = torch.zeros(len(step.episodes), dtype=torch.float64, device=kl.device)
        penalties = -kl_penalized_rewards(zeros, kl, step.sequence_index, coeff=self.kl_coeff)
        for episode, penalty in zip(step.episodes, penalties.tolist(), strict=True):
            episode.custom_data[connectors.KL_PENALTY] = penalty

    @override(TorchLearner)
    def _update(self, batch: dict[str, Any], **kwargs: Any) -> tuple[Any, Any, Any]:
        """Take one optimizer step over all its micro-batches."""
        for optimizer in self._optimizer_parameters:
            optimizer.zero_grad(set_to_none=True)
        fwd_out: dict[str, Any] = {}
        total_loss = torch.zeros((), device=self._device)
        old_is_sampler = not self.config.recomputes_old_logprobs
        for microbatch in self._step.microbatches:
            inputs = {DEFAULT_MODULE_ID: self._step.microbatch_inputs(microbatch, old_is_sampler=old_is_sampler)}
            fwd_out = self.module.forward_train(inputs)
            losses = self.compute_losses(fwd_out=fwd_out, batch=inputs)
            losses[DEFAULT_MODULE_ID].backward()
            self.collect_gradients()
            total_loss += losses[DEFAULT_MODULE_ID].detach()
        for filler in self._step.fillers:
            logprobs = self.module.forward_train({DEFAULT_MODULE_ID: filler})[DEFAULT_MODULE_ID]["logprobs"]
            (0.0 * logprobs.sum()).backward()
            self.collect_gradients()
        if not self._is_sharded:  # shards have been summed by their backward passes
            self._collectives.sum_gradients(list(self._params.values()))
        gradients = {reference: parameter.grad for reference, parameter in self._params.items()}
        self.apply_gradients(self.postprocess_gradients(gradients))
        return fwd_out, {DEFAULT_MODULE_ID: self._collectives.sum(total_loss)}, {}

    @override(Learner)
    def compute_loss_for_module(
        self, *, module_id: str, config: Any, batch: dict[str, Any], fwd_out: dict[str, Tensor]
    ) -> Tensor:
        """Return the micro-batch's share of the loss: ProRL's eq. 3 and 4 (arXiv 2505.24864), to be minimised.

        Args:
            module_id: Id of the module.
            config: The algorithm's config.
            batch: The micro-batch; see `OptimizerStep.microbatch_inputs`.
            fwd_out: `logprobs` and `entropy`, `[tokens]` each.
        """
        logp = fwd_out["logprobs"]
        tokens = CompletionTokens(
            logp=logp,
            old_logp=batch.get(optimizer_step.OLD_LOGPROBS, logp.detach()),
            sampler_logp=batch[optimizer_step.SAMPLER_LOGPROBS],
            advantages=batch[optimizer_step.ADVANTAGES].to(logp.dtype),
            sequence_index=batch["sequence_index"],
        )
        losses = policy_losses(config, tokens)
        weights = mismatch_weights(config, tokens)
        if weights is not None:
            losses = losses * weights.weights.to(losses.dtype)
            self._totals.add({"masked_tokens": weights.bounded_tokens, "masked_sequences": weights.masked_sequences})
        self._note_tokens(config, tokens, losses.detach(), fwd_out["entropy"])
        if optimizer_step.REFERENCE_LOGPROBS in batch:
            ref_logp = batch[optimizer_step.REFERENCE_LOGPROBS]
            self._totals.add({"kl": kl_estimate(logp.detach(), ref_logp, kind="k3").sum()})
            if config.kl_placement == "loss":
                losses = losses + self.kl_coeff * kl_estimate(logp, ref_logp, kind=config.kl_estimator)
        counts = {"num_tokens": self._step.num_tokens, "num_sequences": self._step.num_sequences}
        return aggregate(config, losses, tokens.sequence_index, **counts)

    def _note_tokens(self, config: Any, tokens: CompletionTokens, losses: Tensor, entropy: Tensor) -> None:
        """Add a micro-batch's tokens to the sums of the update."""
        sums = {
            "policy_loss": losses.sum(),
            "entropy": entropy.sum(),
            "clip_fraction": clipped(config, tokens).sum(),
            "tokens": losses.numel(),
        }
        self._totals.add(sums)
        if self._is_first_step:
            gap = logprob_gap(tokens.logp, tokens.sampler_logp)
            self._totals.add({"gap_tokens": gap.tokens, "gap_abs": gap.abs_sum, "gap_kl": gap.kl_sum})
            self._totals.maximum("gap_max", gap.abs_max)

    @override(Learner)
    def postprocess_gradients(self, gradients_dict: dict[Any, Tensor]) -> dict[Any, Tensor]:
        """Clip by the global norm; return no gradient at all where it is not finite.

        Args:
            gradients_dict: Gradients of the policy's parameters.
        """
        gradients = [gradient for gradient in gradients_dict.values() if gradient is not None]
        norm = whole(torch.nn.utils.get_total_norm(gradients))
        self._totals.count("steps")
        if not torch.isfinite(norm):
            self._totals.count("skipped_steps")
            return {}
        self._totals.count("grad_norm", float(norm))
        if self._is_sharded:  # RLlib's own clipping does not know of shares
            if self.config.grad_clip is not None:
                torch.nn.utils.clip_grads_with_norm_(self._params.values(), self.config.grad_clip, norm)
            return gradients_dict
        return super().postprocess_gradients(gradients_dict)

    @override(TorchLearner)
    def apply_gradients(self, gradients_dict: dict[Any, Tensor]) -> None:
        """Step the optimizer at the scheduled learning rate; skip the step if there is no gradient.

        RLlib's own switch for non-finite gradients zeroes or even applies them; a skipped step harms nothing.

        Args:
            gradients_dict: What `postprocess_gradients` returned.
        """
        if not gradients_dict:
            return
        self._totals.common["learning_rate"] = self.config.lr * self.learning_rate_factor()
        super().apply_gradients(gradients_dict)
        self.decay_step += 1

    @override(CausalLMTorchLearner)
    def learning_rate_factor(self) -> float:
        """Return the share of the learning rate in force: what the warm-up gives times what the decay has left."""
        config = self.config
        return warmup_factor(self.schedule_step, warmup_steps=config.lr_warmup_steps) * decay_factor(
            self.decay_step,
            schedule=config.lr_schedule,
            warmup_steps=config.lr_warmup_steps,
            decay_steps=config.lr_decay_steps,
            min_factor=config.lr_min_factor,
        )

    @property
    def kl_coeff(self) -> float:
        """The coefficient of the KL term in force."""
        return self._settings.kl_coeff

    @override(TorchLearner)
    def after_gradient_based_update(self, *, timesteps: dict[str, Any]) -> None:
        """Log the token means of the whole update and adapt the KL coefficient to them.

        Args:
            timesteps: RLlib's counters.
        """
        totals = self._totals.over_learners(self._collectives)
        self._totals = LearnerTotals()
        cosine_is_on = connectors.cosine_length_is_on(self.config, self.num_updates)
        if self._collectives.rank == 0:  # the driver would add up the counts of several
            log_update(self.metrics, self.config, totals, kl_coeff=self.kl_coeff, cosine_length_is_on=cosine_is_on)
        self.num_updates += 1
        if "kl" in totals:
            self._settings.observe_kl(totals["kl"] / totals["tokens"], int(totals["sequences"]))

    def apply_settings(self, settings: dict[str, Any]) -> None:
        """Take over the settings of a stage.

        Args:
            settings: All attributes of the config that differ from the run's own, with their values; they replace those
                of an earlier call. An empty dict goes back to the run's own.
        """
        self._settings.apply(settings)

    def policy_for_sampling(self, *, in_object_store: bool) -> tuple[int, tuple[Any]] | None:
        """Return what env runners need to sample with the present policy; called on every learner.

        Args:
            in_object_store: Put the state into Ray's object store from here and return a reference to it.

        Returns:
            On the first learner the version, and in a tuple of one, which keeps Ray from resolving a reference, the
            state: weights, version and canary. None on the others.
        """
        # Sharded weights are gathered by all learners together, whole ones only the first one needs to copy.
        if self._collectives.rank != 0 and self.config.learner_sharding != "fsdp2":
            return None
        state = self.get_state(components=COMPONENT_RL_MODULE, inference_only=True)
        published = {key: state[key] for key in (COMPONENT_RL_MODULE, WEIGHTS_SEQ_NO)}
        published[CANARY] = policy_canary(self.policy_module().lm)
        if self._collectives.rank != 0:
            return None
        return state[WEIGHTS_SEQ_NO], (ray.put(published) if in_object_store else published,)

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
        return module.reference_difference()

    @override(Learner)
    def get_state(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return the learner's state, its counters, the settings of its stage and the KL coefficient.

        Args:
            *args: As RLlib's.
            **kwargs: As RLlib's.
        """
        own = {"num_updates": self.num_updates, "decay_step": self.decay_step, **self._settings.get_state()}
        return {**super().get_state(*args, **kwargs), _STATE: own}

    @override(Learner)
    def set_state(self, state: dict[str, Any]) -> None:
        """Take over a state, an older one too.

        Args:
            state: What `get_state` returned.
        """
        super().set_state(state)
        if own := state.get(_STATE):
            self.num_updates, self.decay_step = own["num_updates"], own["decay_step"]
            self._settings.set_state(own)
