"""What an engine is asked for, and what it answers."""

from dataclasses import dataclass
from typing import Literal

import numpy as np


@dataclass(frozen=True)
class GenerationRequest:
    """One prompt, to be continued `n` times.

    Attributes:
        request_id: names the request; unique among the requests of one call.
        prompt_token_ids: the prompt, as the model reads it.
        n: number of completions.
        max_new_tokens: most tokens a completion may have, the stop token included.
        temperature: divisor of the logits; 0 takes the most likely token each time.
        top_p: probability mass kept, in (0, 1]; 1 keeps the whole distribution.
        seed: with the completion's index, the only source of randomness.
        stop_token_ids: tokens that end a completion.
    """

    request_id: str
    prompt_token_ids: tuple[int, ...]
    n: int
    max_new_tokens: int
    temperature: float
    top_p: float
    seed: int
    stop_token_ids: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Completion:
    """One sampled continuation of a request's prompt.

    Attributes:
        request_id: the request it answers.
        index: which of the request's `n` completions, from 0.
        token_ids: the sampled tokens, the stop token included when `finish_reason` is "stop".
        logprobs: float32, one for each token, under the distribution that was sampled from.
        finish_reason: "stop" when a stop token was sampled, "length" when `max_new_tokens` was reached.
        weights_version: the version of the weights that sampled it.
    """

    request_id: str
    index: int
    token_ids: tuple[int, ...]
    logprobs: np.ndarray
    finish_reason: Literal["stop", "length"]
    weights_version: int
