import pytest

from prorl_rllib.algorithms.warm_start import WarmStartConfig
from prorl_rllib.algorithms.warm_start.learner import learning_rate_factor


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"num_steps": 0}, r"num_steps=0 .*at least 1"),
        ({"mistake_rate": 1.5}, r"mistake_rate=1.5 .*\[0, 1\]"),
        ({"mistake_rates": {"sum_chain": -1.0}}, r"mistake_rates\['sum_chain'\]=-1.0"),
        ({"batch_size": True}, r"batch_size=True"),
        ({"lr": float("nan")}, r"lr=nan"),
        ({"adam_betas": (0.9, 1.0)}, r"adam_betas"),
    ],
)
def test_a_value_out_of_range_is_named_with_the_range(small_config, values, message):
    with pytest.raises(ValueError, match=message):
        small_config.training(**values).validate()


def test_heads_must_share_the_width(small_config):
    with pytest.raises(ValueError, match=r"hidden_size=96 must be a multiple of 2 \* num_heads=10"):
        small_config.model_architecture(hidden_size=96, num_heads=5).validate()


def test_an_unknown_key_gets_the_nearest_known_one():
    with pytest.raises(ValueError, match="did you mean 'num_steps'"):
        WarmStartConfig().training(num_step=3)


def test_the_cache_key_follows_what_decides_the_model_and_nothing_else(small_config):
    key = small_config.cache_key()
    assert small_config.copy().training(num_threads=7, cache_timeout_s=1.0).cache_key() == key
    assert small_config.copy().training(lr=1e-3).cache_key() != key
    assert small_config.copy().training(mistake_rates={"sum_chain": 0.1}).cache_key() != key
    assert small_config.copy().debugging(seed=1).cache_key() != key
    assert small_config.copy().environment(env_config={"seed": 3}).cache_key() != key
    assert small_config.copy().vocabulary(fragments_of_solutions=True).cache_key() != key
    assert small_config.copy().vocabulary(fragments_of_solutions=False).cache_key() == key


def test_the_learning_rate_rises_and_falls_to_nearly_nothing():
    factors = [learning_rate_factor(step, warmup_steps=10, num_steps=100) for step in range(100)]
    assert factors[0] == 0.1
    assert max(factors) == factors[9]
    assert factors[9:] == sorted(factors[9:], reverse=True)
    assert factors[-1] == pytest.approx(0.01)


def solve_by_hand(task, rng, mistake_rate):
    return "", "4" if task.domain in {"math", "logic"} else "5"


def test_a_solver_of_ones_own_that_was_edited_makes_another_model(small_config, monkeypatch):
    config = small_config.copy().training(solvers={"sum_chain": solve_by_hand})
    key = config.cache_key()
    assert key == config.copy().cache_key() != small_config.cache_key()

    def solve_otherwise(task, rng, mistake_rate):
        return "", "6" if task.domain in {"math", "logic"} else "5"

    monkeypatch.setattr(solve_by_hand, "__code__", solve_otherwise.__code__)
    assert config.cache_key() != key


@pytest.mark.parametrize("solver", [lambda task, rng, mistake_rate: ("", ""), 3, int])
def test_a_solver_that_is_no_function_of_a_module_is_refused(small_config, solver):
    with pytest.raises(ValueError, match=r"solvers\['sum_chain'\]=.*at the top of a module"):
        small_config.copy().training(solvers={"sum_chain": solver}).validate()
