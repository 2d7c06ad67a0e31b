"""ProRL with vLLM for real, and what becomes of it when engines are lost; the engines are shared by the tests."""

import os
import signal
import threading
import time

import numpy as np
import pytest
from ray.rllib.core import DEFAULT_MODULE_ID

from prorl_rllib.engines.engine_process import EngineProcess
from prorl_rllib.engines.errors import EngineStartError
from prorl_rllib.engines.selection import vllm_is_installed
from prorl_rllib.env_runners import columns
from prorl_rllib.env_runners.prompt_request import PromptRequest
from prorl_rllib.env_runners.vllm_env_runner import VLLMEnvRunner
from tests.algorithms.prorl.engine_faults import (
    engine_process_id,
    fail_in_the_next_step,
    hang_in_the_next_step,
    load_as_version,
    on_runners,
    process_id,
    wait_until_gone,
)

pytestmark = [
    pytest.mark.timeout(280),
    pytest.mark.skipif(not vllm_is_installed(), reason="vLLM is not installed"),
]

ENGINE = {"max_num_seqs": 8, "max_model_len": 64}


@pytest.fixture(scope="module")
def vllm_model_path(tmp_path_factory, save_tiny_model):
    """A tiny model whose head size vLLM's attention on CPU supports."""
    sizes = {"hidden_size": 64, "num_attention_heads": 2, "num_key_value_heads": 1}
    return save_tiny_model(tmp_path_factory.mktemp("vllm_model"), scale=4.0, **sizes)


@pytest.fixture(scope="module")
def build_vllm(vllm_model_path, ray_cluster):
    """A function from settings to an algorithm that samples with vLLM; all are stopped in the end."""
    from ray.tune.registry import register_env

    from prorl_rllib.algorithms import ProRLConfig
    from tests.algorithms.prorl.conftest import make_letters_env

    register_env("letters", make_letters_env)
    built = []

    def build(num_env_runners, num_learners=0, env_config=None, **generation):
        sizes = {"prompts_per_step": 4, "prompts_per_optimizer_step": 2, "group_size": 4, "max_sampling_rounds": 4}
        config = (
            ProRLConfig()
            .environment("letters", env_config={"long": 2, "seconds": 0.02, **(env_config or {})})
            .training(model=vllm_model_path, lr=1e-3, lr_warmup_steps=2, num_threads_per_learner=1, **sizes)
            .generation(**{"engine": "vllm", "max_completion_length": 8, "engine_config": ENGINE, **generation})
            .env_runners(num_env_runners=num_env_runners, num_cpus_per_env_runner=0.5)
            .learners(num_learners=num_learners, num_cpus_per_learner=0.5)
            .reference_reset(period=2, min_spacing=1)
            .reporting_samples(interval=None)
            .debugging(seed=0)
        )
        algo = config.build_algo()
        built.append(algo)
        return algo

    yield build
    for algo in built:
        algo.stop()


@pytest.fixture(scope="module")
def with_own_process(build_vllm):
    """Without remote runners: vLLM in a process of its own, the learner's left alone."""
    return build_vllm(0, engine_call_timeout_s=20)


@pytest.fixture(scope="module")
def with_two_runners(build_vllm):
    """Two actors with an engine in their process each, and a remote learner."""
    return build_vllm(2, num_learners=1, engine_call_timeout_s=20)


def assert_trains(algo, iterations=3):
    for _ in range(iterations):
        learned = algo.train()["learners"][DEFAULT_MODULE_ID]
        assert np.isfinite(learned["kl"])
        # The engine's log-probabilities are the learner's: the weights of each sync are in force.
        assert learned["logprob_gap"] < 1e-5


def prompts(count, start):
    return [PromptRequest(group_id=f"{start}-{i}", task_index=None, seed=start + i) for i in range(count)]


def sample_all(algo, start, count=12):
    """Sample, and check that every prompt is answered, by a whole group, under the present weights."""
    wanted = prompts(count, start)
    before = algo._sampler.num_too_long
    groups = algo._sampler.sample(wanted)
    answered = [group[0].get_infos(0)[columns.GROUP_ID] for group in groups]
    assert len(groups) + algo._sampler.num_too_long - before == count
    assert [prompt.group_id for prompt in wanted if prompt.group_id in answered] == answered
    assert all(len(group) == 4 for group in groups)
    episodes = [episode for group in groups for episode in group]
    versions = {episode.get_extra_model_outputs(columns.WEIGHTS_VERSION, 0) for episode in episodes}
    assert versions == {algo._weights.version}


