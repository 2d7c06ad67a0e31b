"""What every engine promises, whichever it is and in whatever process it runs."""

import contextlib

import numpy as np
import pytest
import torch
from requests_for_tests import STOPS, assert_equal, mixed_requests, needs_vllm, plain_logprobs, request

from prorl_rllib.engines.canary import Canary, check_canary, make_canary_token_ids
from prorl_rllib.engines.engine_process import EngineProcess
from prorl_rllib.engines.errors import CanaryError
from prorl_rllib.engines.model_loading import load_causal_lm
from prorl_rllib.engines.named_weights import named_weights
from prorl_rllib.engines.transformers_engine import TransformersEngine

BETWEEN_RUNS = {"transformers": 0.0, "transformers-process": 0.0, "vllm-process": 1e-4}
"""How far log-probabilities of equal calls may lie apart."""


@pytest.fixture(scope="module")
def transformers_engines(contract_model_path):
    """Engines that are built when first asked for, by name."""
    engines = {}

    def engine(name):
        if name not in engines:
            engines[name] = (
                TransformersEngine(contract_model_path)
                if name == "transformers"
                else EngineProcess("transformers", {"model": contract_model_path})
            )
        return engines[name]

    yield engine
    for built in engines.values():
        built.close()


@pytest.fixture(params=["transformers", "transformers-process", pytest.param("vllm-process", marks=needs_vllm)])
def kind(request):
    return request.param


@pytest.fixture
def engine(kind, transformers_engines, request, lm):
    """An engine with the contract model's weights, version 1."""
    engine = request.getfixturevalue("vllm_engine")() if kind == "vllm-process" else transformers_engines(kind)
    engine.load_weights(named_weights(lm).items(), version=1)
    return engine


@pytest.fixture(scope="module")
def other_lm(tmp_path_factory, save_tiny_model):
    """The contract model's architecture with other weights."""
    sizes = {"hidden_size": 64, "num_attention_heads": 2, "num_key_value_heads": 1}
    return load_causal_lm(save_tiny_model(tmp_path_factory.mktemp("other_model"), seed=1, scale=4.0, **sizes))


@pytest.mark.parametrize("temperature", [1.0, 1.2])
@pytest.mark.parametrize("top_p", [1.0, 0.8])
def test_logprobs_equal_a_plain_forward(engine, lm, temperature, top_p):
    requests = mixed_requests(temperature=temperature, top_p=top_p)
    prompts = {r.request_id: r.prompt_token_ids for r in requests}
    completions = list(engine.generate(requests))
    assert len(completions) == 20
    assert np.mean(np.concatenate([c.logprobs for c in completions])) < -0.5, "the test needs a spread distribution"
    for completion in completions:
        expected = plain_logprobs(lm, prompts[completion.request_id], completion.token_ids, temperature, top_p)
        assert completion.logprobs.dtype == np.float32
        np.testing.assert_allclose(completion.logprobs, expected, atol=1e-4)


def test_greedy_takes_the_most_likely_token_and_reports_temperature_one(engine, lm):
    (completion,) = engine.generate([request(n=1, temperature=0.0, top_p=0.5, stop_token_ids=())])
    with torch.no_grad():
        logits = lm(input_ids=torch.tensor([(5, 6, 7, *completion.token_ids)])).logits[0, 2:-1]
    assert logits.argmax(-1).tolist() == list(completion.token_ids)
    expected = torch.log_softmax(logits, -1).max(-1).values
    np.testing.assert_allclose(completion.logprobs, expected.numpy(), atol=1e-4)


def test_greedy_and_sampled_rows_share_a_batch(engine):
    sampled, greedy = request("sampled"), request("greedy", temperature=0.0)
    together = list(engine.generate([sampled, greedy]))
    assert_equal(together, [*engine.generate([sampled]), *engine.generate([greedy])], tolerance=1e-4)


