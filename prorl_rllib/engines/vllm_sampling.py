"""From requests to vLLM's sampling parameters, and from its outputs to completions."""

from typing import TYPE_CHECKING, Any

import numpy as np

from prorl_rllib.engines.requests import Completion, GenerationRequest

if TYPE_CHECKING:
    from vllm import SamplingParams

LEAST_TEMPERATURE = 0.01
"""vLLM samples at this temperature where a lower one, other than 0, is asked for."""


def check_temperature(request: GenerationRequest) -> None:
    """Check that vLLM samples at the temperature asked for.

    Args:
        request: the request.

    Raises:
        ValueError: if the temperature is positive but below vLLM's least.
    """
    if 0 < request.temperature < LEAST_TEMPERATURE:
        raise ValueError(
            f"request {request.request_id!r}: temperature={request.temperature}; the vLLM engine takes 0 or at least "
            f"{LEAST_TEMPERATURE} (vLLM would sample at {LEAST_TEMPERATURE}): change the key temperature"
        )


def sampling_params(request: GenerationRequest, index: int) -> "SamplingParams":
    """What vLLM is told about one completion.

    Args:
        request: the request.
        index: which of its completions.

    Returns:
        Parameters for n = 1. vLLM's own n would sample completion i with seed + i, so that requests with neighbouring
        seeds shared their random numbers, and would hold all completions back until the last is done.
    """
    from vllm import SamplingParams
    from vllm.sampling_params import RequestOutputKind

    return SamplingParams(
        n=1,
        max_tokens=request.max_new_tokens,
        temperature=request.temperature,
        top_p=request.top_p,
        top_k=-1,
        seed=completion_seed(request.seed, index),
        # Nothing but the request's own stop tokens ends a completion.
        ignore_eos=True,
        stop_token_ids=list(request.stop_token_ids),
        logprobs=0,
        flat_logprobs=True,
        detokenize=False,
        output_kind=RequestOutputKind.FINAL_ONLY,
    )


def scoring_params() -> "SamplingParams":
    """What vLLM is told to give the log-probabilities of a prompt's tokens; it samples one token besides."""
    from vllm import SamplingParams
    from vllm.sampling_params import RequestOutputKind

    return SamplingParams(
        max_tokens=1,
        temperature=0,
        ignore_eos=True,
        prompt_logprobs=0,
        flat_logprobs=True,
        detokenize=False,
        output_kind=RequestOutputKind.FINAL_ONLY,
    )


def completion_seed(seed: int, index: int) -> int:
    """The seed of one completion's random numbers.

    Args:
        seed: the request's seed, at least 0.
        index: the completion's index within the request.

    Returns:
        A number below 2**63 (vLLM's range) that depends on both, and that neighbours do not share.
    """
    return int(np.random.SeedSequence([seed, index]).generate_state(1, np.uint64)[0] >> np.uint64(1))


def completion_of(request: GenerationRequest, index: int, output: Any, version: int) -> Completion:
    """Read a completion from a finished output of vLLM.

    Args:
        request: the request.
        index: which of its completions.
        output: a `vllm.RequestOutput` with one completion.
        version: the version of the weights.

    Returns:
        The completion.

    Raises:
        ValueError: if vLLM ended it for another reason, or counts differ: vLLM, and not the request, is at fault.
    """
    (sample,) = output.outputs
    logprobs = np.asarray(sample.logprobs.logprobs, dtype=np.float32)
    if sample.finish_reason not in ("stop", "length"):
        raise ValueError(f"vLLM ended request {request.request_id!r} with finish_reason={sample.finish_reason!r}")
    if len(logprobs) != len(sample.token_ids):
        raise ValueError(f"vLLM gave {len(logprobs)} log-probabilities for {len(sample.token_ids)} tokens")
    return Completion(
        request_id=request.request_id,
        index=index,
        token_ids=tuple(sample.token_ids),
        logprobs=logprobs,
        finish_reason=sample.finish_reason,
        weights_version=version,
    )
