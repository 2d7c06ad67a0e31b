"""The gradient of an optimizer step, in float64, under everything that must not change it."""

import numpy as np
import pytest
import torch
from ray.rllib.core import DEFAULT_MODULE_ID
from ray.rllib.env.single_agent_episode import SingleAgentEpisode

from prorl_rllib.algorithms.prorl.training_data import GroupTrainingData
from prorl_rllib.env_runners import columns
from prorl_rllib.envs import TextSpace


def make_groups(seed=0, num_groups=6, size=4):
    rng = np.random.default_rng(seed)
    space = TextSpace()
    groups = []
    for number in range(num_groups):
        prompt = rng.integers(3, 300, rng.integers(2, 20)).tolist()
        group = []
        for index in range(size):
            episode = SingleAgentEpisode(id_=f"{number}-{index}", observation_space=space, action_space=space)
            infos = {columns.GROUP_ID: str(number), columns.OBSERVATION_TOKEN_IDS: prompt}
            episode.add_env_reset(observation="", infos=infos)
            length = rng.integers(1, 30)
            outputs = {
                columns.TOKEN_IDS: tuple(rng.integers(3, 300, length).tolist()),
                columns.LOGPROBS: rng.normal(-5.7, 0.3, length).astype(np.float32),
                columns.FINISH_REASON: "stop",
            }
            reward = float((index + number) % 2) + 0.1 * index
            episode.add_env_step("", "", reward, infos={}, terminated=True, extra_model_outputs=outputs)
            group.append(episode)
        groups.append(group)
    return groups


@pytest.fixture
def gradient_of(make_config, monkeypatch):
    """A function from groups and a micro-batch budget to the gradient of one optimizer step, in float64."""

    def compute(groups, max_tokens_per_microbatch):
        config = make_config(max_tokens_per_microbatch=max_tokens_per_microbatch, kl_coeff=0.1)
        config.training(grad_clip=None)
        algo = config.build_algo()
        try:
            learner = algo.learner_group._learner
            module = learner.policy_module().double()
            with torch.no_grad():
                for parameter in module.ref.parameters():
                    parameter.mul_(0.97)
            gradients = {}

            def keep(gradients_dict):
                named = {id(parameter): name for name, parameter in module.lm.named_parameters()}
                gradients.update({named[id(key)]: value.clone() for key, value in gradients_dict.items()})

            monkeypatch.setattr(learner, "apply_gradients", keep)
            learner.update(training_data=GroupTrainingData(optimizer_steps=[groups]))
            return gradients
        finally:
            algo.stop()

    return compute


def assert_equal_to_a_millionth(left, right):
    scale = max(float(value.abs().max()) for value in left.values())
    assert scale > 0
    for name in left:
        assert left[name].dtype == torch.float64
        assert float((left[name] - right[name]).abs().max()) < 1e-6 * scale, name


def test_gradient_does_not_depend_on_the_microbatch_split(gradient_of):
    groups = make_groups()
    whole = gradient_of(groups, 100_000)
    for budget in (1, 60, 150):
        assert_equal_to_a_millionth(whole, gradient_of(groups, budget))


def test_gradient_does_not_depend_on_the_order_of_groups_or_episodes(gradient_of):
    groups = make_groups()
    shuffled = [list(reversed(group)) for group in reversed(groups)]
    assert_equal_to_a_millionth(gradient_of(groups, 200), gradient_of(shuffled, 200))


def test_gradient_is_that_of_the_formula_written_out(gradient_of, make_config):
    """One plain forward pass a sequence, no padding, no micro-batches: eq. 3 and 4 with a mean over all tokens."""
    from transformers import AutoModelForCausalLM

    groups = make_groups(num_groups=2)
    config = make_config()
    policy = AutoModelForCausalLM.from_pretrained(config.model_path).double().eval()
    reference = AutoModelForCausalLM.from_pretrained(config.model_path).double().eval()
    with torch.no_grad():
        for parameter in reference.parameters():
            parameter.mul_(0.97)
    losses = []
    for group in groups:
        rewards = torch.tensor([episode.get_return() for episode in group], dtype=torch.float64)
        advantages = (rewards - rewards.mean()) / (rewards.std() + 1e-6)
        for episode, advantage in zip(group, advantages, strict=True):
            prompt = episode.get_infos(0)[columns.OBSERVATION_TOKEN_IDS]
            answer = episode.get_extra_model_outputs(columns.TOKEN_IDS, 0)
            tokens = torch.tensor([[*prompt, *answer]])

            def logprobs(model, tokens=tokens, prompt=prompt):
                logp = (model(tokens).logits[0] / 1.2).log_softmax(-1)
                return logp[len(prompt) - 1 : -1].gather(1, tokens[0, len(prompt) :, None])[:, 0]

            logp = logprobs(policy)
            ref_logp = logprobs(reference).detach()
            old = torch.tensor(episode.get_extra_model_outputs(columns.LOGPROBS, 0), dtype=torch.float64)
            ratio = (logp - old).exp()
            surrogate = torch.minimum(ratio * advantage, ratio.clamp(0.8, 1.4) * advantage)
            kl = (ref_logp - logp).exp() - 1 - (ref_logp - logp)
            losses.append(-surrogate + 0.1 * kl)
    torch.cat(losses).mean().backward()
    expected = {name: parameter.grad for name, parameter in policy.named_parameters()}
    assert_equal_to_a_millionth(gradient_of(groups, 100), expected)


def test_kl_metric_is_the_mean_over_all_tokens_whatever_the_split(make_config):
    def kl(budget):
        algo = make_config(max_tokens_per_microbatch=budget).build_algo()
        try:
            learner = algo.learner_group._learner
            with torch.no_grad():
                for parameter in learner.policy_module().ref.parameters():
                    parameter.mul_(0.9)
            return float(algo.train()["learners"][DEFAULT_MODULE_ID]["kl"])
        finally:
            algo.stop()

    assert kl(10) > 1e-4
    assert kl(10) == pytest.approx(kl(10_000), rel=1e-3)
