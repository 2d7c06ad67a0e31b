"""The RLModule that holds the trained language model and its frozen reference."""

import contextlib
import copy
import warnings
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import torch
from ray.rllib.core.rl_module.apis import InferenceOnlyAPI, TargetNetworkAPI
from ray.rllib.core.rl_module.torch.torch_rl_module import TorchRLModule
from ray.rllib.utils.annotations import override
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.tensor import DTensor
from transformers import PreTrainedModel

from prorl_rllib.engines.model_loading import load_causal_lm, random_causal_lm
from prorl_rllib.engines.named_weights import checked_weights, copy_weights, named_weights
from prorl_rllib.rl_modules import lora, sharding
from prorl_rllib.rl_modules.model_config import check_model_config
from prorl_rllib.rl_modules.token_logprobs import check_packing, check_plain_head, token_logprobs

_BASE_SAMPLE = "base.sample"


class CausalLMModule(TorchRLModule, TargetNetworkAPI, InferenceOnlyAPI):
    """A causal language model as policy, and its reference.

    The reference is a frozen copy of the policy, or, where the policy is a low-rank adapter (`lora`), a second adapter
    on the same frozen weights. `inference_only` modules have plain weights, no adapter and no reference.

    Attributes:
        lm: the policy.
        ref: the copy; None until `make_target_networks`, without a reference, and with `lora`.
    """

    lm: PreTrainedModel
    ref: PreTrainedModel | None

    @override(TorchRLModule)
    def setup(self) -> None:
        """Load the policy.

        Raises:
            ValueError: if `model_config` has an unknown key or a value out of range.
            FileNotFoundError: if `model` looks like a path that does not exist.
            OSError: if the model cannot be loaded.
            ImportError: if `lora` is given and peft is not installed.
            RuntimeError: instead of an AttributeError, which RLlib would take for an old-style module.
        """
        self.settings = check_model_config(self.model_config)
        self.ref = None
        self._has_reference = self._packing_checked = False
        try:
            self.lm = _load(self.settings)
        except AttributeError as error:
            raise RuntimeError(f"building the model of {self.settings['model']!r} failed: {error}") from error
        check_plain_head(self.lm)
        if self.has_adapter:
            lora.add_adapter(self.lm, self.settings["lora"], lora.POLICY)
        if self.settings["gradient_checkpointing"]:
            _enable_checkpointing(self.lm)

    @property
    def has_adapter(self) -> bool:
        """Whether the policy is a low-rank adapter on frozen weights."""
        return self.settings["lora"] is not None and not self.inference_only

    def trainable_parameters(self) -> list[torch.nn.Parameter]:
        """The policy's parameters that an optimizer may change: all of them, or the adapter's."""
        return [weight for weight in self.lm.parameters() if weight.requires_grad]

    def policy_weights(self) -> dict[str, torch.Tensor]:
        """The policy as a plain model, for engines and for export.

        Returns:
            Hugging Face name to weight, tied weights once, in the model's dtype: the live tensors, but new ones where
            an adapter is merged in.
        """
        return lora.merged_weights(self.lm) if self.has_adapter else named_weights(self.lm)

    @override(TargetNetworkAPI)
    def make_target_networks(self) -> None:
        """Make the reference, equal to the policy; does nothing when there is one or none is wanted."""
        if self._has_reference or not self.settings["with_reference"] or self.inference_only:
            return
        if self.has_adapter:
            lora.add_reference_adapter(self.lm, self.settings["lora"])
        else:
            self.ref = copy.deepcopy(self.lm).requires_grad_(False).eval()
        self._has_reference = True

    def shard(self, mesh: DeviceMesh, *, packing: bool) -> None:
        """Keep this learner's share of the policy, and of its reference, which is made equal to it.

        Neither the whole reference nor a second copy of the policy is ever held. From then on passes, `get_state` and
        `policy_weights` are collective operations.

        Args:
            mesh: joins the learners; the policy is equal on all of them, and on the mesh's device.
            packing: whether there will be packed rows.

        Raises:
            ValueError: with `lora`; or if the model's packed sequences see each other.
        """
        if self.has_adapter:
            raise ValueError("a low-rank adapter cannot be sharded: set lora=None, or learner_sharding='ddp'")
        if packing and not self._packing_checked:
            # The passes of this check would be collective later on.
            check_packing(self.lm)
            self._packing_checked = True
        reference = sharding.without_weights(self.lm) if self.settings["with_reference"] else None
        device = self.lm.device
        sharding.shard(self.lm, mesh)
        if reference is None:
            return
        sharding.shard(reference.requires_grad_(False), mesh)
        sharding.allocate(reference, device)
        self.ref, self._has_reference = reference.eval(), True
        self.reset_reference()

    @override(TargetNetworkAPI)
    def get_target_network_pairs(self) -> list[tuple[torch.nn.Module, torch.nn.Module]]:
        """The policy with its reference.

        Returns:
            [(lm, ref)], empty when there is no second model.
        """
        return [] if self.ref is None else [(self.lm, self.ref)]

    @override(InferenceOnlyAPI)
    def get_non_inference_attributes(self) -> list[str]:
        """What sampling does not need.

        Returns:
            The reference's name.
        """
        return ["ref"]

    @override(TorchRLModule)
    def train(self, mode: bool = True) -> "CausalLMModule":
        """Set train or eval mode; the reference stays in eval mode, since RLlib calls this at every forward_train.

        Args:
            mode: True for train mode.

        Returns:
            This module.
        """
        super().train(mode)
        if self.ref is not None:
            self.ref.eval()
        return self

    @override(TorchRLModule)
    def _forward_train(self, batch: dict[str, Any], **kwargs: Any) -> dict[str, torch.Tensor]:
        """Log-probabilities and entropies of the sampled tokens under the policy.

        Args:
            batch: a micro-batch (see `lay_out`), or "tokens" (B, T) int64 right-padded and "completion_mask" (B, T)
                bool; and "temperature", 0-d float.
            **kwargs: ignored.

        Returns:
            "logprobs" (N,) with gradient and "entropy" (N,) without, in the order of the layout (row-major).
        """
        logprobs, entropy = self._token_logprobs(self.lm, batch)
        return {"logprobs": logprobs, "entropy": entropy}

    @override(TargetNetworkAPI)
    def forward_target(self, batch: dict[str, Any]) -> dict[str, torch.Tensor]:
        """Log-probabilities of the sampled tokens under the reference, without gradient.

        Args:
            batch: as for `_forward_train`.

        Returns:
            "logprobs" (N,), in the order of the layout.

        Raises:
            RuntimeError: if there is no reference.
        """
        with torch.no_grad(), self._reference() as reference:
            return {"logprobs": self._token_logprobs(reference, batch)[0]}

    @torch.no_grad()
    def batch_logprobs(
        self, microbatches: Iterable[Mapping[str, Any]], *, policy: bool = False, reference: bool = False
    ) -> dict[str, torch.Tensor]:
        """Log-probabilities of all sampled tokens of an optimizer step, without gradient, in one pass over it.

        Args:
            microbatches: all micro-batches of the step.
            policy: compute those under the policy.
            reference: compute those under the reference.

        Returns:
            "policy" and "reference", those asked for, each [tokens], in the order of the step ("token_index").

        Raises:
            RuntimeError: if a reference is asked for and there is none.
        """
        wanted = [name for name, asked in (("policy", policy), ("reference", reference)) if asked]
        if not wanted:
            return {}
        places: list[torch.Tensor] = []
        found: dict[str, list[torch.Tensor]] = {name: [] for name in wanted}
        for batch in microbatches:
            places.append(batch["token_index"])
            if policy:
                found["policy"].append(self._token_logprobs(self.lm, batch)[0])
            if reference:
                found["reference"].append(self.forward_target(dict(batch))["logprobs"])
        order = torch.cat(places).argsort()
        return {name: torch.cat(parts)[order] for name, parts in found.items()}

    @override(TorchRLModule)
    def get_state(
        self,
        components: str | Collection[str] | None = None,
        *,
        not_components: str | Collection[str] | None = None,
        inference_only: bool = False,
        **kwargs: Any,
    ) -> dict[str, torch.Tensor]:
        """The weights, as CPU tensors of any dtype (numpy, RLlib's own choice, has no bfloat16).

        Args:
            components: ignored, the module has no components.
            not_components: ignored.
            inference_only: the policy alone, as a plain model's weights, an adapter merged in.
            **kwargs: ignored.

        Returns:
            Copies under "lm.<Hugging Face name>" and "ref.<Hugging Face name>", tied weights once. With `lora` the two
            hold the adapters' weights, and "base.sample" some values of the frozen ones, which are not part of it. Of
            a sharded module, the first learner gets whole weights, the others empty ones.
        """
        if inference_only:
            return _copies("lm", self.policy_weights())
        if not self.has_adapter:
            reference = {} if self.ref is None else named_weights(self.ref)
            return _copies("lm", named_weights(self.lm)) | _copies("ref", reference)
        state = _copies("lm", lora.adapter_weights(self.lm, lora.POLICY))
        state |= _copies("ref", lora.adapter_weights(self.lm, lora.REFERENCE))
        return state | {_BASE_SAMPLE: lora.base_sample(self.lm)}

    @override(TorchRLModule)
    def set_state(self, state: Mapping[str, Any]) -> None:
        """Copy weights in place.

        Args:
            state: what `get_state` gave, as tensors or numpy arrays. Without any "ref." name (an inference-only state)
                the reference is left as it is; with them, it is made first if need be.

        Raises:
            ValueError: if names or shapes do not fit, a reference is given to a module that has none by its config, or
                an adapter belongs to other frozen weights.
        """
        parts: dict[str, dict[str, Any]] = {"lm": {}, "ref": {}, "base": {}}
        for name, value in state.items():
            prefix, _, rest = name.partition(".")
            if prefix not in parts:
                raise ValueError(f"the state holds {name!r}; names must start with 'lm.' or 'ref.'")
            parts[prefix][rest] = value
        if self.has_adapter:
            self._set_adapters(parts)
            return
        parts["lm"] = sharding.shared_weights(parts["lm"], named_weights(self.lm))
        policy = checked_weights(self.lm, parts["lm"].items())
        if parts["ref"] and not self.inference_only:
            self._make_reference_for(parts["ref"])
            assert self.ref is not None
            copy_weights(self.ref, sharding.shared_weights(parts["ref"], named_weights(self.ref)).items())
        copy_weights(self.lm, policy.items())

    def reset_reference(self) -> None:
        """Make the reference equal to the policy, in place and one parameter at a time.

        Raises:
            RuntimeError: if there is no reference.
        """
        with torch.no_grad():
            for policy, reference in self._policy_and_reference():
                reference.copy_(policy)

    def reference_difference(self) -> float:
        """The largest absolute difference between a weight of the policy and of the reference, of this learner's share.

        Raises:
            RuntimeError: if there is no reference.
        """
        shares = [(sharding.local(one.detach()), sharding.local(two)) for one, two in self._policy_and_reference()]
        return max((float((one - two).abs().max()) for one, two in shares if one.numel()), default=0.0)

    def _policy_and_reference(self) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Each weight of the policy that may change, with the reference's."""
        self._check_reference()
        if self.ref is not None:
            return list(zip(named_weights(self.lm).values(), named_weights(self.ref).values(), strict=True))
        policy, snapshot = (lora.adapter_weights(self.lm, name) for name in (lora.POLICY, lora.REFERENCE))
        return [(weight, snapshot[name]) for name, weight in policy.items()]

    def _set_adapters(self, parts: Mapping[str, Mapping[str, Any]]) -> None:
        """Copy adapters' weights, after a look at whether they were trained on the same frozen ones."""
        lora.check_base(self.lm, parts["base"].get("sample"))
        policy = lora.checked_adapter(self.lm, lora.POLICY, parts["lm"])
        if parts["ref"]:
            self._make_reference_for(parts["ref"])
            lora.copy_adapter(self.lm, lora.REFERENCE, parts["ref"])
        lora.copy_adapter(self.lm, lora.POLICY, policy)

    def _make_reference_for(self, weights: Mapping[str, Any]) -> None:
        """Make the reference whose weights a state holds, unless the config wants none."""
        self.make_target_networks()
        if not self._has_reference:
            raise ValueError(
                f"the state holds a reference ({len(weights)} weights), but this module has with_reference=False; "
                "set with_reference=True in model_config, or drop the names that start with 'ref.'"
            )

    def _reference(self) -> contextlib.AbstractContextManager[PreTrainedModel]:
        """The reference model inside a block."""
        self._check_reference()
        return lora.reference_adapter(self.lm) if self.ref is None else contextlib.nullcontext(self.ref)

    def _check_reference(self) -> None:
        """Raise a RuntimeError that says how to get a reference where there is none."""
        if not self._has_reference:
            raise RuntimeError(
                "the module has no reference: set with_reference=True in model_config (now "
                f"{self.settings['with_reference']}) and call make_target_networks()"
            )

    def _token_logprobs(self, lm: PreTrainedModel, batch: Mapping[str, Any]) -> tuple[torch.Tensor, torch.Tensor]:
        """Log-probabilities and entropies under one of the two models."""
        if batch.get("segments") is not None and not self._packing_checked:
            check_packing(lm)
            self._packing_checked = True
        compute = sharding.sharded_token_logprobs if sharding.is_sharded(lm) else token_logprobs
        return compute(lm, batch, self.settings["logprob_chunk_size"])


def _load(settings: Mapping[str, Any]) -> PreTrainedModel:
    """Load the model that the settings name, or build it at random from `hf_config`."""
    options = (settings["dtype"], settings["attn_implementation"])
    if settings["model"] is None:
        return random_causal_lm(settings["hf_config"], *options)
    return load_causal_lm(settings["model"], *options)


def _enable_checkpointing(lm: PreTrainedModel) -> None:
    """Recompute each layer in the backward pass; under the name that all supported releases of transformers have."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=FutureWarning)
        lm.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})


def _copies(prefix: str, weights: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Copies of weights on CPU, with a prefix to their names."""
    return {
        f"{prefix}.{name}": sharding.gathered(weight) if isinstance(weight, DTensor) else weight.detach().cpu().clone()
        for name, weight in weights.items()
    }
