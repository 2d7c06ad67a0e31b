import os
import signal
import time

import numpy as np
import pytest

from prorl_rllib.algorithms.prorl import weight_sync
from prorl_rllib.algorithms.prorl.engine_losses import MOST_IN_A_ROW, EngineLosses
from prorl_rllib.algorithms.prorl.learner_calls import policy_weights
from prorl_rllib.algorithms.prorl.policy_canary import policy_canary
from prorl_rllib.engines.canary import Canary, check_canary
from prorl_rllib.engines.errors import CanaryError, EngineDeadError, EngineStartError
from prorl_rllib.engines.selection import EngineChoice
from prorl_rllib.env_runners.prompt_request import PromptRequest
from prorl_rllib.env_runners.runner_engine import RunnerEngine
from tests.algorithms.prorl.engine_faults import engine_process_id, on_runners, wait_until_gone


@pytest.fixture
def build(make_config):
    """A function from settings of `make_config` and of `generation` to an algorithm, stopped in the end."""
    built = []

    def make(generation=None, **settings):
        built.append(make_config(**settings).generation(**(generation or {})).build_algo())
        return built[-1]

    yield make
    for algo in built:
        algo.stop()


def prompts(count=4):
    return [PromptRequest(group_id=str(i), task_index=None, seed=i) for i in range(count)]


def spoil_loads(runner):
    """Let the engine take in other weights than it is handed, without a word."""
    engine = runner._engine.start()
    load = engine.load_weights
    engine.load_weights = lambda tensors, version: load([(name, value * 1.5) for name, value in tensors], version)


@pytest.mark.parametrize("num_env_runners", [0, 1])
def test_an_engine_that_computes_with_other_weights_ends_the_run(build, num_env_runners):
    algo = build(num_env_runners=num_env_runners)
    if num_env_runners:
        on_runners(algo, spoil_loads)
    else:
        spoil_loads(algo.env_runner_group.local_env_runner)
    with pytest.raises(CanaryError, match=r"canary_tolerance=0\.02"):
        algo.train()
    with pytest.raises(CanaryError):
        algo._sampler.sample(prompts())


class ScoringEngine:
    """Gives every token one log-probability."""

    weights_version = 1

    def __init__(self, max_model_len, logprob=-1.0):
        self.max_model_len, self._logprob = max_model_len, logprob

    def token_logprobs(self, token_ids):
        assert len(token_ids) < self.max_model_len
        return np.full(len(token_ids) - 1, self._logprob, np.float32)


def test_an_engine_that_reads_fewer_tokens_than_the_canary_has_is_checked_by_the_first_of_them():
    logprobs = np.array([-1.0] * 4 + [-7.0] * 11, np.float32)
    assert check_canary(ScoringEngine(6), Canary(tuple(range(16)), logprobs), 0.02) == 0
    logprobs[3] = -2.0
    with pytest.raises(CanaryError):
        check_canary(ScoringEngine(6), Canary(tuple(range(16)), logprobs), 0.02)


def test_log_probabilities_that_are_no_numbers_fail_the_canary():
    canary = Canary(tuple(range(16)), np.full(15, -1.0, np.float32))
    with pytest.raises(CanaryError):
        check_canary(ScoringEngine(64, float("nan")), canary, 0.02)


def test_the_canary_leaves_the_policy_as_it_was(make_learner):
    import torch

    learner = make_learner()
    lm = learner.policy_module().lm.train()
    random_state = torch.get_rng_state()
    first, second = policy_canary(lm), policy_canary(lm)
    assert np.array_equal(first.logprobs, second.logprobs)
    assert torch.equal(torch.get_rng_state(), random_state)
    assert lm.training
    assert all(parameter.grad is None for parameter in lm.parameters())


def test_a_policy_that_has_diverged_is_named_before_it_is_sent(make_learner):
    import torch

    lm = make_learner().policy_module().lm
    with torch.no_grad():
        next(lm.parameters()).fill_(float("nan"))
    with pytest.raises(RuntimeError, match="diverged"):
        policy_canary(lm)


@pytest.mark.slow
def test_weights_go_from_a_remote_learner_to_remote_runners_without_the_drivers_process(build, monkeypatch):
    import torch

    algo = build(num_env_runners=1, num_learners=1)
    made, rebuild = [], torch._utils._rebuild_tensor_v2

    def counted(*args):
        made.append(1)
        return rebuild(*args)

    monkeypatch.setattr(torch._utils, "_rebuild_tensor_v2", counted)
    algo._weights.sync()
    assert not made
    assert on_runners(algo, lambda runner: runner._engine.weights_version) == [algo._weights.version]
    # The other way to the weights does pass through here, so that the count would have seen it.
    policy_weights(algo.learner_group, adapter=False)
    assert made


def test_a_lost_engine_process_changes_no_bit_of_the_training(build):
    def weights(algo):
        return policy_weights(algo.learner_group, adapter=False)

    undisturbed = build()
    disturbed = build({"engine_in_own_process": True})
    for algo in (undisturbed, disturbed):
        algo.train()
    pid = engine_process_id(disturbed.env_runner_group.local_env_runner)
    os.kill(pid, signal.SIGKILL)
    for algo in (undisturbed, disturbed):
        algo.train()
    expected = weights(undisturbed)
    for name, weight in weights(disturbed).items():
        assert np.array_equal(weight, expected[name]), name
    last = engine_process_id(disturbed.env_runner_group.local_env_runner)
    assert last != pid
    disturbed.stop()
    assert not wait_until_gone([pid, last])


