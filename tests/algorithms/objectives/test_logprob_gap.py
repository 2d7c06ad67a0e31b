import math

import pytest
import torch

from prorl_rllib.algorithms.objectives import logprob_gap


def test_the_statistics_have_the_hand_computed_values():
    gap = logprob_gap(torch.tensor([-1.0, -2.0, -3.0]), torch.tensor([-1.5, -2.0, -2.0]))
    assert int(gap.tokens) == 3
    assert gap.abs_mean.item() == pytest.approx((0.5 + 0.0 + 1.0) / 3)
    assert gap.abs_max.item() == pytest.approx(1.0)
    # exp(d) - 1 - d at d = 0.5, 0, -1.
    assert gap.kl.item() == pytest.approx(((math.exp(0.5) - 1.5) + 0.0 + math.exp(-1)) / 3)


def test_the_kl_is_exact_in_expectation_over_the_sampler():
    generator = torch.Generator().manual_seed(0)
    sampler, learner = torch.randn(2, 7, generator=generator, dtype=torch.float64).log_softmax(-1)
    exact = (sampler.exp() * (sampler - learner)).sum()
    estimate = sum(float(sampler[i].exp() * logprob_gap(learner[i : i + 1], sampler[i : i + 1]).kl) for i in range(7))
    assert estimate == pytest.approx(float(exact))


def test_microbatches_combine_to_the_whole():
    generator = torch.Generator().manual_seed(0)
    logp, sampler_logp = torch.randn(2, 20, generator=generator)
    whole = logprob_gap(logp, sampler_logp)
    combined = logprob_gap(logp[:7], sampler_logp[:7]).combine(logprob_gap(logp[7:], sampler_logp[7:]))
    torch.testing.assert_close(tuple(combined), tuple(whole))


def test_without_tokens_there_is_no_gap():
    gap = logprob_gap(torch.zeros(0), torch.zeros(0))
    assert [float(value) for value in (*gap, gap.abs_mean, gap.kl)] == [0.0] * 6


def test_a_value_that_is_not_a_number_shows():
    gap = logprob_gap(torch.tensor([0.0, float("nan")]), torch.zeros(2))
    assert gap.abs_mean.isnan() and gap.abs_max.isnan() and gap.kl.isnan()


def test_an_absurd_gap_stays_finite():
    gap = logprob_gap(torch.tensor([0.0]), torch.tensor([-1e4]))
    assert gap.abs_max.item() == 1e4
    assert gap.kl.isfinite()


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="one shape"):
        logprob_gap(torch.zeros(2), torch.zeros(3))
