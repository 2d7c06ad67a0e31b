"""One gradient, however the sequences are laid out: in float64, against one plain forward pass a sequence."""

import pytest
import torch

from prorl_rllib.algorithms.prorl.microbatches import make_microbatches
from prorl_rllib.engines.model_loading import load_causal_lm, random_causal_lm
from prorl_rllib.rl_modules.model_config import MODEL_CONFIG_DEFAULTS
from prorl_rllib.rl_modules.token_layout import lay_out, step_sequences
from prorl_rllib.rl_modules.token_logprobs import check_packing, token_logprobs

TEMPERATURE = 1.3
LAYOUTS = {
    "padded": {"packing": False, "shared_prefix": False},
    "packed": {"packing": True, "shared_prefix": False},
    "shared prefix": {"packing": True, "shared_prefix": True},
}


def load(path):
    return load_causal_lm(path, "float64", MODEL_CONFIG_DEFAULTS["attn_implementation"])


def make_step(seed=0, num_prompts=4, group_size=4, vocab_size=300):
    """Groups of one prompt each; some episodes go on for a second turn."""
    generator = torch.Generator().manual_seed(seed)

    def draw(low, high):
        return int(torch.randint(low, high, (1,), generator=generator))

    rows = []
    for _ in range(num_prompts):
        prompt = torch.randint(3, vocab_size, (draw(1, 12),), generator=generator)
        for _ in range(group_size):
            parts, mask = [prompt], [torch.zeros(len(prompt), dtype=torch.bool)]
            for turn in range(draw(1, 3)):
                for sampled in (False, True) if turn else (True,):
                    parts.append(torch.randint(3, vocab_size, (draw(1, 20),), generator=generator))
                    mask.append(torch.full((len(parts[-1]),), sampled))
            rows.append((torch.cat(parts), torch.cat(mask)))
    pad = torch.nn.utils.rnn.pad_sequence
    tokens, mask = (pad([row[part] for row in rows], batch_first=True) for part in (0, 1))
    return tokens, mask, torch.tensor([len(row) for row, _ in rows])


def weights_of(count):
    return torch.linspace(-1, 2, count, dtype=torch.float64)


def plain_gradient(lm, tokens, mask, lengths):
    """The formula written out: one sequence at a time, full logits."""
    lm.zero_grad()
    parts = []
    for row, length in enumerate(lengths.tolist()):
        logprobs = (lm(input_ids=tokens[row : row + 1, :length]).logits[0] / TEMPERATURE).log_softmax(-1)
        times = mask[row, :length].nonzero().squeeze(1)
        parts.append(logprobs[times - 1, tokens[row, times]])
    logprobs = torch.cat(parts)
    (weights_of(len(logprobs)) * logprobs).sum().backward()
    return logprobs.detach(), [weight.grad.clone() for weight in lm.parameters()]


def laid_out_gradient(lm, step, *, max_tokens=100_000, chunk_size=7, backwards=False, **layout):
    tokens, mask, lengths = step
    batches = make_microbatches(tokens, mask, lengths, max_tokens=max_tokens, temperature=TEMPERATURE, **layout)
    lm.zero_grad()
    count = int(mask.sum())
    logprobs = torch.zeros(count, dtype=torch.float64)
    for batch in reversed(batches) if backwards else batches:
        found, _ = token_logprobs(lm, batch, chunk_size)
        (weights_of(count)[batch["token_index"]] * found).sum().backward()
        logprobs[batch["token_index"]] = found.detach()
    return logprobs, [weight.grad.clone() for weight in lm.parameters()]


