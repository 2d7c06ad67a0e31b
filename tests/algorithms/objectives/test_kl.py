import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from prorl_rllib.algorithms.objectives import importance_ratio, kl_estimate, kl_penalized_rewards


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
    for kind in ("k2", "k3", "k3+"):
        value = kl_estimate(torch.tensor([logp]), torch.tensor([ref_logp]), kind=kind)
        # Within float32 rounding of 0.
        assert value >= -1e-6
        assert torch.isfinite(value)


def test_an_unknown_estimator_is_refused():
    with pytest.raises(ValueError, match="kl_estimator must be one of"):
        kl_estimate(torch.zeros(1), torch.zeros(1), kind="k4")


def test_straight_through_k3_has_the_value_of_k3_and_the_gradient_of_k2():
    logits, reference = policy_and_reference()
    logp = logits.log_softmax(0).detach().requires_grad_()
    straight = kl_estimate(logp, reference, kind="k3+")
    torch.testing.assert_close(straight, kl_estimate(logp, reference, kind="k3"))
    derivative = torch.autograd.grad(straight.sum(), logp)[0]
    torch.testing.assert_close(derivative, logp.detach() - reference)
    torch.testing.assert_close(expected_gradient("k3+"), expected_gradient("k2"))


@pytest.mark.parametrize(("kind", "expected"), [("k1", 1.0), ("k2", 0.5), ("k3", 0.39346934), ("k3+", 0.5)])
def test_derivatives_have_the_hand_computed_values(kind, expected):
    logp = torch.tensor([-1.0], dtype=torch.float64, requires_grad=True)
    kl_estimate(logp, torch.tensor([-1.5], dtype=torch.float64), kind=kind).backward()
    assert logp.grad.item() == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("kind", ["k1", "k2", "k3"])
def test_the_gradient_is_that_of_finite_differences(kind):
    logits, reference = policy_and_reference()
    assert torch.autograd.gradcheck(lambda values: kl_estimate(values, reference, kind=kind), logits)


def test_k3_times_the_importance_ratio_is_exact_on_tokens_of_another_policy():
    logits, reference = policy_and_reference()
    old_logp = (logits.detach() * 0.5).log_softmax(0)
    logp = logits.log_softmax(0)
    corrected = (old_logp.exp() * importance_ratio(logp, old_logp) * kl_estimate(logp, reference, kind="k3")).sum()
    exact = exact_kl(logits, reference)
    torch.testing.assert_close(corrected, exact)
    torch.testing.assert_close(torch.autograd.grad(corrected, logits)[0], torch.autograd.grad(exact, logits)[0])


def test_in_the_reward_k1_has_the_policy_gradient_of_the_exact_kl():
    logits, reference = policy_and_reference()
    logp = logits.log_softmax(0)
    # One sequence of one token for each word of the vocabulary, weighed by its probability: REINFORCE, exactly.
    kl = kl_estimate(logp, reference, kind="k1")
    rewards = kl_penalized_rewards(torch.zeros(7, dtype=torch.float64), kl, torch.arange(7), coeff=1.0)
    objective = (logp.exp().detach() * rewards * logp).sum()
    exact = torch.autograd.grad(exact_kl(logits, reference), logits)[0]
    torch.testing.assert_close(torch.autograd.grad(objective, logits)[0], -exact)


def test_the_penalty_of_a_sequence_is_the_sum_over_its_tokens():
    kl = torch.tensor([0.1, 0.2, 0.3, 0.4], requires_grad=True)
    rewards = kl_penalized_rewards(torch.tensor([1.0, 0.0, 0.5]), kl, torch.tensor([2, 0, 2, 0]), coeff=0.5)
    torch.testing.assert_close(rewards, torch.tensor([0.7, 0.0, 0.3]))
    assert not rewards.requires_grad


def test_a_wrong_penalty_is_refused():
    with pytest.raises(ValueError, match=r"coeff must be at least 0, got -0.1"):
        kl_penalized_rewards(torch.zeros(1), torch.zeros(1), torch.zeros(1, dtype=torch.long), coeff=-0.1)
    with pytest.raises(ValueError, match=r"must lie in 0..1, got 2"):
        kl_penalized_rewards(torch.zeros(2), torch.zeros(1), torch.tensor([2]), coeff=0.1)
    with pytest.raises(ValueError, match=r"logp, ref_logp must have one shape, got \(2,\), \(3,\)"):
        kl_estimate(torch.zeros(2), torch.zeros(3))
