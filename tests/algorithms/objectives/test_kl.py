import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from prorl_rllib.algorithms.objectives import kl_estimate, token_mean


@pytest.mark.parametrize(("kind", "expected"), [("k1", 0.5), ("k2", 0.125), ("k3", 0.10653066)])
def test_estimators_have_the_hand_computed_values(kind, expected):
    value = kl_estimate(torch.tensor([-1.0], dtype=torch.float64), torch.tensor([-1.5], dtype=torch.float64), kind=kind)
    assert value.item() == pytest.approx(expected, abs=1e-8)


def policy_and_reference():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(7, generator=generator, dtype=torch.float64, requires_grad=True)
    reference = (logits.detach() + 0.3 * torch.randn(7, generator=generator, dtype=torch.float64)).log_softmax(0)
    return logits, reference


def exact_kl(logits, reference):
    logp = logits.log_softmax(0)
    return (logp.exp() * (logp - reference)).sum()


@pytest.mark.parametrize("kind", ["k1", "k3"])
def test_k1_and_k3_are_the_exact_kl_in_expectation(kind):
    logits, reference = policy_and_reference()
    logp = logits.log_softmax(0)
    expectation = (logp.exp() * kl_estimate(logp, reference, kind=kind)).sum()
    torch.testing.assert_close(expectation, exact_kl(logits, reference))


def expected_gradient(kind):
    """Gradient of the estimator as a loss, in expectation over tokens sampled from the policy."""
    logits, reference = policy_and_reference()
    logp = logits.log_softmax(0)
    loss = (logp.exp().detach() * kl_estimate(logp, reference, kind=kind)).sum()
    return torch.autograd.grad(loss, logits)[0]


def test_as_a_loss_k2_has_the_gradient_of_the_exact_kl():
    logits, reference = policy_and_reference()
    exact = torch.autograd.grad(exact_kl(logits, reference), logits)[0]
    torch.testing.assert_close(expected_gradient("k2"), exact)


def test_as_a_loss_k1_does_not_regularise():
    assert expected_gradient("k1").abs().max() < 1e-12


def test_as_a_loss_k3_has_the_gradient_of_the_forward_kl():
    logits, reference = policy_and_reference()
    forward = (reference.exp() * (reference - logits.log_softmax(0))).sum()
    torch.testing.assert_close(expected_gradient("k3"), torch.autograd.grad(forward, logits)[0])


@given(st.floats(-100, 0), st.floats(-100, 0))
def test_k2_and_k3_are_never_negative_and_finite(logp, ref_logp):
    for kind in ("k2", "k3"):
        value = kl_estimate(torch.tensor([logp]), torch.tensor([ref_logp]), kind=kind)
        # Within float32 rounding of 0.
        assert value >= -1e-6
        assert torch.isfinite(value)


def test_an_unknown_estimator_is_refused():
    with pytest.raises(ValueError, match="kl_estimator must be one of"):
        kl_estimate(torch.zeros(1), torch.zeros(1), kind="k4")


def test_token_mean_sums_to_the_mean_over_all_microbatches():
    losses = torch.arange(10.0)
    parts = token_mean(losses[:3], 10) + token_mean(losses[3:], 10)
    torch.testing.assert_close(parts, losses.mean())
    with pytest.raises(ValueError, match="positive"):
        token_mean(losses, 0)
