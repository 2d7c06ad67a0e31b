import pytest

from prorl_rllib.algorithms.cluster_resources import shortfall
from prorl_rllib.cli.training.resources import describe_cpus


def test_a_run_that_could_only_wait_for_ever_is_refused(rllib, experiment, tmp_path, ray_cluster):
    runners = ray_cluster + 2
    path = experiment(
        f"config.env_runners(num_env_runners={runners}, rollout_fragment_length='auto').learners(num_learners=1)\n"
    )
    result = rllib("train", "file", path, "--storage-path", tmp_path / "results")
    assert result.exit_code == 2
    assert f"{runners + 2} CPU where the cluster has {ray_cluster}," in result.output
    assert f"main process 1, {runners} env runners x 1, 1 learner x 1" in result.output
    assert "num_cpus_per_env_runner" in result.output


def test_fractions_of_cpus_are_added_up(ray_cluster):
    from ray.rllib.algorithms.ppo import PPOConfig

    from prorl_rllib.cli.training.resources import check_resources

    config = PPOConfig().environment("CartPole-v1")
    check_resources(config.env_runners(num_env_runners=2, num_cpus_per_env_runner=0.5))
    assert describe_cpus(config) == "main process 1, 2 env runners x 0.5"


def test_the_variants_of_a_search_hold_each_value_once():
    from ray import tune
    from ray.rllib.algorithms.ppo import PPOConfig

    from prorl_rllib.cli.experiment.config_check import variants

    config = PPOConfig().training(
        lr=tune.grid_search([1e-3, 1e-4]), num_epochs=tune.choice([1, 2]), gamma=tune.uniform(0, 1)
    )
    found = list(variants(config))
    assert [name for name, _ in found] == ["", "lr=0.0001", "num_epochs=2"]
    assert [(variant.lr, variant.num_epochs) for _, variant in found] == [(1e-3, 1), (1e-4, 1), (1e-3, 2)]
    assert all(0 <= variant.gamma <= 1 for _, variant in found)
    assert config.lr == {"grid_search": [1e-3, 1e-4]}


@pytest.mark.parametrize(("asked", "missing"), [(2.0, {}), (2.0000000001, {}), (2.1, {"CPU": (2.1, 2.0)})])
def test_shortfall_forgives_rounding_only(asked, missing):
    assert shortfall({"CPU": asked}, {"CPU": 2.0}) == missing


def test_options_of_two_kinds_of_cluster_contradict_each_other(rllib, experiment, tmp_path):
    options = ("--storage-path", tmp_path, "--ray-address", "auto", "--ray-num-cpus", "2")
    result = rllib("train", "file", experiment(), *options)
    assert result.exit_code == 2
    assert "--ray-num-cpus" in result.output
