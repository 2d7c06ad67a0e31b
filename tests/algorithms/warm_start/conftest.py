import pytest

from prorl_rllib.algorithms.warm_start import WarmStartConfig

DATASETS = {
    "math": {
        "sum_chain": {"min_terms": 3, "max_terms": 5, "max_value": 9},
        "product": {},
        "gcd": {},
    },
    "logic": {
        "spell_backward": {"min_word_len": 3, "max_word_len": 6},
        "word_sequence_reversal": {"min_words": 3, "max_words": 4},
        "gcd": {"max_value": 100},
    },
}


def mixture(**domains):
    """An env_config of the mixture: domain -> its data sets."""
    return {"domains": {name: {"datasets": datasets} for name, datasets in domains.items()}}


@pytest.fixture
def small_config():
    """A warm start of a few seconds."""
    env_config = mixture(
        math={"sum_chain": DATASETS["math"]["sum_chain"]},
        logic={"spell_backward": DATASETS["logic"]["spell_backward"]},
    )
    return (
        WarmStartConfig()
        .environment("prorl_rllib:prorl/Mixture-v0", env_config=env_config)
        .model_architecture(hidden_size=32, num_layers=2, num_heads=2, intermediate_size=64)
        .vocabulary(vocabulary_prompts=200)
        .training(num_steps=30, batch_size=16, steps_per_iteration=10, lr_warmup_steps=5, num_threads=1)
    )


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache folder."""
    monkeypatch.setenv("PRORL_RLLIB_CACHE", str(tmp_path))
    return tmp_path / "warm_start"


@pytest.fixture(params=[(domain, name) for domain, names in DATASETS.items() for name in names], ids="-".join)
def tasks(request):
    """A hundred generated tasks of one data set."""
    import prorl_rllib.envs as envs

    domain, name = request.param
    env = {"math": envs.MathEnv, "logic": envs.LogicEnv}[domain](datasets={name: DATASETS[domain][name]})
    return [env.task(index) for index in range(100)]
