"""A low-rank adapter as policy, a snapshot of it as reference: needs peft (`pip install 'prorl-rllib[lora]'`)."""

import gymnasium
import pytest
import torch
from ray.rllib.core.rl_module.rl_module import RLModuleSpec

from prorl_rllib.engines.model_loading import load_causal_lm, random_causal_lm
from prorl_rllib.engines.named_weights import copy_weights, named_weights
from prorl_rllib.rl_modules import lora
from prorl_rllib.rl_modules.causal_lm_module import CausalLMModule
from prorl_rllib.rl_modules.export import export_hugging_face

pytest.importorskip("peft")

LORA = {"rank": 4, "alpha": 8.0}


def build(model, *, inference_only=False, **model_config):
    space = gymnasium.spaces.Text(10)
    model_config = {"model": model, "lora": LORA, **model_config}
    spec = RLModuleSpec(CausalLMModule, space, space, inference_only=inference_only, model_config=model_config)
    module = spec.build()
    module.make_target_networks()
    return module


def make_batch():
    tokens = torch.randint(3, 300, (3, 11), generator=torch.Generator().manual_seed(0))
    mask = (torch.arange(11) > 3).expand(3, 11)
    return {"tokens": tokens, "completion_mask": mask, "temperature": torch.tensor(1.0)}


def perturb(module):
    with torch.no_grad():
        for weight in module.trainable_parameters():
            weight.add_(0.1 * torch.randn_like(weight))


@pytest.fixture
def module(tiny_model_path):
    return build(tiny_model_path)


def test_a_fresh_adapter_and_its_reference_are_the_bare_model(module, tiny_model_path):
    bare = CausalLMModule(model_config={"model": tiny_model_path})
    expected = bare.forward_train(make_batch())["logprobs"].detach()
    assert torch.equal(module.forward_train(make_batch())["logprobs"].detach(), expected)
    assert torch.equal(module.forward_target(make_batch())["logprobs"], expected)


def test_only_the_adapter_is_trained_and_there_is_no_second_copy_of_the_weights(module, tiny_model_path):
    bare = load_causal_lm(tiny_model_path)
    assert module.ref is None and module.get_target_network_pairs() == []
    trained = module.trainable_parameters()
    assert (
        0
        < sum(weight.numel() for weight in trained)
        == sum(weight.numel() for weight in lora.adapter_weights(module.lm, lora.POLICY).values())
    )
    frozen = sum(weight.numel() for weight in module.parameters() if not weight.requires_grad)
    assert frozen == sum(weight.numel() for weight in bare.parameters()) + sum(weight.numel() for weight in trained)


@pytest.mark.parametrize("checkpointing", [False, True])
def test_a_reference_pass_between_forward_and_backward_changes_no_gradient(tiny_model_path, checkpointing):
    gradients = []
    for between in (False, True):
        module = build(tiny_model_path, gradient_checkpointing=checkpointing)
        torch.manual_seed(0)
        perturb(module)
        logprobs = module.forward_train(make_batch())["logprobs"]
        if between:
            module.forward_target(make_batch())
        logprobs.sum().backward()
        gradients.append([weight.grad for weight in module.trainable_parameters()])
        assert all(weight.grad is None for weight in lora.adapter_weights(module.lm, lora.REFERENCE).values())
    for plain, interrupted in zip(*gradients, strict=True):
        assert float(plain.abs().sum()) > 0 and torch.equal(plain, interrupted)


def test_reset_reference_copies_the_adapter_in_place_and_leaves_the_base_alone(module):
    base = lora.base_sample(module.lm)
    places = [weight.data_ptr() for weight in lora.adapter_weights(module.lm, lora.REFERENCE).values()]
    perturb(module)
    assert module.reference_difference() > 0
    before = module.forward_target(make_batch())["logprobs"]
    policy = module.forward_train(make_batch())["logprobs"].detach()
    assert not torch.allclose(before, policy)
    module.reset_reference()
    assert module.reference_difference() == 0
    assert torch.equal(module.forward_target(make_batch())["logprobs"], policy)
    assert places == [weight.data_ptr() for weight in lora.adapter_weights(module.lm, lora.REFERENCE).values()]
    assert torch.equal(base, lora.base_sample(module.lm))
    perturb(module)
    assert torch.equal(module.forward_target(make_batch())["logprobs"], policy)


