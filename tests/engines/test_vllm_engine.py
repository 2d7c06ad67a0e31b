"""What the vLLM engine promises beyond the contract, seen from inside its process."""

import re

import numpy as np
import pytest
from requests_for_tests import assert_equal, needs_vllm, plain_logprobs, request

from prorl_rllib.engines.canary import Canary, check_canary, make_canary_token_ids
from prorl_rllib.engines.engine_process import EngineProcess
from prorl_rllib.engines.model_loading import load_causal_lm
from prorl_rllib.engines.named_weights import named_weights

pytestmark = needs_vllm
BFLOAT16_TOLERANCE = 0.1
"""Nats between vLLM's and transformers' log-probabilities in bfloat16. Measured for this model, 2048 tokens: 0.027 at
most, 0.0019 on average. It grows with the sharpness of the distribution."""


@pytest.fixture
def engine(vllm_engine, lm):
    engine = vllm_engine()
    engine.load_weights(named_weights(lm).items(), version=1)
    return engine


def test_what_others_in_the_process_rely_on_stays_as_it_was(engine):
    before, seen = engine.call_method("states_around_sampling", request(temperature=1.2))
    assert len(seen) == 5
    assert all(state == before for state in seen)
    assert not before["set_num_threads"].startswith("vllm") and before["threads"] == 1
    assert before["variables"]["LD_PRELOAD"] is None and before["variables"]["LOCAL_WORLD_SIZE"] is None


def test_a_build_leaves_the_process_as_it_was(engine, contract_model_path):
    before = engine.call_method("process_state")
    engine.call_method("reopen_with", {"model": contract_model_path})
    assert engine.call_method("process_state") == before


def test_the_number_of_threads_is_honoured(vllm_engine):
    assert set(vllm_engine(num_threads=2).call_method("threads_while_sampling", 2)) == {2}
    assert set(vllm_engine().call_method("threads_while_sampling", 1)) == {1}


def test_an_abandoned_iterator_leaves_no_request_in_vllm(engine):
    stream = engine.generate([request(n=300, max_new_tokens=200)])
    next(stream)
    stream.close()
    assert engine.call_method("num_unfinished") == 0


def test_sleep_on_cpu_changes_nothing(engine):
    before = list(engine.generate([request()]))
    engine.sleep()
    assert_equal(engine.generate([request()]), before, tolerance=1e-4)
    engine.wake_up()
    with pytest.raises(ValueError, match="level=3"):
        engine.sleep(3)


def test_neighbouring_seeds_share_no_random_numbers(engine):
    groups = [{c.token_ids for c in engine.generate([request(n=8, seed=seed, stop_token_ids=())])} for seed in range(4)]
    assert len(set.union(*groups)) == 32


def test_a_load_empties_the_prefix_cache(engine, lm):
    weights = {name: weight.detach() for name, weight in named_weights(lm).items()}
    first, second, after_load = engine.call_method("cached_tokens_after_load", weights, tuple(range(100, 200)))
    assert (first, second, after_load) == (0, 96, 0)


def test_a_load_that_fails_half_way_is_mended_by_one_that_succeeds(engine, lm):
    weights = {name: weight.detach() for name, weight in named_weights(lm).items()}
    name = "model.layers.1.self_attn.k_proj.weight"
    (load, load_text), (generate, generate_text) = engine.call_method("half_load_errors", weights, name, request())
    assert load == generate == "WeightsMissingError"
    assert "version 9 failed" in load_text and "load_weights with a whole set first" in generate_text
    assert engine.weights_version == 1
    engine.load_weights(weights.items(), version=10)
    np.testing.assert_allclose(engine.token_logprobs((5, 6, 7)), plain_logprobs(lm, (5,), (6, 7)), atol=1e-4)


@pytest.mark.parametrize("notices", ["scoring", "sampling"])
def test_sound_weights_mend_an_engine_that_computed_with_broken_ones(engine, lm, notices):
    weights = {name: weight.detach() for name, weight in named_weights(lm).items()}
    engine.load_weights([(name, weight * float("nan")) for name, weight in weights.items()], version=2)
    if notices == "scoring":
        assert np.isnan(engine.token_logprobs((3, 4, 5, 6))).all()
    else:
        with pytest.raises(RuntimeError, match="weights version 2"):
            list(engine.generate([request(n=2)]))
    engine.load_weights(weights.items(), version=3)
    for completion in engine.generate([request(n=8, max_new_tokens=40)]):
        expected = plain_logprobs(lm, request().prompt_token_ids, completion.token_ids)
        np.testing.assert_allclose(completion.logprobs, expected, atol=1e-4)


def test_a_second_engine_in_the_process_is_refused(engine, contract_model_path):
    kind, text = engine.call_method("second_engine_error", contract_model_path)
    assert kind == "EngineStartError" and "one at a time" in text and "engine_in_own_process" in text
    assert len(list(engine.generate([request()]))) == 4


def test_untied_weights_load_too(vllm_engine, tmp_path, save_tiny_model):
    sizes = {"hidden_size": 64, "num_attention_heads": 2, "num_key_value_heads": 1, "tie_word_embeddings": False}
    models = [load_causal_lm(save_tiny_model(tmp_path / str(seed), seed=seed, **sizes)) for seed in range(2)]
    engine = vllm_engine(model=str(tmp_path / "0"))
    for version, model in enumerate([*models, models[0]], start=1):
        engine.load_weights(named_weights(model).items(), version)
        np.testing.assert_allclose(engine.token_logprobs((5, 6, 7)), plain_logprobs(model, (5,), (6, 7)), atol=1e-4)


