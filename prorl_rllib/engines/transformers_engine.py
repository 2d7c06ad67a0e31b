"""The engine that samples with a Hugging Face model: for CPU, for tests, and bit-reproducible."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from transformers import PreTrainedConfig, PreTrainedModel

from prorl_rllib.engines.model_loading import load_causal_lm, load_config, random_causal_lm
from prorl_rllib.engines.named_weights import copy_weights
from prorl_rllib.engines.requests import Completion, GenerationRequest
from prorl_rllib.engines.sampling import sampling_logprobs
from prorl_rllib.engines.sampling_batch import SamplingBatch, cut_into_batches
from prorl_rllib.engines.text_engine import TextEngine

DEFAULT_MAX_NUM_SEQS = 256
"""Completions sampled side by side where nothing else is said."""


class TransformersEngine(TextEngine):
    """Batched sampling with a key-value cache over a Hugging Face causal language model.

    Given the same requests and weights, on the same machine with one thread, the tokens and log-probabilities are
    equal to the last bit: batches follow from submission order alone, each completion's random numbers from its
    request's seed and its index.
    """

    def __init__(
        self,
        model: str,
        *,
        dtype: str = "float32",
        num_threads: int = 1,
        max_num_seqs: int = DEFAULT_MAX_NUM_SEQS,
        load_weights_from_model: bool = True,
    ) -> None:
        """Load the model.

        Args:
            model: a local folder or a Hugging Face id.
            dtype: dtype of the weights and of the forward pass; sampling is in float32 at least.
            num_threads: torch threads while sampling; the process's own number is restored afterwards.
            max_num_seqs: most completions sampled side by side.
            load_weights_from_model: if False, only the architecture is taken from `model` and the weights are random
                until `load_weights`.

        Raises:
            FileNotFoundError: if `model` looks like a path that does not exist.
            OSError: if the model cannot be loaded.
            ValueError: if a number is out of range or the architecture is not supported.
        """
        for key, value in (("num_threads", num_threads), ("max_num_seqs", max_num_seqs)):
            if value < 1:
                raise ValueError(f"{key}={value}; {key} must be at least 1")
        config = load_config(model)
        self._max_model_len = attention_span(config)
        self._vocab_size = int(config.get_text_config().vocab_size)
        # Random weights must not move the process's generator, which a learner beside this engine may use.
        with torch.random.fork_rng(devices=[]):
            self._lm: PreTrainedModel | None = (
                load_causal_lm(model, dtype) if load_weights_from_model else random_causal_lm(config, dtype)
            )
        self._lm.requires_grad_(False)
        self._num_threads, self._max_num_seqs = num_threads, max_num_seqs
        self._weights_version = 0

    @property
    def weights_version(self) -> int:
        """Version of the weights in force; 0 until `load_weights` is called."""
        return self._weights_version

    @property
    def max_model_len(self) -> int:
        """Most tokens that a prompt and its completion may have together."""
        return self._max_model_len

    @property
    def vocab_size(self) -> int:
        """Number of token ids that the model knows."""
        return self._vocab_size

    def generate(self, requests: Iterable[GenerationRequest]) -> Iterator[Completion]:
        """Sample all completions of all requests.

        Args:
            requests: what to sample; checked before the first token is sampled.

        Returns:
            An iterator over the completions, as they finish; those that finish in the same step in row order.

        Raises:
            ValueError: if a request cannot be served (see `check_request`).
            RuntimeError: if the engine is closed; while iterating, if the model's logits are not numbers or the
                weights are replaced.
        """
        lm, checked = self._open_lm(), list(requests)
        self.check_requests(checked)
        return self._stream(lm, checked, self._weights_version)

    def token_logprobs(self, token_ids: Sequence[int]) -> np.ndarray:
        """Score given tokens at temperature 1.

        Args:
            token_ids: 2 to `max_model_len` - 1 tokens.

        Returns:
            (len - 1,) float32: the log-probability of each token but the first, given those before it.

        Raises:
            ValueError: if there are too few or too many tokens, or one is out of range.
            RuntimeError: if the engine is closed.
        """
        lm = self._open_lm()
        self.check_scored(token_ids)
        tokens = torch.tensor([list(token_ids)])
        with self._sampling_mode():
            logprobs = sampling_logprobs(lm(input_ids=tokens, use_cache=False).logits[0, :-1], 1.0)
            return logprobs.gather(1, tokens[0, 1:, None]).squeeze(1).float().numpy()

    def load_weights(self, named_tensors: Iterable[tuple[str, torch.Tensor | np.ndarray]], version: int) -> None:
        """Replace the model's weights in place.

        Args:
            named_tensors: every weight under its Hugging Face name; the duplicates of tied weights may be absent.
            version: what `weights_version` is once all weights are in place.

        Raises:
            ValueError: if a name is missing or unknown, or a shape differs; the weights are then unchanged.
            RuntimeError: if the engine is closed.
        """
        copy_weights(self._open_lm(), named_tensors)
        self._weights_version = version

    def close(self) -> None:
        """Free the model. May be called twice; the engine cannot be used afterwards."""
        self._lm = None

    def _open_lm(self) -> PreTrainedModel:
        """The model, or a RuntimeError if the engine is closed."""
        if self._lm is None:
            raise RuntimeError("the engine is closed; build a new TransformersEngine")
        return self._lm

    def _stream(self, lm: PreTrainedModel, requests: list[GenerationRequest], version: int) -> Iterator[Completion]:
        """Sample batch after batch. Torch's modes are set only while sampling, never while the caller has control."""
        for rows in cut_into_batches(requests, self._max_num_seqs):
            with self._sampling_mode():
                batch = SamplingBatch(lm, rows, version)
            while not batch.done:
                if self._weights_version != version:
                    raise RuntimeError(
                        f"the weights changed from version {version} to {self._weights_version} while completions were "
                        "being sampled; exhaust the iterator of `generate` before `load_weights`"
                    )
                if self.stop_requested:
                    return
                num_rows = batch.num_rows
                with self._sampling_mode():
                    completions = batch.step()
                self.tokens_sampled += num_rows
                yield from completions

    @contextlib.contextmanager
    def _sampling_mode(self) -> Iterator[None]:
        """Inference mode with this engine's number of threads."""
        before = torch.get_num_threads()
        torch.set_num_threads(self._num_threads)
        try:
            with torch.inference_mode():
                yield
        finally:
            torch.set_num_threads(before)


def attention_span(config: PreTrainedConfig) -> int:
    """How many tokens the engine can serve the model with.

    Args:
        config: the model's config.

    Returns:
        `max_position_embeddings`, or the sliding window if some layers have a shorter one: up to its length such
        layers see everything, beyond it this engine's cache would let them see too much.

    Raises:
        ValueError: if some layers are neither of full nor of sliding attention.
    """
    text = config.get_text_config()
    layer_types = set(getattr(text, "layer_types", None) or [])
    other = layer_types - {"full_attention", "sliding_attention"}
    if other:
        raise ValueError(
            f"the model has layers of type {sorted(other)}; the transformers engine keeps keys and values of attention "
            "layers only: use the vLLM engine, or a `model` of another architecture"
        )
    window = getattr(text, "sliding_window", None)
    slides = "sliding_attention" in layer_types or (not layer_types and window is not None)
    limits = [text.max_position_embeddings] + ([window] if slides and window else [])
    return int(min(limits))
