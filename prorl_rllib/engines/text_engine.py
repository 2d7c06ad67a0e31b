"""The interface of every engine, and the checks on what it is asked."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from prorl_rllib.engines.requests import Completion, GenerationRequest

if TYPE_CHECKING:  # so that a process says that it lives before it has read gigabytes
    import torch


class TextEngine(ABC):
    """Samples completions from a language model whose weights can be replaced.

    Attributes:
        tokens_sampled: Tokens sampled since the engine was made. It rises with each token, so that another thread can
            tell slow sampling from a hang.
        stop_requested: While True, a running `generate` ends after the token it is at, without its unfinished
            completions. Another thread may set it; `engine_worker` does when the caller abandons the iterator.
    """

    tokens_sampled: int = 0
    stop_requested: bool = False

    @property
    @abstractmethod
    def weights_version(self) -> int:
        """Version of the weights in force; 0 until `load_weights` is called."""

    @property
    @abstractmethod
    def max_model_len(self) -> int:
        """Most tokens that a prompt and its completion may have together."""

    @property
    @abstractmethod
    def vocab_size(self) -> int:
        """Number of token ids that the model knows."""

    @abstractmethod
    def generate(self, requests: Iterable[GenerationRequest]) -> Iterator[Completion]:
        """Sample all completions of all requests.

        Args:
            requests: what to sample; checked before the first token is sampled.

        Returns:
            An iterator over the completions, as they finish.

        Raises:
            ValueError: if a request cannot be served (see `check_request`).
        """

    @abstractmethod
    def load_weights(self, named_tensors: Iterable[tuple[str, "torch.Tensor | np.ndarray"]], version: int) -> None:
        """Replace the model's weights.

        Args:
            named_tensors: every weight under its Hugging Face name; the duplicates of tied weights may be absent.
            version: what `weights_version` is once all weights are in place.

        Raises:
            ValueError: if a name is missing or unknown, or a shape differs; the weights are then unchanged.
        """

    @abstractmethod
    def token_logprobs(self, token_ids: Sequence[int]) -> np.ndarray:
        """Score given tokens at temperature 1.

        Args:
            token_ids: 2 to `max_model_len` - 1 tokens.

        Returns:
            (len - 1,) float32: the log-probability of each token but the first, given those before it.

        Raises:
            ValueError: if there are too few or too many tokens, or one is out of range.
        """

    @abstractmethod
    def close(self) -> None:
        """Free the model. May be called twice; the engine cannot be used afterwards."""

    def check_request(self, request: GenerationRequest) -> None:
        """Check that a request can be served.

        Args:
            request: the request.

        Raises:
            ValueError: naming the value, the allowed range and the key to change.
        """
        check_sampling(request)
        name = f"request {request.request_id!r}"
        _check_token_ids(f"{name}: prompt_token_ids", request.prompt_token_ids, self.vocab_size)
        _check_token_ids(f"{name}: stop_token_ids", request.stop_token_ids, self.vocab_size)
        length = len(request.prompt_token_ids) + request.max_new_tokens
        if length > self.max_model_len:
            raise ValueError(
                f"{name}: {len(request.prompt_token_ids)} prompt tokens + max_new_tokens={request.max_new_tokens} = "
                f"{length}, but the model reads at most {self.max_model_len} tokens (max_position_embeddings of its "
                "config, or the key max_model_len); shorten the prompt or lower max_new_tokens"
            )

    def check_requests(self, requests: Sequence[GenerationRequest]) -> None:
        """Check every request, and that no two share a `request_id`.

        Args:
            requests: the requests of one call.

        Raises:
            ValueError: at the first request that cannot be served.
        """
        seen: set[str] = set()
        for request in requests:
            self.check_request(request)
            if request.request_id in seen:
                raise ValueError(f"request_id={request.request_id!r} occurs twice in one call; ids must be unique")
            seen.add(request.request_id)

    def check_scored(self, token_ids: Sequence[int]) -> None:
        """Check tokens that are to be scored.

        Args:
            token_ids: as in `token_logprobs`.

        Raises:
            ValueError: if there are too few or too many, or one is out of range.
        """
        if not 2 <= len(token_ids) < self.max_model_len:
            raise ValueError(
                f"token_logprobs: {len(token_ids)} token_ids; there must be 2 to {self.max_model_len - 1} (one less "
                "than the model reads)"
            )
        _check_token_ids("token_logprobs: token_ids", token_ids, self.vocab_size)


def check_sampling(request: GenerationRequest) -> None:
    """Check the parts of a request that do not depend on the model.

    Args:
        request: the request.

    Raises:
        ValueError: naming the value, the allowed range and the key to change.
    """
    limits = (
        ("n", request.n >= 1, "at least 1"),
        ("max_new_tokens", request.max_new_tokens >= 1, "at least 1"),
        ("temperature", 0 <= request.temperature < float("inf"), "finite and at least 0"),
        ("top_p", 0 < request.top_p <= 1, "in (0, 1]"),
        ("seed", request.seed >= 0, "at least 0"),
        ("prompt_token_ids", len(request.prompt_token_ids) > 0, "not empty"),
    )
    for key, holds, allowed in limits:
        if not holds:
            value = getattr(request, key)
            raise ValueError(f"request {request.request_id!r}: {key}={value!r}; {key} must be {allowed}")


def _check_token_ids(name: str, token_ids: Sequence[int], vocab_size: int) -> None:
    """Raise a ValueError unless all ids are in [0, vocab_size)."""
    if token_ids and not (min(token_ids) >= 0 and max(token_ids) < vocab_size):
        wrong = next(token_id for token_id in token_ids if not 0 <= token_id < vocab_size)
        raise ValueError(
            f"{name} holds the token id {wrong}; the model's ids are 0 to {vocab_size - 1} "
            "(do the tokenizer and the model belong together? both come from the key `model`)"
        )
