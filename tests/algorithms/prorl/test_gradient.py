"""The gradient of an optimizer step, in float64: against the formula written out one sequence at a time, for every
combination of loss, aggregation and advantage; and under everything that must not change it."""

import copy
import itertools

import numpy as np
import pytest
import torch

from prorl_rllib.algorithms.prorl.training_data import GroupTrainingData
from prorl_rllib.env_runners import columns

LOSSES = ("clip", "dual_clip", "gspo", "cispo")
AGGREGATIONS = ("token_mean", "sequence_mean_token_mean", "constant")
ESTIMATORS = ("grpo", "dr_grpo", "rloo", "reinforce_trajectory", "reinforce_token", "batch_std")
PADDED = {"packing": False, "shared_prefix": False}
LAYOUTS = {
    "padded": {"max_tokens_per_microbatch": 100, **PADDED},
    "one microbatch": {"max_tokens_per_microbatch": 100_000, **PADDED},
    "one sequence each": {"max_tokens_per_microbatch": 1, **PADDED},
    "packed": {"max_tokens_per_microbatch": 120, "packing": True, "shared_prefix": False},
    "shared prefix": {"max_tokens_per_microbatch": 120, "packing": True, "shared_prefix": True},
}
LOSS_SETTINGS = {
    "clip": {"policy_loss": "clip"},
    "dual_clip": {"policy_loss": "clip", "dual_clip": 1.5},
    "gspo": {"policy_loss": "gspo", "clip_low": 0.05, "clip_high": 0.05},
    "cispo": {"policy_loss": "cispo"},
}
ESTIMATOR_SETTINGS = {
    "grpo": {"advantage_estimator": "grpo"},
    "dr_grpo": {"advantage_estimator": "grpo", "advantage_std_normalize": False},
    "rloo": {"advantage_estimator": "rloo"},
    "reinforce_trajectory": {"advantage_estimator": "reinforce_plus_plus_baseline"},
    "reinforce_token": {"advantage_estimator": "reinforce_plus_plus_baseline", "advantage_statistics": "token"},
    "batch_std": {"advantage_estimator": "batch_std"},
}


@pytest.fixture(scope="module")
def workbench(tiny_model_path):
    """One float64 learner, whose settings each test changes, and plain float64 copies of its policy and reference."""
    from transformers import AutoModelForCausalLM

    models = [AutoModelForCausalLM.from_pretrained(tiny_model_path).double().eval() for _ in range(2)]
    with torch.no_grad():
        for parameter in models[1].parameters():
            parameter.mul_(0.97)
    return {"models": models, "learner": None}


@pytest.fixture
def gradients_of(workbench, make_learner, monkeypatch):
    """A function from optimizer steps and settings to the gradient of each step; no step changes the policy."""
    if workbench["learner"] is None:
        learner = make_learner(kl_coeff=0.1)
        learner.config.training(grad_clip=None)
        module = learner.policy_module().double()
        module.ref.load_state_dict(workbench["models"][1].state_dict())
        workbench["learner"] = learner
    learner = workbench["learner"]

    def compute(steps, between=None, **settings):
        module, found = learner.policy_module(), []

        def keep(gradients_dict):
            named = {id(parameter): name for name, parameter in module.lm.named_parameters()}
            found.append({named[id(key)]: value.clone() for key, value in gradients_dict.items()})
            if between is not None:
                between(module.lm)

        monkeypatch.setattr(learner, "apply_gradients", keep)
        learner.apply_settings(settings)
        learner.update(training_data=GroupTrainingData(optimizer_steps=steps))
        return found

    return compute


def assert_equal_to_a_millionth(left, right):
    scale = max(float(value.abs().max()) for value in left.values())
    assert scale > 0
    for name in left:
        assert left[name].dtype == torch.float64
        assert float((left[name] - right[name]).abs().max()) < 1e-6 * scale, name


def logprobs(model, episode):
    """Log-probabilities of a one-turn answer, in one plain forward pass without padding."""
    prompt = episode.get_infos(0)[columns.OBSERVATION_TOKEN_IDS]
    answer = episode.get_extra_model_outputs(columns.TOKEN_IDS, 0)
    tokens = torch.tensor([[*prompt, *answer]])
    logp = (model(tokens).logits[0] / 1.2).log_softmax(-1)
    return logp[len(prompt) - 1 : -1].gather(1, tokens[0, len(prompt) :, None])[:, 0]


def sampler_logprobs(episode):
    return torch.tensor(episode.get_extra_model_outputs(columns.LOGPROBS, 0), dtype=torch.float64)


