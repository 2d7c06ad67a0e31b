"""The RLModule that holds the trained language model and its frozen reference."""

import copy
from collections.abc import Collection, Mapping
from typing import Any

import torch
from ray.rllib.core.rl_module.apis import InferenceOnlyAPI, TargetNetworkAPI
from ray.rllib.core.rl_module.torch.torch_rl_module import TorchRLModule
from ray.rllib.utils.annotations import override
from transformers import PreTrainedModel

from prorl_rllib.engines.model_loading import load_causal_lm, random_causal_lm
from prorl_rllib.engines.named_weights import checked_weights, copy_weights, named_weights
from prorl_rllib.rl_modules.token_logprobs import check_plain_head, token_logprobs

MODEL_CONFIG_DEFAULTS: dict[str, Any] = {
    "model": None,
    "hf_config": None,
    "dtype": "float32",
    "attn_implementation": "sdpa",
    "with_reference": True,
    "logprob_chunk_size": 1024,
    "gradient_checkpointing": False,
}
"""Keys of `model_config`; `hf_config` (a dict) builds random weights and is read only when `model` is None."""


class CausalLMModule(TorchRLModule, TargetNetworkAPI, InferenceOnlyAPI):
    """A causal language model as policy (`lm`), and a frozen copy of it as reference (`ref`).

    Attributes:
        lm: the policy.
        ref: the reference; None until `make_target_networks`, and always when `with_reference` is False.
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
            RuntimeError: instead of an AttributeError, which RLlib would take for an old-style module.
        """
        self.settings = check_model_config(self.model_config)
        self.ref = None
        try:
            self.lm = _load(self.settings)
        except AttributeError as error:
            raise RuntimeError(f"building the model of {self.settings['model']!r} failed: {error}") from error
        check_plain_head(self.lm)
        if self.settings["gradient_checkpointing"]:
            self.lm.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})

    @override(TargetNetworkAPI)
    def make_target_networks(self) -> None:
        """Make the reference, a frozen copy of the policy; does nothing when there is one or none is wanted."""
        if self.ref is not None or not self.settings["with_reference"] or self.inference_only:
            return
        self.ref = copy.deepcopy(self.lm).requires_grad_(False).eval()

    @override(TargetNetworkAPI)
    def get_target_network_pairs(self) -> list[tuple[torch.nn.Module, torch.nn.Module]]:
        """The policy with its reference.

        Returns:
            [(lm, ref)], empty when there is no reference.
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
            batch: "tokens" (B, T) int64 right-padded, "completion_mask" (B, T) bool, "temperature" 0-d float.
            **kwargs: ignored.

        Returns:
            "logprobs" (N,) with gradient and "entropy" (N,) without, in row-major order of the mask.
        """
        logprobs, entropy = self._token_logprobs(self.lm, batch)
        return {"logprobs": logprobs, "entropy": entropy}

    @override(TargetNetworkAPI)
    def forward_target(self, batch: dict[str, Any]) -> dict[str, torch.Tensor]:
        """Log-probabilities of the sampled tokens under the reference, without gradient.

        Args:
            batch: as for `_forward_train`.

        Returns:
            "logprobs" (N,), in row-major order of the mask.

        Raises:
            RuntimeError: if there is no reference.
        """
        with torch.no_grad():
            return {"logprobs": self._token_logprobs(self._existing_reference(), batch)[0]}

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
            inference_only: if True, the reference is left out.
            **kwargs: ignored.

        Returns:
            Copies under "lm.<Hugging Face name>" and "ref.<Hugging Face name>", tied weights once.
        """
        state = _prefixed("lm", self.lm)
        if self.ref is not None and not inference_only:
            state.update(_prefixed("ref", self.ref))
        return state

    @override(TorchRLModule)
    def set_state(self, state: Mapping[str, Any]) -> None:
        """Copy weights in place.

        Args:
            state: what `get_state` gave, as tensors or numpy arrays. Without any "ref." name (an inference-only state)
                the reference is left as it is; with them, it is made first if need be.

        Raises:
            ValueError: if names or shapes do not fit, or a reference is given to a module that has none by its config.
        """
        parts: dict[str, dict[str, Any]] = {"lm": {}, "ref": {}}
        for name, value in state.items():
            prefix, _, rest = name.partition(".")
            if prefix not in parts:
                raise ValueError(f"the state holds {name!r}; names must start with 'lm.' or 'ref.'")
            parts[prefix][rest] = value
        policy = checked_weights(self.lm, parts["lm"].items())
        if parts["ref"] and not self.inference_only:
            self._set_reference_state(parts["ref"])
        copy_weights(self.lm, policy.items())

    def reset_reference(self) -> None:
        """Make the reference equal to the policy, in place and one parameter at a time.

        Raises:
            RuntimeError: if there is no reference.
        """
        reference = named_weights(self._existing_reference())
        with torch.no_grad():
            for name, weight in named_weights(self.lm).items():
                reference[name].copy_(weight)

    def _set_reference_state(self, weights: Mapping[str, Any]) -> None:
        """Copy weights into the reference, made first if need be."""
        self.make_target_networks()
        if self.ref is None:
            raise ValueError(
                f"the state holds a reference ({len(weights)} weights), but this module has with_reference=False; "
                "set with_reference=True in model_config, or drop the names that start with 'ref.'"
            )
        copy_weights(self.ref, weights.items())

    def _existing_reference(self) -> PreTrainedModel:
        """The reference, or a RuntimeError that says how to get one."""
        if self.ref is None:
            raise RuntimeError(
                "the module has no reference: set with_reference=True in model_config (now "
                f"{self.settings['with_reference']}) and call make_target_networks()"
            )
        return self.ref

    def _token_logprobs(self, lm: PreTrainedModel, batch: Mapping[str, Any]) -> tuple[torch.Tensor, torch.Tensor]:
        """Log-probabilities and entropies under one of the two models."""
        return token_logprobs(
            lm, batch["tokens"], batch["completion_mask"], batch["temperature"], self.settings["logprob_chunk_size"]
        )


def check_model_config(model_config: Mapping[str, Any] | None) -> dict[str, Any]:
    """Check a `model_config` and fill in the defaults.

    Args:
        model_config: keys as in `MODEL_CONFIG_DEFAULTS`.

    Returns:
        All keys with their values.

    Raises:
        ValueError: if a key is unknown, neither `model` nor `hf_config` is given, or a value is out of range.
    """
    given = dict(model_config or {})
    unknown = sorted(given.keys() - MODEL_CONFIG_DEFAULTS.keys())
    if unknown:
        raise ValueError(f"model_config has unknown keys {unknown}; known are {sorted(MODEL_CONFIG_DEFAULTS)}")
    settings = {**MODEL_CONFIG_DEFAULTS, **given}
    if settings["model"] is None and settings["hf_config"] is None:
        raise ValueError("model_config has no `model`; give a local folder or a Hugging Face id (or `hf_config`)")
    if not isinstance(settings["logprob_chunk_size"], int) or settings["logprob_chunk_size"] < 1:
        raise ValueError(
            f"logprob_chunk_size={settings['logprob_chunk_size']!r}; logprob_chunk_size must be an int of at least 1"
        )
    return settings


def _load(settings: Mapping[str, Any]) -> PreTrainedModel:
    """Load the model that the settings name, or build it at random from `hf_config`."""
    options = (settings["dtype"], settings["attn_implementation"])
    if settings["model"] is None:
        return random_causal_lm(settings["hf_config"], *options)
    return load_causal_lm(settings["model"], *options)


def _prefixed(prefix: str, lm: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Copies of a model's weights on CPU, each once, with a prefix to their names."""
    return {f"{prefix}.{name}": weight.detach().cpu().clone() for name, weight in named_weights(lm).items()}