@pytest.mark.parametrize(("dtype", "bound"), [("float32", 1e-5), ("bfloat16", 0.15)])
def test_engines_get_plain_weights_that_give_the_same_log_probabilities(tiny_model_path, dtype, bound):
    module = build(tiny_model_path, dtype=dtype)
    perturb(module)
    state = module.get_state(inference_only=True)
    plain = load_causal_lm(tiny_model_path, dtype)
    assert {name.removeprefix("lm."): value.dtype for name, value in state.items()} == {
        name: weight.dtype for name, weight in named_weights(plain).items()
    }
    copy_weights(plain, [(name.removeprefix("lm."), value) for name, value in state.items()])
    batch = make_batch()
    logits = plain(input_ids=batch["tokens"]).logits[:, :-1].float().log_softmax(-1)
    expected = logits.gather(-1, batch["tokens"][:, 1:, None]).squeeze(-1)[batch["completion_mask"][:, 1:]].detach()
    got = module.forward_train(batch)["logprobs"].detach()
    assert float((got - expected).abs().max()) < bound
    assert not torch.allclose(got, module.forward_target(batch)["logprobs"], atol=bound)


def test_an_inference_only_module_takes_the_merged_weights(module, tiny_model_path):
    perturb(module)
    sampler = build(tiny_model_path, inference_only=True)
    sampler.set_state(module.get_state(inference_only=True))
    got, expected = (one._forward_train(make_batch())["logprobs"] for one in (sampler, module))
    torch.testing.assert_close(got, expected, atol=1e-5, rtol=0)
    assert not any("lora" in name for name in sampler.get_state())


def test_a_checkpoint_holds_the_adapters_alone_and_restores_to_the_last_bit(module, tiny_model_path, tmp_path):
    perturb(module)
    module.reset_reference()
    perturb(module)
    module.save_to_path(str(tmp_path / "module"))
    restored = CausalLMModule.from_checkpoint(str(tmp_path / "module"))
    assert all("lora_" in name or name == "base.sample" for name in module.get_state())
    for name, value in module.get_state().items():
        assert torch.equal(value, restored.get_state()[name])
    for forward in ("forward_train", "forward_target"):
        one, other = (getattr(side, forward)(make_batch())["logprobs"] for side in (module, restored))
        assert torch.equal(one.detach(), other.detach())


def test_adapters_of_another_base_or_of_another_shape_are_refused(module, tmp_path, save_tiny_model, tiny_model_path):
    state = module.get_state()
    for other, message in (
        (build(save_tiny_model(tmp_path, seed=1)), "other frozen weights"),
        (build(tiny_model_path, lora={**LORA, "rank": 2}), "do not fit the adapter"),
        (CausalLMModule(model_config={"model": tiny_model_path}), "do not belong to this model|must start with"),
    ):
        with pytest.raises(ValueError, match=message):
            other.set_state(state)
    with pytest.raises(ValueError, match="other frozen weights"):
        module.set_state(module.get_state(inference_only=True))


def test_an_export_is_the_merged_model(module, tiny_model_path, tmp_path):
    perturb(module)
    folder = export_hugging_face(module, tiny_model_path, tmp_path / "policy")
    exported = CausalLMModule(model_config={"model": str(folder)})
    got, expected = (one.forward_train(make_batch())["logprobs"] for one in (exported, module))
    torch.testing.assert_close(got, expected, atol=1e-5, rtol=0)


def test_the_adapter_of_a_bfloat16_model_is_float32(tiny_model_path):
    module = build(tiny_model_path, dtype="bfloat16")
    assert {weight.dtype for weight in module.trainable_parameters()} == {torch.float32}
    assert module.forward_train(make_batch())["logprobs"].dtype == torch.float32


def test_named_layers_alone_are_adapted(tiny_model_path):
    module = build(tiny_model_path, lora={**LORA, "target_modules": ["q_proj", "v_proj"]})
    names = lora.adapter_weights(module.lm, lora.POLICY)
    assert len(names) == 8 and all("q_proj" in name or "v_proj" in name for name in names)


def test_without_reference_there_is_one_adapter(tiny_model_path):
    module = build(tiny_model_path, with_reference=False)
    assert lora.adapter_weights(module.lm, lora.REFERENCE) == {}
    with pytest.raises(RuntimeError, match="with_reference"):
        module.reset_reference()
    with pytest.raises(ValueError, match="with_reference=False"):
        module.set_state(build(tiny_model_path).get_state())


@pytest.mark.parametrize("model_type", ["gpt2", "gpt_neox", "llama"])
def test_other_architectures_merge_into_plain_weights(model_type):
    config = {"model_type": model_type, "vocab_size": 60, "num_hidden_layers": 2, "num_attention_heads": 2}
    config |= {"hidden_size": 16, "intermediate_size": 32}
    module = CausalLMModule(model_config={"hf_config": config, "lora": LORA, "dtype": "float64"})
    tokens = torch.arange(14).view(2, 7)
    bare = module.lm(input_ids=tokens).logits
    perturb(module)
    plain = random_causal_lm(config, "float64")
    state = module.get_state(inference_only=True)
    copy_weights(plain, [(name.removeprefix("lm."), value) for name, value in state.items()])
    expected = module.lm(input_ids=tokens).logits
    assert not torch.allclose(bare, expected, atol=1e-4)
    torch.testing.assert_close(plain(input_ids=tokens).logits, expected, atol=1e-9, rtol=0)
