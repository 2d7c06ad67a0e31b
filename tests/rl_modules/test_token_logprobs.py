import pytest
import torch

from prorl_rllib.engines.model_loading import load_causal_lm, random_causal_lm
from prorl_rllib.rl_modules.token_logprobs import check_plain_head, token_logprobs


@pytest.fixture
def lm(tiny_model_path):
    return load_causal_lm(tiny_model_path, "float64")


def batch_of(tokens, mask, temperature=1.0):
    return {"tokens": tokens, "completion_mask": mask, "temperature": torch.tensor(temperature, dtype=torch.float64)}


def gradients(lm, tokens, mask, chunk_size):
    lm.zero_grad()
    logprobs, entropy = token_logprobs(lm, batch_of(tokens, mask, 1.3), chunk_size)
    weights = torch.linspace(-1, 1, len(logprobs), dtype=torch.float64)
    (weights * logprobs).sum().backward()
    return logprobs.detach(), entropy, [weight.grad.clone() for weight in lm.parameters()]


def make_inputs():
    tokens = torch.randint(3, 300, (4, 13), generator=torch.Generator().manual_seed(1))
    mask = torch.zeros(4, 13, dtype=torch.bool)
    mask[0, 2:], mask[1, 5:9], mask[3, 1:12] = True, True, True
    return tokens, mask


@pytest.mark.parametrize("chunk_size", [1, 3, 26])
def test_chunks_change_neither_numbers_nor_gradients(lm, chunk_size):
    tokens, mask = make_inputs()
    whole, chunked = gradients(lm, tokens, mask, 10_000), gradients(lm, tokens, mask, chunk_size)
    torch.testing.assert_close(whole, chunked, atol=1e-12, rtol=1e-12)


def test_gradients_equal_those_of_plain_logits(lm):
    tokens, mask = make_inputs()
    _, _, chunked = gradients(lm, tokens, mask, 4)
    lm.zero_grad()
    logits = lm(input_ids=tokens).logits / 1.3
    logprobs = torch.log_softmax(logits[:, :-1], -1).gather(-1, tokens[:, 1:, None]).squeeze(-1)[mask[:, 1:]]
    (torch.linspace(-1, 1, len(logprobs), dtype=torch.float64) * logprobs).sum().backward()
    torch.testing.assert_close(chunked, [weight.grad for weight in lm.parameters()], atol=1e-10, rtol=1e-10)


def test_logits_are_never_held_for_all_positions(lm, monkeypatch):
    tokens, mask = make_inputs()
    saved = []
    with torch.autograd.graph.saved_tensors_hooks(
        lambda tensor: saved.append(tuple(tensor.shape)) or tensor, lambda t: t
    ):
        token_logprobs(lm, batch_of(tokens, mask), 4)
    assert saved
    vocab_size = lm.config.vocab_size
    activations = [shape for shape in saved if len(shape) > 1 and shape[-1] == vocab_size and shape[0] != 32]
    assert activations == []


def test_a_mask_without_tokens_gives_empty_results(lm):
    tokens, mask = make_inputs()
    logprobs, entropy = token_logprobs(lm, batch_of(tokens, torch.zeros_like(mask)), 4)
    assert logprobs.shape == entropy.shape == (0,)


@pytest.mark.parametrize("change", ["first", "shape", "dtype"])
def test_a_wrong_mask_is_refused(lm, change):
    tokens, mask = make_inputs()
    if change == "first":
        mask[2, 0] = True
    wrong = {"first": mask, "shape": mask[:, :-1], "dtype": mask.long()}[change]
    with pytest.raises(ValueError, match="completion_mask"):
        token_logprobs(lm, batch_of(tokens, wrong), 4)


SMALL = {
    "vocab_size": 60,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_key_value_heads": 1,
}


@pytest.mark.parametrize("model_type", ["llama", "gpt2", "gpt_neox", "mistral", "qwen3", "phi3"])
def test_other_architectures_agree_with_their_own_logits(model_type):
    small = {**SMALL, "pad_token_id": 0} if model_type == "phi3" else SMALL
    lm = random_causal_lm({"model_type": model_type, **small}, "float64")
    check_plain_head(lm)
    tokens, mask = make_inputs()
    tokens = tokens % 60
    logprobs, _ = token_logprobs(lm, batch_of(tokens, mask), 4)
    expected = torch.log_softmax(lm(input_ids=tokens).logits[:, :-1], -1).gather(-1, tokens[:, 1:, None]).squeeze(-1)
    torch.testing.assert_close(logprobs, expected[mask[:, 1:]])


def test_architectures_that_change_logits_after_the_head_are_refused():
    lm = random_causal_lm({"model_type": "granite", **SMALL, "logits_scaling": 8.0})
    with pytest.raises(ValueError, match="GraniteForCausalLM changes its logits"):
        check_plain_head(lm)