def test_an_engine_without_its_models_weights_waits_for_the_first_load(vllm_engine, lm):
    engine = vllm_engine(load_weights_from_model=False)
    assert engine.weights_version == 0
    engine.load_weights(named_weights(lm).items(), version=1)
    np.testing.assert_allclose(engine.token_logprobs((5, 6, 7)), plain_logprobs(lm, (5,), (6, 7)), atol=1e-4)


def test_more_requests_than_slots_and_cache_are_all_served(vllm_engine, lm):
    requests = [request(f"r{i}", tuple(range(3, 20 + 7 * i)), n=8, seed=i, max_new_tokens=60) for i in range(6)]
    engine = vllm_engine()
    engine.load_weights(named_weights(lm).items(), version=1)
    expected = list(engine.generate(requests))
    engine = vllm_engine(max_num_seqs=8, kv_cache_bytes=600_000)
    engine.load_weights(named_weights(lm).items(), version=1)
    assert_equal(engine.generate(requests), expected, tolerance=1e-4)


def test_prompts_that_do_not_fit_into_one_step_are_sampled_as_ever(vllm_engine, lm):
    requests = [request(f"r{i}", tuple(range(3 + i, 103 + i)), n=3, seed=i) for i in range(6)]
    engine = vllm_engine()
    engine.load_weights(named_weights(lm).items(), version=1)
    expected = list(engine.generate(requests))
    engine = vllm_engine(engine_options={"max_num_batched_tokens": 256})
    engine.load_weights(named_weights(lm).items(), version=1)
    assert_equal(engine.generate(requests), expected, tolerance=1e-4)


def test_bfloat16_agrees_with_transformers_in_bfloat16(vllm_engine, contract_model_path):
    lm = load_causal_lm(contract_model_path, "bfloat16")
    engine = vllm_engine(dtype="bfloat16")
    differences = np.concatenate(
        [
            c.logprobs - plain_logprobs(lm, (5, 6, 7), c.token_ids)
            for c in engine.generate([request(n=32, max_new_tokens=64, stop_token_ids=())])
        ]
    )
    assert np.abs(differences).max() < BFLOAT16_TOLERANCE


@pytest.mark.slow
def test_memory_stays_flat_over_many_loads(vllm_engine, tmp_path, save_tiny_model):
    sizes = {"hidden_size": 256, "intermediate_size": 1024, "num_hidden_layers": 6, "num_attention_heads": 4}
    lm = load_causal_lm(save_tiny_model(tmp_path, **sizes))
    num_bytes = sum(weight.nbytes for weight in named_weights(lm).values())
    engine = vllm_engine(model=str(tmp_path))
    token_ids = make_canary_token_ids(300)
    canary = Canary(token_ids, plain_logprobs(lm, token_ids[:1], token_ids[1:]))
    resident = []
    for version in range(1, 51):
        if version % 2 == 0:
            scaled = {name: 0.9 * weight.detach() for name, weight in named_weights(lm).items()}
            engine.load_weights(scaled.items(), version)
        else:
            engine.load_weights(named_weights(lm).items(), version)
            check_canary(engine, canary, tolerance=1e-4)
        resident.append(engine.call_method("resident_bytes"))
    assert max(resident[10:]) - resident[9] < 2 * num_bytes


@pytest.mark.slow
def test_weights_reach_the_processes_of_a_split_model(tmp_path, save_tiny_model):
    sizes = {"hidden_size": 128, "num_attention_heads": 4, "num_key_value_heads": 2}
    models = [load_causal_lm(save_tiny_model(tmp_path / str(seed), seed=seed, **sizes)) for seed in range(2)]
    engine = EngineProcess("vllm", {"model": str(tmp_path / "0"), "tensor_parallel_size": 2})
    try:
        for version, model in enumerate([*models, models[0]], start=1):
            engine.load_weights(named_weights(model).items(), version)
            np.testing.assert_allclose(engine.token_logprobs((5, 6, 7)), plain_logprobs(model, (5,), (6, 7)), atol=1e-4)
        assert len(list(engine.generate([request()]))) == 4
    finally:
        engine.close()


@pytest.mark.slow
def test_a_start_that_fails_says_which_key_to_change(vllm_engine, contract_model_path, tiny_model_path):
    cases = [
        ({"kv_cache_bytes": 20_000}, "kv_cache_bytes=20000"),
        ({"max_model_len": 4096}, "max_model_len=4096"),
        ({"engine_options": {"quantization": "nothing_known"}}, "quantization='nothing_known'"),
        ({"start_timeout_s": 0.001}, "start_timeout_s=0.001"),
        ({"model": tiny_model_path}, "head_dim=8 .*set engine='transformers'"),
    ]
    engine = vllm_engine()
    engine.arguments_in_force = None
    errors = engine.call_method("start_errors", [{"model": contract_model_path, **arguments} for arguments, _ in cases])
    for (kind, text), (_, pattern) in zip(errors, cases, strict=True):
        assert kind == "EngineStartError" and re.search(pattern, text, re.DOTALL), text


def test_a_temperature_that_vllm_would_raise_is_refused(engine):
    with pytest.raises(ValueError, match=r"temperature=0.001.*at least 0.01"):
        list(engine.generate([request(temperature=0.001)]))


def test_after_a_failed_step_every_call_says_that_the_engine_is_dead(engine):
    engine.arguments_in_force = None
    raised = engine.call_method("errors_after_a_failed_step", request())
    assert len(raised) == 4
    assert all("failed while sampling: IndexError: broken in the middle" in text for text in raised)
