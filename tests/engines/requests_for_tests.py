"""Requests, and comparisons of what comes of them, shared by the engines' tests."""

import numpy as np
import pytest
import torch

from prorl_rllib.engines.requests import GenerationRequest
from prorl_rllib.engines.sampling import sampling_logprobs
from prorl_rllib.engines.vllm_environment import vllm_build

needs_vllm = pytest.mark.skipif(vllm_build() is None, reason="vLLM is not installed")
STOPS = (2, 40, 80, 120)


def request(request_id="r", prompt=(5, 6, 7), **values):
    defaults = {"n": 4, "max_new_tokens": 24, "temperature": 1.0, "top_p": 1.0, "seed": 7, "stop_token_ids": STOPS}
    return GenerationRequest(request_id, tuple(prompt), **{**defaults, **values})


def mixed_requests(**values):
    """Prompts of several lengths."""
    return [
        request(f"r{i}", tuple(range(3, 5 + 3 * i)), **{"seed": i, "max_new_tokens": 10 + 5 * i, **values})
        for i in range(5)
    ]


def sorted_completions(completions):
    return sorted(completions, key=lambda completion: (completion.request_id, completion.index))


def assert_equal(first, second, tolerance=0.0):
    first, second = sorted_completions(first), sorted_completions(second)
    assert [(c.request_id, c.index, c.token_ids, c.finish_reason) for c in first] == [
        (c.request_id, c.index, c.token_ids, c.finish_reason) for c in second
    ]
    for one, other in zip(first, second, strict=True):
        np.testing.assert_allclose(one.logprobs, other.logprobs, atol=tolerance, rtol=0)


def plain_logprobs(lm, prompt, token_ids, temperature=1.0, top_p=1.0):
    """Log-probabilities of tokens after a prompt by a plain forward pass of transformers."""
    with torch.no_grad():
        logits = lm(input_ids=torch.tensor([[*prompt, *token_ids]])).logits[0, len(prompt) - 1 : -1]
    logprobs = sampling_logprobs(logits, temperature, top_p)
    return logprobs.gather(1, torch.tensor(token_ids)[:, None]).squeeze(1).float().numpy()