def assert_equal_to_a_millionth(found, expected):
    # Transformers computes some norms in float32 whatever the dtype of the model.
    torch.testing.assert_close(found[0], expected[0], atol=1e-6, rtol=0)
    scale = max(float(gradient.abs().max()) for gradient in expected[1])
    for left, right in zip(found[1], expected[1], strict=True):
        assert float((left - right).abs().max()) < 1e-6 * scale


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
@pytest.mark.parametrize(
    "change", [{}, {"max_tokens": 60}, {"max_tokens": 1}, {"chunk_size": 1}, {"max_tokens": 60, "backwards": True}]
)
def test_the_gradient_is_that_of_one_sequence_at_a_time(tiny_model_path, layout, change):
    lm, step = load(tiny_model_path), make_step()
    assert_equal_to_a_millionth(laid_out_gradient(lm, step, **layout, **change), plain_gradient(lm, *step))


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_gradient_checkpointing_and_layout_go_together(tiny_model_path, layout):
    lm, step = load(tiny_model_path), make_step(1)
    expected = plain_gradient(lm, *step)
    lm.train().gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    assert_equal_to_a_millionth(laid_out_gradient(lm, step, max_tokens=150, **layout), expected)


def test_a_shared_prompt_is_laid_out_once_and_multi_turn_episodes_share_it_too():
    tokens, mask, lengths = make_step(num_prompts=2, group_size=4)
    assert any((row[1:] & ~row[:-1]).sum() > 1 for row in mask)
    step = step_sequences(tokens, mask, lengths)
    packed = lay_out(step, range(8), packing=True)
    shared = lay_out(step, range(8), packing=True, shared_prefix=True)
    prompts = [step.prompt_lengths[0], step.prompt_lengths[4]]
    assert packed["tokens"].shape == (1, int(lengths.sum()))
    assert shared["tokens"].shape == (1, int(lengths.sum()) - 3 * sum(prompts))
    assert len(packed["targets"]) == len(shared["targets"]) == int(mask.sum())


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_outputs_know_their_token_and_their_sequence(layout):
    tokens, mask, lengths = make_step()
    owners = torch.arange(len(tokens))[:, None].expand_as(mask)[mask]
    seen = []
    for batch in make_microbatches(tokens, mask, lengths, max_tokens=70, temperature=1.0, **layout):
        assert torch.equal(batch["targets"], tokens[mask][batch["token_index"]])
        assert torch.equal(batch["sequence_index"], owners[batch["token_index"]])
        seen.append(batch["token_index"])
    assert sorted(torch.cat(seen).tolist()) == list(range(int(mask.sum())))


def test_a_sequence_without_sampled_tokens_has_no_outputs_and_harms_none(tiny_model_path):
    tokens, mask, lengths = make_step(num_prompts=2)
    mask[1] = False
    lm, step = load(tiny_model_path), (tokens, mask, lengths)
    expected = plain_gradient(lm, *step)
    for layout in LAYOUTS.values():
        assert_equal_to_a_millionth(laid_out_gradient(lm, step, **layout), expected)


def test_a_shared_prefix_needs_packing():
    with pytest.raises(ValueError, match="needs packing=True"):
        lay_out(step_sequences(*make_step()), [0], shared_prefix=True)


SMALL = {
    "vocab_size": 60,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_key_value_heads": 1,
}


@pytest.mark.parametrize("model_type", ["llama", "gpt2", "gpt_neox", "mistral", "qwen3", "phi3"])
def test_other_architectures_pack(model_type):
    small = {**SMALL, "pad_token_id": 0} if model_type == "phi3" else SMALL
    lm = random_causal_lm({"model_type": model_type, **small}, "float64", MODEL_CONFIG_DEFAULTS["attn_implementation"])
    check_packing(lm)
    step = make_step(vocab_size=60)
    expected = plain_gradient(lm, *step)
    for layout in LAYOUTS.values():
        assert_equal_to_a_millionth(laid_out_gradient(lm, step, **layout), expected)


def test_architectures_with_a_state_along_the_row_are_refused():
    config = {"model_type": "mamba", "vocab_size": 60, "num_hidden_layers": 2, "hidden_size": 16, "state_size": 4}
    lm = random_causal_lm(config, "float64", MODEL_CONFIG_DEFAULTS["attn_implementation"])
    with pytest.raises(ValueError, match="packing=False"):
        check_packing(lm)
