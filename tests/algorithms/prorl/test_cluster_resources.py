import pytest

from prorl_rllib.algorithms import ProRLConfig
from prorl_rllib.algorithms.cluster_resources import worker_resources


def small(**learners):
    return ProRLConfig().environment("prorl_rllib:prorl/Math-v0").training(model="m").learners(**learners)


def test_what_remote_workers_ask_for_is_added_up():
    config = small(num_learners=2).env_runners(num_env_runners=3, num_cpus_per_env_runner=0.5)
    assert worker_resources(config) == {"CPU": 3.5}
    assert worker_resources(small()) == {}
    on_gpus = small(num_learners=2, num_gpus_per_learner=1, custom_resources_per_learner={"rack": 0.5})
    assert worker_resources(on_gpus) == {"GPU": 2, "rack": 1.0}


@pytest.mark.parametrize(
    ("learners", "message"),
    [
        ({"num_learners": 64}, r"num_learners=64 ask for 64 CPU where the cluster has \d+, .*num_cpus_per_learner"),
        ({"num_learners": 1, "num_gpus_per_learner": 100}, "100 GPU where the cluster has"),
    ],
)
def test_workers_that_could_only_be_waited_for_are_refused(ray_cluster, tiny_model_path, learners, message):
    """Ray itself would wait for room, for ever and without a word."""
    with pytest.raises(ValueError, match=message):
        small(**learners).training(model=tiny_model_path).build_algo()