def test_seeds_reproduce_and_differ(engine, kind):
    assert_equal(engine.generate(mixed_requests()), engine.generate(mixed_requests()), tolerance=BETWEEN_RUNS[kind])
    first = [c.token_ids for c in engine.generate([request(seed=1)])]
    second = [c.token_ids for c in engine.generate([request(seed=2)])]
    assert len(set(first)) == 4 and not set(first) & set(second)


def test_completions_come_in_the_same_order_every_time(engine):
    orders = [[(c.request_id, c.index) for c in engine.generate(mixed_requests())] for _ in range(2)]
    assert orders[0] == orders[1]


def test_completions_come_as_they_finish(engine):
    lengths = [len(c.token_ids) for c in engine.generate([request(n=16, max_new_tokens=64)])]
    assert lengths == sorted(lengths) and lengths[0] < lengths[-1]


def test_a_row_does_not_depend_on_its_neighbours(engine):
    requests = mixed_requests()
    alone = [completion for one in requests for completion in engine.generate([one])]
    assert_equal(engine.generate(requests), alone, tolerance=1e-4)


def test_a_shared_prompt_gives_what_it_gives_alone(engine):
    prompt = tuple(range(3, 90))
    group = list(engine.generate([request(n=6, prompt=prompt)]))
    assert_equal([c for c in group if c.index == 0], engine.generate([request(n=1, prompt=prompt)]), tolerance=1e-4)


def test_finish_reasons_and_the_stop_token(engine):
    completions = list(engine.generate([request(n=64)]))
    stopped = [c for c in completions if c.finish_reason == "stop"]
    cut = [c for c in completions if c.finish_reason == "length"]
    assert stopped and cut and len(stopped) + len(cut) == 64
    assert all(c.token_ids[-1] in STOPS and not set(c.token_ids[:-1]) & set(STOPS) for c in stopped)
    assert all(len(c.token_ids) == 24 and not set(c.token_ids) & set(STOPS) for c in cut)
    assert all(len(c.token_ids) == len(c.logprobs) for c in completions)


def test_only_the_requests_stop_tokens_end_a_completion(engine):
    completions = list(engine.generate([request(n=64, stop_token_ids=())]))
    assert {len(c.token_ids) for c in completions} == {24}
    assert any(2 in c.token_ids for c in completions), "the test needs the model's own end-of-sequence token"


def test_a_request_may_fill_the_context(engine):
    completions = list(engine.generate([request(n=2, max_new_tokens=253, stop_token_ids=())]))
    assert [len(c.token_ids) for c in completions] == [253, 253]


def test_tokens_are_scored_at_temperature_one(engine, lm):
    token_ids = tuple(range(3, 120))
    logprobs = engine.token_logprobs(token_ids)
    assert logprobs.dtype == np.float32 and logprobs.shape == (116,)
    np.testing.assert_allclose(logprobs, plain_logprobs(lm, token_ids[:1], token_ids[1:]), atol=1e-4)
    assert engine.token_logprobs([7] * 255).shape == (254,)


@pytest.mark.parametrize(
    ("token_ids", "message"),
    [((5,), "1 token_ids.*2 to 255"), ((5,) * 256, "256 token_ids"), ((5, 300), "300.*0 to 299")],
)
def test_tokens_that_cannot_be_scored_are_refused(engine, token_ids, message):
    with pytest.raises(ValueError, match=message):
        engine.token_logprobs(token_ids)


def test_loaded_weights_are_in_force_and_stamp_the_version(engine, other_lm):
    numpy_weights = ((name, weight.detach().numpy()) for name, weight in named_weights(other_lm).items())
    engine.load_weights(numpy_weights, version=5)
    assert engine.weights_version == 5
    for completion in engine.generate([request()]):
        assert completion.weights_version == 5
        expected = plain_logprobs(other_lm, (5, 6, 7), completion.token_ids)
        np.testing.assert_allclose(completion.logprobs, expected, atol=1e-4)


