from ray.rllib.env.single_agent_episode import SingleAgentEpisode

from prorl_rllib.algorithms.prorl.rollout_metrics import rollout_metrics
from prorl_rllib.envs import Verdict


def episode(domain, reward, **facts):
    made = SingleAgentEpisode()
    infos = {"domain": domain, "task_id": "t", "group_id": "g", **facts}
    made.add_env_reset(observation="p", infos=infos)
    verdict = Verdict(reward=reward, status="scored")
    made.add_env_step(
        observation="",
        action="a",
        reward=reward,
        infos={"verdict": verdict},
        terminated=True,
        extra_model_outputs={"token_ids": [1, 2], "finish_reason": "stop"},
    )
    return made


def test_the_weakest_isolation_of_a_domain_is_reported():
    episodes = [episode("code", 1.0, isolation_level=3), episode("code", 0.5, isolation_level=1), episode("math", 1.0)]
    domains = rollout_metrics(episodes)["domains"]
    assert domains["code"] == {"reward_mean": 0.75, "accuracy": 0.5, "isolation_level": 1}
    assert domains["math"] == {"reward_mean": 1.0, "accuracy": 1.0}