def kill_soon(pid, seconds=0.3):
    """Kill a process a moment later, in the middle of what is begun now."""
    timer = threading.Timer(seconds, os.kill, (pid, signal.SIGKILL))
    timer.start()
    return timer


def test_training_without_remote_runners_keeps_vllm_out_of_the_learners_process(with_own_process):
    runner = with_own_process.env_runner_group.local_env_runner
    assert isinstance(runner, VLLMEnvRunner)
    assert_trains(with_own_process)
    assert isinstance(runner._engine.start(), EngineProcess)
    assert engine_process_id(runner) != os.getpid()


def test_an_engine_process_that_is_killed_is_started_again_and_all_prompts_are_answered(with_own_process):
    algo, runner = with_own_process, with_own_process.env_runner_group.local_env_runner
    pid = engine_process_id(runner)
    timer = kill_soon(pid)
    sample_all(algo, 1000, count=24)
    timer.join()
    assert engine_process_id(runner) != pid
    assert not wait_until_gone([pid])
    assert_trains(algo, 1)


def test_a_prompt_too_long_is_dropped_counted_and_the_others_are_sampled(with_own_process):
    algo = with_own_process
    before = algo._sampler.num_too_long
    sample_all(algo, 2000, count=20)
    assert 0 < algo._sampler.num_too_long - before < 20


@pytest.mark.slow
def test_training_with_two_runners_and_a_remote_learner(with_two_runners):
    assert_trains(with_two_runners)


@pytest.mark.slow
def test_a_runner_that_is_killed_comes_back_and_all_prompts_are_answered(with_two_runners):
    algo, pids = with_two_runners, on_runners(with_two_runners, process_id)
    timer = kill_soon(pids[0])
    sample_all(algo, 3000, count=24)
    timer.join()
    deadline = time.monotonic() + 100
    while len(algo.env_runner_group.healthy_env_runner_ids()) < 2 and time.monotonic() < deadline:
        assert_trains(algo, 1)
    assert on_runners(algo, lambda runner: runner.held_sync()) == [algo._weights._number] * 2


@pytest.mark.slow
def test_a_runner_that_lags_gets_the_present_weights_before_it_samples(with_two_runners):
    on_runners(with_two_runners, lambda runner: load_as_version(runner, 77))
    sample_all(with_two_runners, 4000)


@pytest.mark.slow
def test_a_cache_too_small_for_one_sequence_ends_the_set_up_with_the_key_to_change(build_vllm):
    with pytest.raises(EngineStartError, match="kv_cache_bytes=4096"):
        build_vllm(0, engine_config={**ENGINE, "kv_cache_bytes": 4096})


@pytest.mark.slow
def test_an_engine_that_fails_in_a_step_ends_its_actor_and_all_prompts_are_answered(with_two_runners):
    on_runners(with_two_runners, fail_in_the_next_step)
    sample_all(with_two_runners, 5000)
    assert_trains(with_two_runners, 1)


@pytest.mark.slow
def test_an_engine_that_hangs_ends_its_actor_and_all_prompts_are_answered(with_two_runners):
    on_runners(with_two_runners, hang_in_the_next_step)
    sample_all(with_two_runners, 6000)
    assert_trains(with_two_runners, 1)


@pytest.mark.slow
def test_nothing_is_left_of_an_engine_process_whose_actor_is_killed(build_vllm):
    algo = build_vllm(1, engine_in_own_process=True)
    (actor,), (engine,) = on_runners(algo, process_id), on_runners(algo, engine_process_id)
    os.kill(actor, signal.SIGKILL)
    assert not wait_until_gone([actor, engine])
    sample_all(algo, 7000)
    engines = on_runners(algo, engine_process_id)
    algo.stop()
    assert not wait_until_gone(engines)


@pytest.mark.slow
def test_nothing_is_left_after_a_stop(build_vllm):
    algo = build_vllm(2)
    pids = on_runners(algo, process_id)
    algo.stop()
    assert not wait_until_gone(pids)
