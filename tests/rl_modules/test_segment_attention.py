import itertools

import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention

from prorl_rllib.rl_modules import segment_attention as kernels
from prorl_rllib.rl_modules.segment_attention import attention_kernel, make_segments, segment_attention

# Two sequences that share positions 0 to 2, one of its own, and one of a single token.
SEQUENCES = [torch.tensor([0, 1, 2, 3, 4]), torch.tensor([0, 1, 2, 5]), torch.arange(6, 15), torch.tensor([15])]


def make_states(seed=0, heads=4, groups=2):
    generator = torch.Generator().manual_seed(seed)
    sizes = (heads, groups, groups)
    states = [torch.randn(1, size, 16, 8, dtype=torch.float64, generator=generator) for size in sizes]
    return [state.requires_grad_() for state in states]


def expected_output(query, key, value, sequences=SEQUENCES):
    """One plain causal attention a sequence; a shared position takes the output of its first sequence."""
    output = torch.zeros_like(query)
    for sequence in reversed(sequences):
        parts = [state[:, :, sequence] for state in (query, key, value)]
        output[:, :, sequence] = scaled_dot_product_attention(*parts, is_causal=True, enable_gqa=True, scale=0.3)
    return output.transpose(1, 2)


def varlen_by_definition(query, key, value, starts_q, starts_k, most_q, most_k, *, window_size, scale, enable_gqa):
    assert window_size == (-1, 0) and torch.equal(starts_q, starts_k) and starts_q.dtype == torch.int32
    assert most_q == most_k == int(starts_q.diff().max())
    parts = []
    for start, end in itertools.pairwise(starts_q.tolist()):
        states = [state[start:end].transpose(0, 1)[None] for state in (query, key, value)]
        part = scaled_dot_product_attention(*states, is_causal=True, enable_gqa=enable_gqa, scale=scale)
        parts.append(part[0].transpose(0, 1))
    return torch.cat(parts)


@pytest.mark.parametrize("kernel", ["buckets", "varlen"])
@pytest.mark.parametrize("groups", [1, 2, 4])
def test_both_kernels_attend_causally_within_each_sequence(kernel, groups, monkeypatch):
    monkeypatch.setattr(kernels, "attention_kernel", lambda device, dtype: kernel)
    monkeypatch.setattr(kernels, "varlen_attn", varlen_by_definition)
    segments = make_segments(SEQUENCES, 16, torch.device("cpu"))
    results = []
    for attend in (
        lambda q, k, v: segment_attention(torch.nn.Module(), q, k, v, None, scaling=0.3, segments=segments)[0],
        expected_output,
    ):
        states = make_states(groups=groups)
        output = attend(*states)
        (output * torch.linspace(-1, 1, output.numel(), dtype=torch.float64).view_as(output)).sum().backward()
        results.append([output.detach(), *[state.grad for state in states]])
    torch.testing.assert_close(*results, atol=1e-12, rtol=1e-12)


def test_buckets_hold_sequences_of_like_length_and_little_padding():
    lengths = [100, 97, 90, 60, 59, 10, 1, 1]
    positions = torch.arange(sum(lengths)).split(lengths)
    segments = make_segments(list(positions), sum(lengths), torch.device("cpu"))
    assert [tuple(bucket.shape) for bucket in segments.buckets] == [(3, 100), (2, 60), (1, 10), (2, 1)]
    assert segments.longest == 100 and segments.starts.tolist()[-1] == sum(lengths)


@pytest.mark.parametrize(
    ("device", "dtype", "capability", "kernel"),
    [
        ("cpu", torch.float32, None, "buckets"),
        ("cpu", torch.bfloat16, None, "buckets"),
        ("cuda", torch.float32, (9, 0), "buckets"),
        ("cuda", torch.bfloat16, (9, 0), "varlen"),
        ("cuda", torch.float16, (8, 0), "varlen"),
        ("cuda", torch.float16, (7, 5), "buckets"),
        ("mps", torch.float16, None, "buckets"),
    ],
)
def test_flash_attention_is_for_half_precision_on_cuda(device, dtype, capability, kernel, monkeypatch):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert attention_kernel(torch.device(device), dtype) == kernel


def test_without_the_flash_kernel_every_device_has_buckets(monkeypatch):
    monkeypatch.setattr(kernels, "varlen_attn", None)
    assert attention_kernel(torch.device("cuda"), torch.bfloat16) == "buckets"


def test_the_flash_kernel_has_the_arguments_that_are_given():
    import inspect

    names = list(inspect.signature(kernels.varlen_attn).parameters)
    assert names[:7] == ["query", "key", "value", "cu_seq_q", "cu_seq_k", "max_q", "max_k"]
    assert {"window_size", "scale", "enable_gqa"} <= set(names)


@pytest.mark.parametrize("wrong", [{"softcap": 30.0}, {"s_aux": torch.zeros(4)}, {"sliding_window": 8}])
def test_attention_that_is_more_than_causal_is_refused(wrong):
    segments = make_segments(SEQUENCES, 16, torch.device("cpu"))
    with pytest.raises(ValueError, match="choose a `model`"):
        segment_attention(torch.nn.Module(), *make_states(), None, segments=segments, **wrong)
    segment_attention(torch.nn.Module(), *make_states(), None, segments=segments, sliding_window=9)