def advantages_by_hand(estimator, rewards, lengths):
    """Advantages `[groups][n]`, from the definitions."""
    rewards = np.array(rewards)
    centred = rewards - rewards.mean(axis=1, keepdims=True)
    if estimator == "grpo":
        return centred / (rewards.std(axis=1, ddof=1, keepdims=True) + 1e-6)
    if estimator == "dr_grpo":
        return centred
    if estimator == "rloo":
        size = rewards.shape[1]
        return rewards - (rewards.sum(axis=1, keepdims=True) - rewards) / (size - 1)
    if estimator == "batch_std":
        return centred / (rewards.std(ddof=1) + 1e-6)
    weights = np.array(lengths) if estimator == "reinforce_token" else np.ones_like(centred)
    mean = np.average(centred, weights=weights)
    return (centred - mean) / np.sqrt(np.average((centred - mean) ** 2, weights=weights))


def loss_by_hand(loss, logp, old, advantage):
    """Policy loss of one sequence, `[tokens]`, from the papers' formulas."""
    ratio = (logp - old).exp()
    if loss == "cispo":
        return -ratio.detach().clamp(max=1.4) * advantage * logp
    low, high = (0.95, 1.05) if loss == "gspo" else (0.8, 1.4)
    if loss == "gspo":
        ratio = (logp - old).mean().exp().expand_as(logp)
    losses = -torch.minimum(ratio * advantage, ratio.clamp(low, high) * advantage)
    if loss == "dual_clip" and advantage < 0:
        return losses.clamp(max=-1.5 * advantage)
    return losses


def aggregate_by_hand(aggregation, sequences):
    if aggregation == "token_mean":
        return torch.cat(sequences).mean()
    if aggregation == "sequence_mean_token_mean":
        return torch.stack([losses.mean() for losses in sequences]).mean()
    return sum(losses.sum() for losses in sequences) / (len(sequences) * 30)


def kl_by_hand(kind, logp, ref_logp):
    difference = logp - ref_logp
    return {
        "k1": difference,
        "k2": difference.square() / 2,
        "k3": (-difference).exp() - 1 + difference,
        # The gradient of k2; the value does not matter here.
        "k3+": difference.square() / 2,
    }[kind]


def gradient_by_hand(models, groups, rewards, *, loss="clip", aggregation="token_mean", estimator="grpo", kl="k3"):
    """The gradient of one optimizer step; `kl` None leaves the KL term out."""
    policy, reference = models
    policy.zero_grad()
    lengths = [[len(sampler_logprobs(episode)) for episode in group] for group in groups]
    advantages = advantages_by_hand(estimator, rewards, lengths)
    sequences = []
    for group, row in zip(groups, advantages, strict=True):
        for episode, advantage in zip(group, row, strict=True):
            logp = logprobs(policy, episode)
            losses = loss_by_hand(loss, logp, sampler_logprobs(episode), advantage)
            if kl is not None:
                losses = losses + 0.1 * kl_by_hand(kl, logp, logprobs(reference, episode).detach())
            sequences.append(losses)
    aggregate_by_hand(aggregation, sequences).backward()
    return {name: parameter.grad.clone() for name, parameter in policy.named_parameters()}


def returns(groups):
    return [[episode.get_return() for episode in group] for group in groups]


@pytest.mark.parametrize(("loss", "aggregation"), itertools.product(LOSSES, AGGREGATIONS))
def test_gradient_is_that_of_the_formula_written_out(gradients_of, make_groups, workbench, loss, aggregation):
    """Every loss with every aggregation and every advantage; each under another layout."""
    for number, estimator in enumerate(ESTIMATORS):
        groups = make_groups(seed=number, num_groups=2)
        layout = list(LAYOUTS.values())[number % len(LAYOUTS)]
        settings = {**LOSS_SETTINGS[loss], **ESTIMATOR_SETTINGS[estimator], "loss_aggregation": aggregation, **layout}
        (found,) = gradients_of([groups], **settings)
        choice = {"loss": loss, "aggregation": aggregation, "estimator": estimator}
        assert_equal_to_a_millionth(found, gradient_by_hand(workbench["models"], groups, returns(groups), **choice))


@pytest.mark.parametrize("kind", ["k1", "k2", "k3", "k3+"])
def test_gradient_of_each_kl_estimator_is_that_of_the_formula(gradients_of, make_groups, workbench, kind):
    groups = make_groups(num_groups=2)
    (found,) = gradients_of([groups], kl_estimator=kind)
    assert_equal_to_a_millionth(found, gradient_by_hand(workbench["models"], groups, returns(groups), kl=kind))


