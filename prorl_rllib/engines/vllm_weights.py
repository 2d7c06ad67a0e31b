"""What runs inside vLLM's workers to replace a model's weights in place. vLLM imports it, by its name."""

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from vllm.model_executor.layers.vocab_parallel_embedding import UnquantizedEmbeddingMethod, VocabParallelEmbedding
from vllm.model_executor.model_loader.reload.layerwise import _place_kernel_tensors, get_layerwise_info

from prorl_rllib.engines.weights_file import read_weights


class WeightLoading:
    """Methods that vLLM mixes into its worker (`worker_extension_cls`)."""

    model_runner: Any

    def load_named_weights(self, weights: Mapping[str, torch.Tensor] | None = None, path: str | None = None) -> None:
        """Replace the model's weights.

        Args:
            weights: every weight under its Hugging Face name, tied ones once; for a worker in the caller's process.
            path: a file of them (see `weights_file`), for a worker in a process of its own.

        Raises:
            Exception: what vLLM raises. The weights are then partly old, partly new, and can be loaded again.
        """
        if weights is None:
            if path is None:
                raise ValueError("load_named_weights needs `weights` or `path`")
            weights = read_weights(path)
        model = self.model_runner.get_model()
        self.forget_weight_update()
        try:
            self.reload_weights(weights_iterator=iter(weights.items()))  # type: ignore[attr-defined]
        except Exception:
            _forget_half_load(model)
            raise
        _pack_vocabulary(model)

    def transfer_device(self) -> str:
        """Tell which device this worker computes on: the UUID of a GPU, as CUDA IPC names it."""
        device: torch.device = self.device  # type: ignore[attr-defined]
        return str(torch.cuda.get_device_properties(device).uuid) if device.type == "cuda" else str(device)

    def end_weight_update(self) -> None:
        """Put in force what vLLM's weight transfer brought (see `WeightReceiving`)."""
        self.finish_weight_update()  # type: ignore[attr-defined]
        _pack_vocabulary(self.model_runner.get_model())

    def clear_cache_values(self) -> None:
        """Overwrite all keys and values with zeros."""
        for layer in self.model_runner.kv_caches:
            for values in layer if isinstance(layer, list | tuple) else [layer]:
                values.zero_()

    def forget_weight_update(self) -> None:
        """Drop a transfer that was begun and never ended; does nothing where there is none."""
        if getattr(self, "_weight_update_active", False):
            self._weight_update_active = False
            self.weight_transfer_engine.reset_weight_update_target()  # type: ignore[attr-defined]
            _forget_half_load(self.model_runner.get_model())


def _pack_vocabulary(model: torch.nn.Module) -> None:
    """Renew the packed copies of the vocabulary's matrix."""
    for layer in _packed_vocabulary_layers(model):
        layer.quant_method.process_weights_after_loading(layer)


def _packed_vocabulary_layers(model: torch.nn.Module) -> Iterator[Any]:
    """Layers with a packed copy of the vocabulary's matrix (CPU only).

    A tied output layer shares the embedding's matrix but packs a copy of its own, which vLLM does not renew when it
    reloads: no weight of that layer's name comes. Without this the old output layer would stay in force, silently.
    """
    for layer in model.modules():
        if isinstance(layer, VocabParallelEmbedding) and hasattr(layer, "cpu_linear"):
            if not isinstance(layer.quant_method, UnquantizedEmbeddingMethod):
                raise RuntimeError(
                    f"{type(layer).__name__} is quantised by {type(layer.quant_method).__name__}; weights can be "
                    "replaced in unquantised models only: remove `quantization` from engine_options"
                )
            yield layer


def _forget_half_load(model: torch.nn.Module) -> None:
    """Drop what vLLM buffered of a load that failed; otherwise the next load would count it as its own."""
    for layer in model.modules():
        info = get_layerwise_info(layer)
        if info.can_load():
            if info.kernel_tensors is not None:
                _place_kernel_tensors(layer, info)
            info.reset()
