from ray.rllib.algorithms.ppo import PPOConfig
from ray.tune.search.sample import Categorical

from prorl_rllib.sweeps.points import sweep_points


def test_each_point_is_one_trial_and_its_keys_are_search_spaces():
    config = PPOConfig()
    points = [{"lr": 0.1, "gamma": 0.9}, {"lr": 0.2, "gamma": 0.9}]
    tune_config = sweep_points(config, points)
    assert tune_config.num_samples == 2
    assert tune_config.search_alg._points_to_evaluate == points
    assert isinstance(config.lr, Categorical) and config.lr.categories == [0.1, 0.2]
    assert config.gamma.categories == [0.9]