def test_each_of_many_loads_takes_effect(engine, lm, other_lm):
    canaries = []
    for model in (lm, other_lm):
        token_ids = make_canary_token_ids(300)
        canaries.append(Canary(token_ids, plain_logprobs(model, token_ids[:1], token_ids[1:])))
    for version in range(2, 52):
        weights = named_weights((lm, other_lm)[version % 2])
        engine.load_weights(weights.items(), version=version)
        check_canary(engine, canaries[version % 2], tolerance=1e-4)
    with pytest.raises(CanaryError, match=r"version 51.*canary_tolerance=0\.0001"):
        check_canary(engine, canaries[0], tolerance=1e-4)


def test_wrong_weights_are_errors_and_change_nothing(engine, lm):
    zeros = {name: torch.zeros_like(weight) for name, weight in named_weights(lm).items()}
    name = "model.norm.weight"
    wrong = [
        ({k: v for k, v in zeros.items() if k != name}, "1 missing.*norm"),
        ({**zeros, "lm.extra": torch.zeros(1)}, "1 unknown.*lm.extra"),
        ({**zeros, name: torch.zeros(3)}, r"model.norm.weight.*\(3,\)"),
        ({**zeros, "lm_head.weight": torch.ones_like(zeros["model.embed_tokens.weight"])}, "tied"),
    ]
    for tensors, message in wrong:
        with pytest.raises(ValueError, match=message):
            engine.load_weights(tensors.items(), version=2)
    assert engine.weights_version == 1
    token_ids = (5, 6, 7, 8)
    np.testing.assert_allclose(engine.token_logprobs(token_ids), plain_logprobs(lm, (5,), (6, 7, 8)), atol=1e-4)


def test_weights_may_not_change_while_sampling(engine, lm):
    stream = engine.generate([request(n=16)])
    next(stream)
    with pytest.raises(RuntimeError, match="sampl"):
        engine.load_weights(named_weights(lm).items(), version=2)
        list(stream)


def test_an_abandoned_iterator_leaves_the_engine_free(engine, lm):
    expected = list(engine.generate([request()]))
    with contextlib.closing(engine.generate([request(n=64, max_new_tokens=200)])) as stream:
        next(stream)
    engine.load_weights(named_weights(lm).items(), version=2)
    assert_equal(engine.generate([request()]), expected, tolerance=1e-4)


def test_broken_weights_are_an_error_that_names_the_version(engine, lm):
    broken = {name: weight.detach().clone() for name, weight in named_weights(lm).items()}
    broken["model.norm.weight"][0] = float("nan")
    engine.load_weights(broken.items(), version=3)
    with pytest.raises(RuntimeError, match="weights version 3"):
        list(engine.generate([request()]))
    engine.load_weights(named_weights(lm).items(), version=4)
    assert len(list(engine.generate([request()]))) == 4


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"prompt": ()}, "prompt_token_ids"),
        ({"prompt": (5, 300)}, "300.*0 to 299"),
        ({"prompt": (-1,)}, "-1"),
        ({"stop_token_ids": (999,)}, "stop_token_ids.*999"),
        ({"max_new_tokens": 254}, "257.*256.*max_new_tokens"),
        ({"max_new_tokens": 0}, "max_new_tokens=0"),
        ({"n": 0}, "n=0"),
        ({"temperature": -0.1}, "temperature=-0.1"),
        ({"temperature": float("nan")}, "temperature=nan"),
        ({"top_p": 0.0}, "top_p=0.0"),
        ({"top_p": 1.1}, "top_p=1.1"),
        ({"seed": -1}, "seed=-1"),
    ],
)
def test_requests_that_cannot_be_served_are_refused_before_sampling(engine, values, message):
    with pytest.raises(ValueError, match=message):
        engine.generate([request("good"), request("bad", **values)])
    assert engine.generate([request("good")]) is not None


def test_request_ids_must_be_unique(engine):
    with pytest.raises(ValueError, match="occurs twice"):
        engine.generate([request("a"), request("a")])