@pytest.mark.slow
def test_engines_that_are_lost_again_and_again_end_the_run_with_their_own_error(build, monkeypatch):
    algo = build({"engine_in_own_process": True})
    engine = algo.env_runner_group.local_env_runner._engine
    calls = []

    def generate(requests):
        calls.append(1)
        raise EngineDeadError("no memory left on the device")

    monkeypatch.setattr(engine, "generate", generate)
    with pytest.raises(EngineDeadError, match=r"lost 4 times in a row.*no memory left on the device"):
        algo._sampler.sample(prompts())
    assert len(calls) == MOST_IN_A_ROW + 1


def test_losses_between_finished_prompts_do_not_add_up():
    losses = EngineLosses()
    for _ in range(2 * MOST_IN_A_ROW):
        losses.note(["killed", "killed"])
        losses.finished()
    assert losses.total == 4 * MOST_IN_A_ROW
    losses.note([])
    assert losses.in_a_row == 0


def test_losses_and_returns_are_told_once_and_in_short():
    losses = EngineLosses()
    losses.note(["env runner 1: killed\nand a page of Ray's", "x" * 1000])
    losses.note_return([1])
    first, second, third = losses.take_events()
    assert first == "an engine was lost, its prompts are sampled anew. env runner 1: killed"
    assert len(second) < 250
    assert third == "env runner 1 is back, with the present weights"
    assert losses.take_events() == []


def test_a_lost_engine_in_the_drivers_own_process_ends_the_run(build, monkeypatch):
    algo = build()

    def generate(requests):
        raise EngineDeadError("broken in a step")

    monkeypatch.setattr(algo.env_runner_group.local_env_runner._engine, "generate", generate)
    with pytest.raises(RuntimeError, match=r"(?s)env runner failed.*EngineDeadError: broken in a step"):
        algo.train()


@pytest.mark.slow
def test_an_engine_that_does_not_start_in_time_ends_the_run_and_its_actor(build, monkeypatch):
    def never(runner):
        runner._engine.start = lambda: time.sleep(3600)
        return os.getpid()

    algo = build({"engine_start_timeout_s": 9}, num_env_runners=1)
    pids = on_runners(algo, never)
    monkeypatch.setattr(weight_sync, "_SLACK_S", -8.0)
    with pytest.raises(EngineStartError, match=r"\[1\] had not started after 1 s.*engine_start_timeout_s"):
        algo._weights.sync()
    assert not wait_until_gone(pids)


@pytest.mark.slow
def test_an_engine_that_fails_to_start_again_is_given_another_try(build, monkeypatch):
    algo = build({"engine_in_own_process": True})
    engine = algo.env_runner_group.local_env_runner._engine
    start, starts = engine.start, []

    def failing_start():
        starts.append(1)
        if len(starts) == 1:
            raise EngineStartError("the device's memory is still in use")
        return start()

    os.kill(engine_process_id(algo.env_runner_group.local_env_runner), signal.SIGKILL)
    monkeypatch.setattr(engine, "start", failing_start)
    assert len(algo._sampler.sample(prompts())) == 4
    assert algo._weights._losses.total == 2


class SleepyEngine:
    """Notes what is asked of it."""

    weights_version, tokens_sampled, vocab_size, max_model_len = 0, 0, 300, 100

    def __init__(self):
        self.calls = []

    def __getattr__(self, name):
        return lambda *args, **kwargs: self.calls.append(name)


def test_an_engine_that_sleeps_is_woken_by_the_next_weights():
    choice = EngineChoice("vllm", "for this test")
    how = {"own_process": False, "options": {}, "start_timeout_s": 1, "call_timeout_s": 1, "may_end_process": False}
    engine = RunnerEngine(choice, "model", **how)
    engine._engine = sleepy = SleepyEngine()
    for number in (1, 2):
        engine.sleep()
        engine.sleep()
        engine.load([], number, number=number, canary=None, tolerance=1.0)
    engine.load([], 3, number=3, canary=None, tolerance=1.0)
    assert sleepy.calls == ["sleep", "wake_up", "load_weights"] * 2 + ["load_weights"]
    assert engine.held == 3


@pytest.mark.parametrize("sleeps", [False, True])
def test_engines_sleep_while_the_learners_work_if_so_configured(build, monkeypatch, sleeps):
    algo = build()
    order = []

    def noted(name, call):
        def wrapper(*args, **kwargs):
            order.append(name)
            return call(*args, **kwargs)

        return wrapper

    monkeypatch.setattr(algo, "config", algo.config.copy(copy_frozen=False))
    algo.config.sleep_between_rollouts = sleeps
    monkeypatch.setattr(algo.learner_group, "update", noted("update", algo.learner_group.update))
    for name in ("sleep_engines", "sync"):
        monkeypatch.setattr(algo._weights, name, noted(name, getattr(algo._weights, name)))
    algo.training_step()
    assert order == (["sleep_engines"] if sleeps else []) + ["update", "sync"]
