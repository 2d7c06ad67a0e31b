import pytest

from prorl_rllib.algorithms.warm_start import WarmStartConfig
from prorl_rllib.algorithms.warm_start.solutions.instruction_following import SUPPORTED

DATASETS = {
    "math": {
        "sum_chain": {"min_terms": 3, "max_terms": 5, "max_value": 9},
        "product": {},
        "gcd": {},
    },
    "logic": {
        "spell_backward": {"min_word_len": 3, "max_word_len": 6},
        "word_sequence_reversal": {"min_words": 3, "max_words": 4},
        "rotate_matrix": {"min_n": 2, "max_n": 3, "min_rotations": 1, "max_rotations": 3},
        "gcd": {"max_value": 100},
    },
    "code": {
        "list_pipeline": {"operations": 2},
    },
    "stem": {
        "unit_analysis": {"max_factors": 3, "max_number": 3},
    },
    "instruction_following": {
        "composed": {"instructions": list(SUPPORTED), "min_instructions": 2, "max_instructions": 4, "tightness": 1},
        "startend": {"instructions": list(SUPPORTED)},
    },
}
NUM_TASKS = {"code": 30}
"""Domain -> tasks a test looks at; running programs takes a while. 100 of the others."""


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
    """Generated tasks of one data set."""
    import prorl_rllib.envs as envs

    classes = {
        "math": envs.MathEnv,
        "logic": envs.LogicEnv,
        "code": envs.CodeEnv,
        "stem": envs.STEMEnv,
        "instruction_following": envs.InstructionFollowingEnv,
    }
    domain, name = request.param
    env = classes[domain](datasets={name: DATASETS[domain][name]})
    return [env.task(index) for index in range(NUM_TASKS.get(domain, 100))]
