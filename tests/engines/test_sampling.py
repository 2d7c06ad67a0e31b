import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from prorl_rllib.engines.sampling import row_uniforms, sample_from_uniforms, sampling_logprobs

logit = st.one_of(st.floats(-200, 200), st.just(float("-inf")))
logit_rows = st.lists(logit, min_size=2, max_size=12).filter(lambda row: max(row) > float("-inf"))


def test_logprobs_are_those_of_the_tempered_softmax():
    logits = torch.tensor([[1.0, 2.0, 3.0]])
    expected = torch.log_softmax(logits / 1.7, -1)
    torch.testing.assert_close(sampling_logprobs(logits, 1.7), expected)
    torch.testing.assert_close(sampling_logprobs(logits, torch.tensor(1.7)), expected)


def test_temperature_zero_reports_the_distribution_at_one():
    logits = torch.tensor([[1.0, 2.0, 3.0]])
    torch.testing.assert_close(sampling_logprobs(logits, 0.0), torch.log_softmax(logits, -1))
    torch.testing.assert_close(sampling_logprobs(logits, torch.tensor([[0.0]])), torch.log_softmax(logits, -1))


def test_top_p_keeps_the_smallest_likeliest_set_and_renormalises():
    logits = torch.log(torch.tensor([[0.2, 0.5, 0.3]]))
    expected = torch.log(torch.tensor([[0.0, 0.625, 0.375]]))
    torch.testing.assert_close(sampling_logprobs(logits, 1.0, 0.6), expected)
    torch.testing.assert_close(sampling_logprobs(logits, 1.0, 0.4), torch.log(torch.tensor([[0.0, 1.0, 0.0]])))


def test_top_p_is_each_rows_own():
    logits = torch.log(torch.tensor([[0.2, 0.5, 0.3], [0.2, 0.5, 0.3]]))
    got = sampling_logprobs(logits, 1.0, torch.tensor([[1.0], [0.4]]))
    torch.testing.assert_close(got[0], logits[0])
    assert got[1].exp().tolist() == [0.0, 1.0, 0.0]


def test_half_precision_logits_are_computed_in_float32():
    logits = torch.randn(3, 50, generator=torch.Generator().manual_seed(0)).bfloat16()
    got = sampling_logprobs(logits, 1.0)
    assert got.dtype == torch.float32
    torch.testing.assert_close(got, torch.log_softmax(logits.float(), -1))


@settings(max_examples=200, deadline=None)
@given(row=logit_rows, uniform=st.floats(0, 1, exclude_max=True), top_p=st.floats(0.01, 1.0))
def test_no_token_without_probability_is_ever_drawn(row, uniform, top_p):
    logprobs = sampling_logprobs(torch.tensor([row]), 1.0, top_p)
    drawn = sample_from_uniforms(logprobs, torch.tensor([uniform], dtype=torch.float64))
    assert 0 <= int(drawn) < len(row)
    assert float(logprobs[0, int(drawn)].exp()) > 0


def test_the_largest_uniform_draws_the_last_possible_token():
    logprobs = torch.log(torch.tensor([[0.3, 0.7, 0.0], [1.0, 0.0, 0.0]]))
    largest = np.nextafter(1.0, 0.0)
    assert sample_from_uniforms(logprobs, torch.tensor([largest, largest])).tolist() == [1, 0]
    assert sample_from_uniforms(logprobs, torch.tensor([0.0, 0.0], dtype=torch.float64)).tolist() == [0, 0]


def test_draws_follow_the_distribution():
    probabilities = torch.tensor([0.1, 0.2, 0.0, 0.7])
    uniforms = torch.from_numpy(row_uniforms(0, 0, 20_000))
    drawn = sample_from_uniforms(probabilities.log().expand(20_000, 4), uniforms)
    shares = torch.bincount(drawn, minlength=4) / 20_000
    # Four standard errors of a share near one half.
    torch.testing.assert_close(shares, probabilities, atol=0.014, rtol=0)


def test_uniforms_depend_on_seed_and_index_alone():
    assert row_uniforms(3, 1, 8).tolist() == row_uniforms(3, 1, 20)[:8].tolist()
    assert row_uniforms(3, 1, 8).tolist() != row_uniforms(3, 2, 8).tolist()
    assert row_uniforms(3, 1, 8).tolist() != row_uniforms(4, 1, 8).tolist()
