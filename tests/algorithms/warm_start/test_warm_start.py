import json
import os
import random
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import ray
import torch
from filelock import FileLock

from prorl_rllib.algorithms.warm_start import ensure_warm_start
from prorl_rllib.algorithms.warm_start.training_data import pad


def test_a_warm_start_lowers_the_loss_and_is_made_once(small_config, cache):
    seen = []
    result = ensure_warm_start(small_config, lambda *progress: seen.append(progress))
    assert [progress[:2] for progress in seen] == [(10, 30), (20, 30), (30, 30)]
    assert seen[-1][2] < 0.9 * seen[0][2]
    assert not result.cached
    again = ensure_warm_start(small_config)
    assert (again.path, again.cached) == (result.path, True)
    assert again.seconds < 1
    record = json.loads((cache / small_config.cache_key() / "warm_start.json").read_text())
    assert record["config"] == json.loads(json.dumps(small_config.identity()))
    assert record["final_loss"] == pytest.approx(seen[-1][2])


def test_the_folder_loads_with_the_auto_classes(small_config, cache):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    path = ensure_warm_start(small_config.training(num_steps=2)).path
    model, tokenizer = AutoModelForCausalLM.from_pretrained(path), AutoTokenizer.from_pretrained(path)
    assert model.config.model_type == "qwen2"
    assert model.config.vocab_size == len(tokenizer)
    assert model.config.eos_token_id == tokenizer.eos_token_id
    ids = tokenizer.apply_chat_template(
        [{"role": "user", "content": "Compute 4 + 7 - 3."}], add_generation_prompt=True, return_tensors="pt"
    )["input_ids"]
    assert ids.shape[1] < 20
    assert model(ids).logits.isfinite().all()


def test_threads_generators_and_ray_are_left_as_they_were(small_config, cache):
    def state():
        return torch.get_num_threads(), random.getstate(), torch.get_rng_state().tolist(), ray.is_initialized()

    before = state()
    ensure_warm_start(small_config.training(num_steps=2, num_threads=before[0] + 1))
    assert state() == before


def test_who_waits_for_the_same_model_takes_the_one_made_meanwhile(small_config, cache):
    made = ensure_warm_start(small_config.training(num_steps=2)).path
    with ThreadPoolExecutor(1) as pool:
        with FileLock(f"{made}.lock"):
            os.rename(made, f"{made}.hidden")
            waiting = pool.submit(ensure_warm_start, small_config)
            time.sleep(0.3)
            assert not waiting.done()
            os.rename(f"{made}.hidden", made)
        assert waiting.result(timeout=30).cached


def test_the_same_seed_gives_the_same_model(small_config, cache, tmp_path, monkeypatch):
    first = ensure_warm_start(small_config.training(num_steps=3)).path
    monkeypatch.setenv("PRORL_RLLIB_CACHE", str(tmp_path / "other"))
    second = ensure_warm_start(small_config).path
    assert first != second
    with open(f"{first}/model.safetensors", "rb") as one, open(f"{second}/model.safetensors", "rb") as other:
        assert one.read() == other.read()


def test_an_interrupted_run_leaves_no_cache_entry(small_config, cache):
    def interrupt(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ensure_warm_start(small_config, interrupt)
    assert [entry.name for entry in cache.iterdir() if not entry.name.endswith(".lock")] == []


def test_waiting_for_another_process_has_a_deadline(small_config, cache):
    cache.mkdir(parents=True)
    with (
        FileLock(f"{cache / small_config.cache_key()}.lock"),
        pytest.raises(TimeoutError, match=r"cache_timeout_s=0.2 s"),
    ):
        ensure_warm_start(small_config.training(cache_timeout_s=0.2))


def test_a_data_set_without_solver_is_an_error_before_training(small_config, cache):
    small_config.env_config = {"datasets": ["percent"]}
    config = small_config.environment("prorl_rllib:prorl/Math-v0")
    with pytest.raises(ValueError, match=r"no worked solutions for data set 'percent'.*sum_chain"):
        ensure_warm_start(config)


def test_a_solution_beyond_the_context_is_an_error(small_config, cache):
    config = small_config.model_architecture(max_position_embeddings=16)
    with pytest.raises(ValueError, match="max_position_embeddings=16"):
        ensure_warm_start(config)


def test_only_the_solution_carries_loss():
    batch = pad([([1, 2, 3], [4, 5]), ([6], [7])], pad_token_id=0)
    assert batch.tokens.tolist() == [[1, 2, 3, 4, 5], [6, 7, 0, 0, 0]]
    assert batch.completion_mask.tolist() == [[False, False, False, True, True], [False, True, False, False, False]]


def test_it_runs_as_any_algorithm_and_resumes_where_it_was(small_config, tmp_path):
    algo = small_config.build_algo()
    algo.train()
    algo.save_to_path(tmp_path / "checkpoint")
    algo.train()
    expected = weights_of(algo)
    algo.restore_from_path(tmp_path / "checkpoint")
    assert algo.steps_taken == 10
    result = algo.train()
    assert result["learners"]["default_policy"]["num_steps"] == 20
    assert not result["done"]
    for name, weight in weights_of(algo).items():
        assert torch.equal(weight, expected[name])
    assert algo.train()["done"]
    with pytest.raises(RuntimeError, match="num_steps=30"):
        algo.train()
    algo.stop()


def weights_of(algo):
    """The weights of an algorithm's model."""
    return algo.learner_group.get_weights()["default_policy"]
