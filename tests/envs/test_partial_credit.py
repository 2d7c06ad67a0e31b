import pytest

from prorl_rllib.envs import Domain, domain_names, get_domain, verify_batch
from prorl_rllib.envs.task_source import make_source

CONFIGS = {"logic": {"datasets": ["spell_backward", "word_sorting"]}}
TASKS = 6


def rewards_of(domain):
    """Rewards of right answers to a few tasks, of the same answers without their last letter, and given elsewhere."""
    source = make_source(domain, CONFIGS.get(domain.name, {}))
    tasks = [source.task(index) for index in range(TASKS)]
    right = [domain.example_response(domain.check_reference(task)) for task in tasks]
    cut = [answer.replace("</answer>", "")[:-1] + "</answer>" for answer in right if "</answer>" in answer]
    pairs = [(task, answer) for task in tasks for answer in right] + list(zip(tasks, cut, strict=False))
    verdicts = verify_batch([task for task, _ in pairs], [answer for _, answer in pairs])
    own = [v.reward for (task, answer), v in zip(pairs, verdicts, strict=True) if answer == right[tasks.index(task)]]
    return own, [verdict.reward for verdict in verdicts]


@pytest.mark.parametrize("name", domain_names())
def test_a_domain_says_whether_its_rewards_are_partial(name):
    domain = get_domain(name)
    own, rewards = rewards_of(domain)
    assert set(own) == {1.0} and min(rewards) == 0.0
    assert any(0 < reward < 1 for reward in rewards) is domain.partial_credit


def test_a_domain_that_says_nothing_promises_nothing():
    assert Domain.partial_credit
