"""What the tests of the examples share: a cache of base models, examples made to take seconds."""

import pytest

from prorl_rllib.cli.experiment.experiment_file import load_experiment


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """A cache of base models for a module."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PRORL_RLLIB_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def shortened(ray_cluster, cache):
    """The config of an example in prorl/, made to take seconds: a base model of two steps, and few prompts."""

    def shorten(example):
        config = load_experiment(f"prorl/{example}").config.copy(copy_frozen=False)
        base = config.warm_start.copy(copy_frozen=False)
        base.vocabulary(vocabulary_prompts=20).training(num_steps=2, batch_size=8, steps_per_iteration=2, num_threads=1)
        sizes = {"prompts_per_step": 2, "prompts_per_optimizer_step": 2, "group_size": 2, "num_threads_per_learner": 1}
        return (
            config.training(warm_start=base, **sizes)
            .evaluation(evaluation_duration=4, evaluation_interval=2, evaluation_samples_per_prompt=1)
            .env_runners(num_env_runners=0)
            .reporting_samples(interval=None)
        )

    return shorten
