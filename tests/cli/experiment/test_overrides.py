import pytest
from ray.rllib.algorithms.ppo import PPOConfig

from prorl_rllib.algorithms import ProRLConfig
from prorl_rllib.algorithms.warm_start import WarmStartConfig
from prorl_rllib.cli.errors import CommandError
from prorl_rllib.cli.experiment.overrides import apply_overrides


def prorl(**env_config):
    return ProRLConfig().environment("prorl_rllib:prorl/Math-v0", env_config=env_config)


def test_overrides_go_before_the_files_settings_and_leave_the_file_alone():
    config = prorl().training(lr=1e-3, group_size=4)
    changed = apply_overrides(config, ["lr=1e-4", "model=some/model", "seed=3", "lr=2e-4", "reset_period=null"])
    assert (changed.lr, changed.model_name_or_path, changed.seed) == (2e-4, "some/model", 3)
    assert (config.lr, config.seed) == (1e-3, None)
    assert changed.group_size == 4


def test_a_dot_leads_into_a_mapping_and_keeps_what_else_is_there():
    config = prorl(datasets={"sum_chain": {"max_terms": 4, "min_terms": 3}}, size=7)
    changed = apply_overrides(config, ["env_config.datasets.sum_chain.max_terms=5", "env_config.difficulty=2"])
    assert changed.env_config == {
        "datasets": {"sum_chain": {"max_terms": 5, "min_terms": 3}},
        "size": 7,
        "difficulty": 2,
    }
    assert config.env_config["datasets"]["sum_chain"]["max_terms"] == 4


def test_a_dot_leads_into_the_warm_starts_config():
    config = prorl().training(warm_start=WarmStartConfig().training(num_steps=100, mistake_rates={"gcd": 0.1}))
    changed = apply_overrides(config, ["warm_start.num_steps=5", "warm_start.mistake_rates.gcd=0.5"])
    assert (changed.warm_start.num_steps, changed.warm_start.mistake_rates) == (5, {"gcd": 0.5})
    assert config.warm_start.num_steps == 100


def test_a_search_space_may_be_given():
    changed = apply_overrides(PPOConfig(), ["lr={grid_search: [1e-4, 3e-4]}", "env=CartPole-v1"])
    assert changed.lr == {"grid_search": [1e-4, 3e-4]}
    assert changed.env == "CartPole-v1"


@pytest.mark.parametrize(
    ("config", "text", "words"),
    [
        (prorl(), "group_sise=4", ("group_sise", "did you mean 'group_size'")),
        (PPOConfig(), "minibatch_sise=4", ("minibatch_sise", "did you mean 'minibatch_size'")),
        (PPOConfig(), "minibatch_size=many", ("minibatch_size='many'", "must be a number")),
        (PPOConfig(), "minibatch_size=true", ("minibatch_size=True", "must be a number")),
        (PPOConfig(), "use_gae=1", ("use_gae=1", "true or false")),
        (PPOConfig(), "env_config=3", ("env_config=3", "mapping")),
        (PPOConfig(), "lr={grid_search: 3}", ("grid_search needs a list",)),
        (PPOConfig(), "enable_rl_module_and_learner=false", ("new API stack",)),
        (prorl(), "lr.x=4", ("lr is 2e-06", "only a mapping has keys")),
        (prorl(), "lr", ("key=value",)),
        (prorl(), "lr=", ("key=value", "null")),
        (prorl(), "lr =3", ("blanks",)),
        (prorl(), "lr=[1", ("no YAML", "[1")),
        (prorl(), "=3", ("key=value",)),
    ],
)
def test_a_wrong_override_is_one_clear_message(config, text, words):
    with pytest.raises(CommandError) as caught:
        apply_overrides(config, [text])
    assert caught.value.exit_code == 2
    for word in words:
        assert word in caught.value.message
