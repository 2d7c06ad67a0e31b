import http.server
import threading

import pytest

from prorl_rllib.cli.experiment.experiment_file import load_experiment, load_experiments

PPO = """
cartpole:
  run: PPO
  env: CartPole-v1
  stop: {training_iteration: 2, env_runners/episode_return_mean: 450}
  num_samples: 2
  checkpoint_config: {checkpoint_frequency: 5, num_to_keep: 3}
  scheduler: asha
  scheduler_config: {metric: env_runners/episode_return_mean, mode: max, max_t: 7}
  config:
    num_env_runners: 0
    lr: 1e-4
    train_batch_size_per_learner: {grid_search: [64, 128]}
    model_config: {fcnet_hiddens: [8]}
    env_config: {}
"""


@pytest.fixture
def yaml_file(tmp_path):
    def write(text, name="experiments.yaml"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def test_a_yaml_experiment_of_any_algorithm_is_read(yaml_file):
    experiment = load_experiment(str(yaml_file(PPO)))
    config = experiment.config
    assert (experiment.name, type(config).__name__, config.env) == ("cartpole", "PPOConfig", "CartPole-v1")
    assert config.enable_rl_module_and_learner
    assert (config.num_env_runners, config.lr) == (0, 1e-4)
    assert config.model_config["fcnet_hiddens"] == [8]
    assert experiment.stop == {"training_iteration": 2, "env_runners/episode_return_mean": 450}
    assert experiment.num_samples == 2
    assert experiment.checkpoint == {"checkpoint_frequency": 5, "num_to_keep": 3}
    assert type(experiment.scheduler).__name__ == "AsyncHyperBandScheduler"
    assert experiment.scheduler._max_t == 7


def test_each_value_of_a_grid_in_yaml_is_validated(rllib, yaml_file):
    result = rllib("train", "file", yaml_file(PPO.replace("[64, 128]", "[128, 64]") + "    minibatch_size: 100\n"))
    assert result.exit_code == 2, result.output
    assert "minibatch_size" in result.output
    assert "train_batch_size_per_learner=64" in result.output


def test_a_grid_may_lie_inside_env_config(yaml_file):
    from prorl_rllib.cli.experiment.config_check import variants

    text = (
        "math:\n  run: ProRL\n  env: prorl_rllib:prorl/Math-v0\n"
        "  config: {model: m, env_config: {difficulty: {grid_search: [1, 2]}}}\n"
    )
    found = list(variants(load_experiment(str(yaml_file(text))).config))
    assert [name for name, _ in found] == ["", "env_config.difficulty=2"]
    assert [variant.env_config["difficulty"] for _, variant in found] == [1, 2]


def test_a_file_may_hold_several_experiments(yaml_file):
    path = yaml_file(PPO + PPO.replace("cartpole:", "again:"), name="two.yml")
    assert [experiment.name for experiment in load_experiments(str(path))] == ["cartpole", "again"]


def test_experiments_are_fetched_from_a_url(rllib, yaml_file, tmp_path):
    yaml_file(PPO)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=tmp_path)

        def log_message(self, *arguments):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{server.server_address[1]}"
        experiment = load_experiment(f"{address}/experiments.yaml")
        missing = rllib("train", "file", f"{address}/none.yaml")
        server.shutdown()
        thread.join(timeout=10)
    assert (experiment.name, experiment.source) == ("cartpole", f"{address}/experiments.yaml")
    assert missing.exit_code == 2
    assert "404" in missing.output
