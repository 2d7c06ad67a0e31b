import numpy as np
import pytest
import torch
from requests_for_tests import assert_equal, mixed_requests, request

from prorl_rllib.engines.model_loading import load_causal_lm, load_config, random_causal_lm
from prorl_rllib.engines.named_weights import named_weights
from prorl_rllib.engines.sampling_batch import Row, SamplingBatch, cut_into_batches
from prorl_rllib.engines.transformers_engine import TransformersEngine, attention_span


@pytest.fixture(scope="module")
def engine(tiny_model_path):
    engine = TransformersEngine(tiny_model_path)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def lm(tiny_model_path):
    return load_causal_lm(tiny_model_path)


@pytest.mark.parametrize("model_type", ["llama", "gpt2", "gpt_neox", "mistral"])
def test_other_architectures_agree_with_a_plain_forward(model_type, tmp_path):
    small = {"vocab_size": 130, "num_hidden_layers": 2, "num_attention_heads": 2, "hidden_size": 16}
    lm = random_causal_lm(
        {
            "model_type": model_type,
            "num_key_value_heads": 1,
            "intermediate_size": 32,
            "max_position_embeddings": 64,
            **small,
        }
    )
    lm.save_pretrained(tmp_path)
    requests = mixed_requests()
    prompts = {r.request_id: r.prompt_token_ids for r in requests}
    for completion in TransformersEngine(str(tmp_path)).generate(requests):
        prompt = prompts[completion.request_id]
        with torch.no_grad():
            logits = lm(input_ids=torch.tensor([prompt + completion.token_ids])).logits[0, len(prompt) - 1 : -1]
        expected = torch.log_softmax(logits, -1).gather(1, torch.tensor(completion.token_ids)[:, None]).squeeze(1)
        np.testing.assert_allclose(completion.logprobs, expected.numpy(), atol=1e-4)


def test_a_row_does_not_depend_on_where_batches_are_cut(engine, tiny_model_path):
    narrow = TransformersEngine(tiny_model_path, max_num_seqs=3)
    assert_equal(engine.generate(mixed_requests()), narrow.generate(mixed_requests()), tolerance=1e-4)


def test_finished_rows_leave_and_completions_stream(lm):
    rows = cut_into_batches([request(n=64, max_new_tokens=64)], 64)[0]
    with torch.inference_mode():
        batch = SamplingBatch(lm, rows, weights_version=0)
        seen, sizes = [], []
        while not batch.done:
            seen += batch.step()
            sizes.append(batch.num_rows)
    assert len(seen) == 64 and len({c.index for c in seen}) == 64
    lengths = [len(c.token_ids) for c in seen]
    assert lengths == sorted(lengths)
    assert sizes == sorted(sizes, reverse=True) and sizes[0] > sizes[-1]


def test_batches_follow_submission_order_and_keep_groups_whole():
    requests = [request("a", n=3), request("b", n=2), request("c", n=9)]
    batches = cut_into_batches(requests, 4)
    flat = [(row.request.request_id, row.index) for batch in batches for row in batch]
    assert flat == [(r.request_id, i) for r in requests for i in range(r.n)]
    assert [len(batch) for batch in batches] == [3, 2, 4, 4, 1]
    assert batches[0][0] == Row(requests[0], 0)


def test_weights_load_in_place_and_stamp_the_version(tiny_model_path, engine, lm):
    other = TransformersEngine(tiny_model_path, load_weights_from_model=False)
    assert other.weights_version == 0
    live = {name: weight.data_ptr() for name, weight in named_weights(other._lm).items()}
    other.load_weights(((name, weight.detach().numpy()) for name, weight in named_weights(lm).items()), version=5)
    assert other.weights_version == 5
    assert live == {name: weight.data_ptr() for name, weight in named_weights(other._lm).items()}
    completions = list(other.generate([request()]))
    assert {c.weights_version for c in completions} == {5}
    assert_equal(completions, engine.generate([request()]))


def test_opening_and_sampling_leave_torchs_generator_alone(tiny_model_path):
    before = torch.get_rng_state()
    engine = TransformersEngine(tiny_model_path, load_weights_from_model=False)
    list(engine.generate([request()]))
    assert torch.equal(torch.get_rng_state(), before)


def test_torch_modes_are_the_callers_between_completions(tiny_model_path):
    engine = TransformersEngine(tiny_model_path, num_threads=2)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for _ in engine.generate([request()]):
            assert torch.get_num_threads() == 1
            assert not torch.is_inference_mode_enabled()
    finally:
        torch.set_num_threads(before)


def test_a_closed_engine_says_so(tiny_model_path):
    engine = TransformersEngine(tiny_model_path)
    engine.close()
    engine.close()
    with pytest.raises(RuntimeError, match="closed"):
        engine.generate([request()])


def test_a_sliding_window_bounds_the_context_and_other_layers_are_refused(tiny_model_path):
    config = load_config(tiny_model_path)
    assert attention_span(config) == 256
    config.layer_types, config.sliding_window = ["full_attention", "sliding_attention"], 32
    assert attention_span(config) == 32
    config.layer_types = ["full_attention", "linear_attention"]
    with pytest.raises(ValueError, match="linear_attention"):
        attention_span(config)


@pytest.mark.parametrize("model", ["./nowhere", "/nowhere/at/all", "~/nowhere", "a/b/c"])
def test_a_path_that_does_not_exist_is_named(model):
    with pytest.raises(FileNotFoundError, match=f"{model}.*key `model`"):
        TransformersEngine(model)


def test_a_folder_without_a_model_is_named(tmp_path):
    with pytest.raises(OSError, match=f"could not load the config of model='{tmp_path}'"):
        TransformersEngine(str(tmp_path))
