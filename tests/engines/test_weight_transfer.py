"""Weights reach engines by vLLM's NCCL sender and receivers, all but the communicator being what a GPU would run."""

import numpy as np
import pytest
import torch
from requests_for_tests import needs_vllm, plain_logprobs, request
from store_transfer import FakeRunner, ThreadedRunners, patch_sender

from prorl_rllib.engines.canary import Canary
from prorl_rllib.engines.engine_process import EngineProcess
from prorl_rllib.engines.errors import WeightsMissingError
from prorl_rllib.engines.model_loading import load_causal_lm
from prorl_rllib.engines.named_weights import named_weights
from prorl_rllib.engines.transfer_group import LearnerEndpoint, plan_group
from prorl_rllib.engines.weight_sender import OutgoingPolicy, WeightSender, _free_port, close_sender, send_policy

pytestmark = needs_vllm
TOKENS = (5, 6, 7, 90, 120)


def canary_of(lm):
    return Canary(TOKENS, plain_logprobs(lm, TOKENS[:1], TOKENS[1:]))


def policy_of(lm, version, **changes):
    weights = {name: weight.detach() for name, weight in named_weights(lm).items()}
    return OutgoingPolicy(version, {**weights, **changes}, canary_of(lm))


@pytest.fixture(scope="module")
def store_engine(contract_model_path):
    arguments = {"model": contract_model_path, "weight_transfer": "store", "load_weights_from_model": False}
    engine = EngineProcess("store_transfer:StoreVLLMEngine", arguments)
    yield engine
    engine.close()


@pytest.fixture
def group(monkeypatch):
    """Makes a group of engines; gives the sender and the env runners."""
    senders = []
    patch_sender(monkeypatch)

    def join(*engines):
        runners = ThreadedRunners({number: FakeRunner(engine) for number, engine in enumerate(engines, start=1)})
        endpoints = {number: runner.transfer_endpoint() for number, runner in runners.runners.items()}
        # On one machine without GPUs all workers name the same device; NCCL's rule about it does not matter here.
        apart = {
            number: type(endpoint)((f"gpu-{number}",) * len(endpoint.gpus), "")
            for number, endpoint in endpoints.items()
        }
        plan = plan_group("nccl", "a group", [LearnerEndpoint(0, "127.0.0.1", _free_port(), "gpu-0")], apart)
        sender = WeightSender(runners, plan, rank=0, options={"packed": False})
        senders.append(sender)
        assert sender.open().complete
        assert {runner.transfer_endpoint().group for runner in runners.runners.values()} == {"a group"}
        return sender, runners

    yield join
    for sender in senders:
        sender.close()


@pytest.fixture
def other_lm(lm, contract_model_path):
    """The contract's model with other weights."""
    other = load_causal_lm(contract_model_path)
    with torch.no_grad():
        for weight in other.parameters():
            weight.mul_(0.8)
    return other


def test_every_sending_takes_effect_with_its_version_and_without_the_old_prefix_cache(
    store_engine, group, lm, other_lm
):
    sender, runners = group(store_engine)
    prompt = tuple(range(100, 200))
    for version, model in ((3, lm), (4, other_lm), (5, lm)):
        outcome = sender.send(policy_of(model, version), number=10 + version)
        assert outcome.complete and outcome.version == version, outcome
        assert store_engine.weights_version == version and runners.runners[1].held == 10 + version
        found = store_engine.token_logprobs(TOKENS)
        np.testing.assert_allclose(found, canary_of(model).logprobs, atol=1e-4)
        assert [store_engine.call_method("cached_tokens", prompt) for _ in range(2)] == [0, 96]


def test_weights_that_are_not_the_models_are_refused_before_any_is_sent(store_engine, group, lm):
    sender, runners = group(store_engine)
    assert sender.send(policy_of(lm, 6), number=1).complete
    outcome = sender.send(policy_of(lm, 7, **{"model.norm.weight": torch.ones(3)}), number=2)
    assert "receive_weights" not in runners.steps[5:]
    error = outcome.answers[1].failure.rebuild()
    assert isinstance(error, ValueError) and "model.norm.weight" in str(error)
    assert store_engine.weights_version == 6 and runners.runners[1].held is None
    assert len(list(store_engine.generate([request()]))) == 4


def test_other_weights_than_the_canary_tells_of_are_noticed(store_engine, group, lm, other_lm):
    sender, runners = group(store_engine)
    wrong = OutgoingPolicy(8, policy_of(lm, 8).weights, canary_of(other_lm))
    outcome = sender.send(wrong, number=1)
    assert not outcome.complete and outcome.answers[1].failure.kind == "CanaryError"
    assert runners.runners[1].held is None


def test_an_update_that_never_ended_leaves_an_engine_without_weights_until_a_whole_set_comes(store_engine, group, lm):
    group(store_engine)
    weights = policy_of(lm, 9).weights
    manifest = [(name, tuple(weight.shape)) for name, weight in weights.items()]
    store_engine.call_method("begin_weight_update", 9, manifest)
    with pytest.raises(WeightsMissingError, match="version 9 has not ended"):
        list(store_engine.generate([request()]))
    with pytest.raises(WeightsMissingError, match="have not come"):
        store_engine.call_method("end_weight_update")
    store_engine.load_weights(weights.items(), version=10)
    np.testing.assert_allclose(store_engine.token_logprobs(TOKENS), canary_of(lm).logprobs, atol=1e-4)
    with pytest.raises(RuntimeError, match="without a begin_weight_update"):
        store_engine.call_method("end_weight_update")
    sender, _ = group(store_engine)
    assert sender.send(policy_of(lm, 11), number=3).complete


def test_an_engine_without_weight_transfer_says_so(vllm_engine):
    with pytest.raises(RuntimeError, match="built with weight_transfer='nccl' or 'ipc'"):
        vllm_engine().call_method("transfer_endpoint")


def test_an_engine_on_cpu_refuses_the_backends_of_gpus(vllm_engine, contract_model_path):
    engine = vllm_engine()
    engine.arguments_in_force = None
    cases = [{"model": contract_model_path, "weight_transfer": kind} for kind in ("nccl", "ipc", "ncl")]
    errors = engine.call_method("start_errors", cases)
    assert [kind for kind, _ in errors] == ["ValueError"] * 3
    assert all("weight_transfer='object_store'" in text for _, text in errors[:2])
    assert "unknown to vLLM" in errors[2][1]


@pytest.mark.slow
def test_engines_of_several_runners_each_take_a_rank_of_their_own(store_engine, group, lm, contract_model_path):
    arguments = {"model": contract_model_path, "weight_transfer": "store", "load_weights_from_model": False}
    second = EngineProcess("store_transfer:StoreVLLMEngine", arguments)
    try:
        sender, _ = group(store_engine, second)
        assert sender.send(policy_of(lm, 12), number=1).complete
        for engine in (store_engine, second):
            assert engine.weights_version == 12
            np.testing.assert_allclose(engine.token_logprobs(TOKENS), canary_of(lm).logprobs, atol=1e-4)
    finally:
        second.close()


def test_a_learner_keeps_its_sender_until_it_leaves_the_group(store_engine, group, lm):
    class Learner:
        pass

    learner = Learner()
    learner.weight_sender, _ = group(store_engine)
    assert send_policy(learner, lambda _: policy_of(lm, 13), number=1).complete
    close_sender(learner)
    assert learner.weight_sender is None
    close_sender(learner)