@pytest.mark.parametrize("estimator", ["grpo", "rloo", "reinforce_token"])
def test_kl_in_the_reward_is_subtracted_before_the_advantages(gradients_of, make_groups, workbench, estimator):
    groups = make_groups(num_groups=2)
    settings = {"kl_placement": "reward", "kl_estimator": "k1", **ESTIMATOR_SETTINGS[estimator]}
    (found,) = gradients_of([groups], **settings)
    reference = workbench["models"][1]
    with torch.no_grad():
        rewards = [
            [e.get_return() - 0.1 * float((sampler_logprobs(e) - logprobs(reference, e)).sum()) for e in group]
            for group in groups
        ]
    choice = {"kl": None, "estimator": estimator}
    assert_equal_to_a_millionth(found, gradient_by_hand(workbench["models"], groups, rewards, **choice))


@pytest.mark.parametrize("correction", ["tis", "icepop", "sequence_mask"])
def test_a_mismatch_correction_weighs_the_policy_loss_and_not_the_kl_term(
    gradients_of, make_groups, workbench, correction
):
    """The second of two optimizer steps: the ratio's denominator and the weights are of the policy before the first."""
    steps = [make_groups(seed=1, num_groups=2), make_groups(seed=2, num_groups=2)]
    start, reference = workbench["models"]
    policy = copy.deepcopy(start)

    def move(model):
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(1.01)

    low, high = (0.7, 1.3) if correction == "sequence_mask" else (0.5, 2.0)
    bounds = {"mismatch_correction": correction, "mismatch_low": low, "mismatch_high": high}
    try:
        first, second = gradients_of(steps, move, max_tokens_per_microbatch=90, **bounds)
    finally:
        workbench["learner"].policy_module().lm.load_state_dict(start.state_dict())
    advantages = [advantages_by_hand("grpo", returns(groups), None) for groups in steps]
    with torch.no_grad():
        old = [[logprobs(policy, episode) for group in groups for episode in group] for groups in steps]
    kept: list[float] = []
    for number, found in enumerate((first, second)):
        policy.zero_grad()
        sequences = []
        episodes = [episode for group in steps[number] for episode in group]
        for episode, advantage, old_logp in zip(episodes, advantages[number].flatten(), old[number], strict=True):
            logp = logprobs(policy, episode)
            rho = (old_logp - sampler_logprobs(episode)).exp()
            mean = rho.log().mean().exp()
            weight = {
                "tis": rho.clamp(low, high),
                "icepop": rho * ((rho >= low) & (rho <= high)),
                "sequence_mask": rho * bool(low <= mean <= high),
            }[correction]
            kept.append(float((weight > 0).double().mean()))
            kl = kl_by_hand("k3", logp, logprobs(reference, episode).detach())
            sequences.append(weight * loss_by_hand("clip", logp, old_logp, advantage) + 0.1 * kl)
        torch.cat(sequences).mean().backward()
        assert_equal_to_a_millionth(found, {name: p.grad for name, p in policy.named_parameters()})
        move(policy)
    assert correction == "tis" or 0 < np.mean(kept) < 1


@pytest.mark.parametrize(("loss", "aggregation"), itertools.product(("clip", "gspo"), AGGREGATIONS))
def test_gradient_does_not_depend_on_layout_or_order(gradients_of, make_groups, loss, aggregation):
    groups = make_groups()
    shuffled = [list(reversed(group)) for group in reversed(groups)]
    settings = {**LOSS_SETTINGS[loss], "loss_aggregation": aggregation}
    settings |= {"advantage_estimator": "reinforce_plus_plus_baseline", "advantage_statistics": "token"}
    (whole,) = gradients_of([groups], **settings, **LAYOUTS["one microbatch"])
    for layout in LAYOUTS.values():
        for order in (groups, shuffled):
            assert_equal_to_a_millionth(whole, gradients_of([order], **settings, **layout)[0])


def test_the_statistics_of_a_batch_are_those_of_all_its_optimizer_steps(gradients_of, make_groups, workbench):
    first, second = make_groups(seed=3, num_groups=2), make_groups(seed=4, num_groups=2)
    for episode in (episode for group in second for episode in group):
        episode.rewards.data[0] *= 5.0
    found, _ = gradients_of([first, second], **ESTIMATOR_SETTINGS["batch_std"])
    std = np.std(returns(first) + returns(second), ddof=1)
    advantages = advantages_by_hand("dr_grpo", returns(first), None) / (std + 1e-6)
    policy, reference = workbench["models"]
    policy.zero_grad()
    losses = []
    for episode, advantage in zip((e for group in first for e in group), advantages.flatten(), strict=True):
        logp = logprobs(policy, episode)
        kl = kl_by_hand("k3", logp, logprobs(reference, episode).detach())
        losses.append(loss_by_hand("clip", logp, sampler_logprobs(episode), advantage) + 0.1 * kl)
    torch.cat(losses).mean().backward()
    assert_equal_to_a_millionth(found, {name: parameter.grad for name, parameter in policy.named_parameters()})
