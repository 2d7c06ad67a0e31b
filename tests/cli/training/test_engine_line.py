import pytest

from prorl_rllib.algorithms import ProRLConfig
from prorl_rllib.cli.errors import CommandError
from prorl_rllib.cli.training.train import _say_engine


def config(model, **generation):
    return ProRLConfig().environment("prorl_rllib:prorl/Math-v0").training(model=model).generation(**generation)


def test_the_engine_and_why_it_was_taken_are_printed(tiny_model_path, capsys):
    _say_engine(config(tiny_model_path))
    assert capsys.readouterr().out.startswith("Sampling with engine='transformers': ")


def test_settings_that_do_not_fit_the_engine_are_wrong_usage(tiny_model_path):
    with pytest.raises(CommandError, match="sleep_between_rollouts"):
        _say_engine(config(tiny_model_path, sleep_between_rollouts=True))
