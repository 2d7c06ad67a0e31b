import dataclasses

import numpy as np
import pytest
import torch

from prorl_rllib.engines.model_loading import load_causal_lm, load_config, random_causal_lm
from prorl_rllib.engines.named_weights import named_weights
from prorl_rllib.engines.requests import GenerationRequest
from prorl_rllib.engines.sampling import sampling_logprobs
from prorl_rllib.engines.sampling_batch import Row, SamplingBatch, cut_into_batches
from prorl_rllib.engines.transformers_engine import TransformersEngine, attention_span

STOPS = (2, 40, 80, 120)


@pytest.fixture(scope="module")
def engine(tiny_model_path):
    engine = TransformersEngine(tiny_model_path)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def lm(tiny_model_path):
    return load_causal_lm(tiny_model_path)


def request(request_id="r", prompt=(5, 6, 7), **values):
    defaults = {"n": 4, "max_new_tokens": 24, "temperature": 1.0, "top_p": 1.0, "seed": 7, "stop_token_ids": STOPS}
    return GenerationRequest(request_id, tuple(prompt), **{**defaults, **values})


def mixed_requests():
    """Prompts of several lengths, so that some are padded."""
    return [request(f"r{i}", tuple(range(3, 5 + 3 * i)), seed=i, max_new_tokens=10 + 5 * i) for i in range(5)]


def sorted_completions(completions):
    return sorted(completions, key=lambda completion: (completion.request_id, completion.index))


def assert_equal(first, second, tolerance=0.0):
    first, second = sorted_completions(first), sorted_completions(second)
    assert [(c.request_id, c.index, c.token_ids, c.finish_reason) for c in first] == [
        (c.request_id, c.index, c.token_ids, c.finish_reason) for c in second
    ]
    for one, other in zip(first, second, strict=True):
        np.testing.assert_allclose(one.logprobs, other.logprobs, atol=tolerance, rtol=0)


@pytest.mark.parametrize("temperature", [1.0, 1.2])
@pytest.mark.parametrize("top_p", [1.0, 0.8])
def test_engine_logprobs_equal_a_plain_forward(engine, lm, temperature, top_p):
    requests = [dataclasses.replace(r, temperature=temperature, top_p=top_p) for r in mixed_requests()]
    prompts = {r.request_id: r.prompt_token_ids for r in requests}
    completions = list(engine.generate(requests))
    assert len(completions) == 20
    for completion in completions:
        prompt = prompts[completion.request_id]
        with torch.no_grad():
            logits = lm(input_ids=torch.tensor([prompt + completion.token_ids])).logits[0, len(prompt) - 1 : -1]
        expected = sampling_logprobs(logits, temperature, top_p)
        expected = expected.gather(1, torch.tensor(completion.token_ids)[:, None]).squeeze(1)
        assert completion.logprobs.dtype == np.float32
        np.testing.assert_allclose(completion.logprobs, expected.numpy(), atol=1e-4)


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


def test_greedy_takes_the_most_likely_token_and_reports_temperature_one(engine, lm):
    (completion,) = engine.generate([request(n=1, temperature=0.0, top_p=0.5, stop_token_ids=())])
    tokens = torch.tensor([(5, 6, 7, *completion.token_ids)])
    with torch.no_grad():
        logits = lm(input_ids=tokens).logits[0, 2:-1]
    assert logits.argmax(-1).tolist() == list(completion.token_ids)
    expected = torch.log_softmax(logits, -1).max(-1).values
    np.testing.assert_allclose(completion.logprobs, expected.numpy(), atol=1e-4)


def test_greedy_and_sampled_rows_share_a_batch(engine):
    sampled, greedy = request("sampled"), request("greedy", temperature=0.0)
    together = list(engine.generate([sampled, greedy]))
    assert_equal(together, [*engine.generate([sampled]), *engine.generate([greedy])], tolerance=1e-4)


def test_seeds_reproduce_and_differ(engine):
    assert_equal(engine.generate(mixed_requests()), engine.generate(mixed_requests()))
    first = [c.token_ids for c in engine.generate([request(seed=1)])]
    second = [c.token_ids for c in engine.generate([request(seed=2)])]
    assert len(set(first)) == 4 and first != second


def test_completions_come_in_the_same_order_every_time(engine):
    orders = [[(c.request_id, c.index) for c in engine.generate(mixed_requests())] for _ in range(2)]
    assert orders[0] == orders[1]


def test_a_row_does_not_depend_on_its_neighbours(engine):
    requests = mixed_requests()
    alone = [completion for one in requests for completion in engine.generate([one])]
    assert_equal(engine.generate(requests), alone, tolerance=1e-4)


def test_a_row_does_not_depend_on_where_batches_are_cut(engine, tiny_model_path):
    narrow = TransformersEngine(tiny_model_path, max_num_seqs=3)
    assert_equal(engine.generate(mixed_requests()), narrow.generate(mixed_requests()), tolerance=1e-4)


def test_prefilled_prompt_equals_unshared(engine):
    group = list(engine.generate([request(n=6)]))
    assert_equal([c for c in group if c.index == 0], engine.generate([request(n=1)]), tolerance=1e-4)


def test_finish_reasons_and_the_stop_token(engine):
    completions = list(engine.generate([request(n=32)]))
    stopped = [c for c in completions if c.finish_reason == "stop"]
    cut = [c for c in completions if c.finish_reason == "length"]
    assert stopped and cut
    assert all(c.token_ids[-1] in STOPS and not set(c.token_ids[:-1]) & set(STOPS) for c in stopped)
    assert all(len(c.token_ids) == 24 and not set(c.token_ids) & set(STOPS) for c in cut)
    assert all(len(c.token_ids) == len(c.logprobs) for c in completions)


def test_finished_rows_leave_and_completions_stream(lm):
    rows = cut_into_batches([request(n=64, max_new_tokens=64)], 64)[0]
    with torch.inference_mode():
        batch = SamplingBatch(lm, rows, weights_version=0)
        seen, sizes = [], []
        while not batch.done:
            seen += batch.advance()
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


def test_wrong_weights_are_errors_and_change_nothing(tiny_model_path, lm):
    engine = TransformersEngine(tiny_model_path)
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
            engine.load_weights(tensors.items(), version=1)
    assert engine.weights_version == 0
    for key, weight in named_weights(engine._lm).items():
        torch.testing.assert_close(weight, named_weights(lm)[key], rtol=0, atol=0)


def test_weights_may_not_change_while_sampling(tiny_model_path, lm):
    engine = TransformersEngine(tiny_model_path)
    stream = engine.generate([request(n=16)])
    next(stream)
    engine.load_weights(named_weights(lm).items(), version=1)
    with pytest.raises(RuntimeError, match="version 0 to 1"):
        list(stream)


def test_broken_weights_are_an_error_that_names_the_version(tiny_model_path, lm):
    engine = TransformersEngine(tiny_model_path)
    broken = {name: weight.detach().clone() for name, weight in named_weights(lm).items()}
    broken["model.norm.weight"][0] = float("nan")
    engine.load_weights(broken.items(), version=3)
    with pytest.raises(RuntimeError, match="weights version 3"):
        list(engine.generate([request()]))


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


def test_a_request_may_fill_the_context(engine):
    completions = list(engine.generate([request(n=2, max_new_tokens=253, stop_token_ids=())]))
    assert [len(c.token_ids) for c in completions] == [253, 253]


def test_request_ids_must_be_unique(engine):
    with pytest.raises(ValueError, match="occurs twice"):
        engine.generate([request("a"), request("a")])


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
