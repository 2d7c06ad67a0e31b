import sys

import gymnasium
import pytest
import ray
import torch
from ray.rllib.core.rl_module.rl_module import RLModuleSpec

from prorl_rllib.algorithms.prorl.microbatches import make_microbatches
from prorl_rllib.engines.named_weights import named_weights
from prorl_rllib.rl_modules.causal_lm_module import CausalLMModule


def build(model=None, *, inference_only=False, **model_config):
    """Build through the spec, as a learner does."""
    space = gymnasium.spaces.Text(10)
    spec = RLModuleSpec(
        module_class=CausalLMModule,
        observation_space=space,
        action_space=space,
        inference_only=inference_only,
        model_config={"model": model, **model_config},
    )
    return spec.build()


def make_batch(temperature=1.0, seed=0):
    generator = torch.Generator().manual_seed(seed)
    tokens = torch.randint(3, 300, (3, 11), generator=generator)
    mask = torch.zeros(3, 11, dtype=torch.bool)
    for row, (start, end) in enumerate([(3, 11), (4, 6), (1, 9)]):
        mask[row, start:end] = True
        tokens[row, end:] = 0
    return {"tokens": tokens, "completion_mask": mask, "temperature": torch.tensor(temperature)}


def perturb(lm, scale=0.05):
    with torch.no_grad():
        for weight in lm.parameters():
            weight.add_(scale * torch.randn_like(weight))


@pytest.fixture
def module(tiny_model_path):
    module = build(tiny_model_path, logprob_chunk_size=4)
    module.make_target_networks()
    return module


@pytest.mark.parametrize("temperature", [1.0, 1.3])
def test_logprobs_equal_those_of_each_sequence_alone_and_unpadded(module, temperature):
    batch = make_batch(temperature)
    got = module.forward_train(batch)
    expected, entropies = [], []
    for tokens, mask in zip(batch["tokens"], batch["completion_mask"], strict=True):
        places = mask.nonzero().squeeze(1)
        logits = module.lm(input_ids=tokens[None, : places[-1] + 1]).logits[0, places - 1]
        distribution = torch.distributions.Categorical(logits=logits / temperature)
        expected.append(distribution.log_prob(tokens[places]))
        entropies.append(distribution.entropy())
    torch.testing.assert_close(got["logprobs"], torch.cat(expected), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(got["entropy"], torch.cat(entropies), atol=1e-5, rtol=1e-5)
    assert got["logprobs"].requires_grad and not got["entropy"].requires_grad


def test_the_reference_equals_the_policy_at_first_and_has_no_gradient(module):
    batch = make_batch()
    reference = module.forward_target(batch)["logprobs"]
    torch.testing.assert_close(reference, module.forward_train(batch)["logprobs"].detach(), atol=0, rtol=0)
    assert not reference.requires_grad
    assert not any(weight.requires_grad for weight in module.ref.parameters())
    assert all(weight.requires_grad for weight in module.lm.parameters())
    pointers = {weight.data_ptr() for weight in module.lm.parameters()}
    assert not pointers & {weight.data_ptr() for weight in module.ref.parameters()}


def test_the_reference_stays_in_eval_mode(module):
    module.forward_train(make_batch())
    assert module.lm.training
    assert not any(part.training for part in module.ref.modules())


def test_train_mode_changes_no_number(tiny_model_path, tmp_path, save_tiny_model):
    module = build(save_tiny_model(tmp_path, attention_dropout=0.5))
    batch = make_batch()
    torch.testing.assert_close(
        module.forward_train(batch)["logprobs"], module.forward_train(batch)["logprobs"], atol=0, rtol=0
    )


def test_gradient_checkpointing_changes_no_gradient(tiny_model_path):
    gradients = []
    for checkpointing in (False, True):
        module = build(tiny_model_path, gradient_checkpointing=checkpointing)
        module.forward_train(make_batch())["logprobs"].sum().backward()
        gradients.append([weight.grad for weight in module.lm.parameters()])
    for plain, checkpointed in zip(*gradients, strict=True):
        torch.testing.assert_close(plain, checkpointed)


def make_step():
    batch = make_batch()
    lengths = torch.tensor([11, 6, 9])
    return (batch["tokens"], batch["completion_mask"], lengths), {"temperature": 1.0, "max_tokens": 14}


@pytest.mark.parametrize("packing", [False, True])
@pytest.mark.parametrize("shared_prefix", [False, True])
def test_log_probabilities_of_a_step_come_in_its_order_from_one_pass(module, packing, shared_prefix):
    perturb(module.lm)
    step, cut = make_step()
    layout = {"packing": packing or shared_prefix, "shared_prefix": shared_prefix}
    microbatches = make_microbatches(*step, **cut, **layout)
    assert len(microbatches) > 1
    found = module.batch_logprobs(iter(microbatches), policy=True, reference=True)
    batch = make_batch()
    expected = {
        "policy": module.forward_train(batch)["logprobs"].detach(),
        "reference": module.forward_target(batch)["logprobs"],
    }
    assert not any(logprobs.requires_grad for logprobs in found.values())
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)
    assert not torch.allclose(expected["policy"], expected["reference"])


def test_log_probabilities_of_a_step_are_to_the_last_bit_those_of_training(module):
    step, cut = make_step()
    microbatches = make_microbatches(*step, **cut, packing=True, shared_prefix=True)
    before = module.batch_logprobs(microbatches, policy=True)["policy"]
    for batch in microbatches:
        assert torch.equal(module.forward_train(batch)["logprobs"].detach(), before[batch["token_index"]])


def test_no_model_runs_whose_log_probabilities_are_not_needed(module, monkeypatch):
    step, cut = make_step()
    microbatches = make_microbatches(*step, **cut, packing=False, shared_prefix=False)
    calls = []
    for name, lm in (("policy", module.lm), ("reference", module.ref)):
        decoder = lm.get_decoder()
        decoder.register_forward_pre_hook(lambda *_, name=name: calls.append(name))
    assert module.batch_logprobs(microbatches) == {} and calls == []
    assert list(module.batch_logprobs(microbatches, reference=True)) == ["reference"]
    assert set(calls) == {"reference"} and len(calls) == len(microbatches)


def test_bfloat16_weights_give_float32_log_probabilities_within_a_tenth(tiny_model_path):
    """The bound is of this model; the softmax over rounded logits is in float32 and adds nothing to it."""
    half = build(tiny_model_path, dtype="bfloat16")
    full = build(tiny_model_path)
    full.set_state({name: value.float() for name, value in half.get_state().items()})
    batch = make_batch()
    got, expected = (one.forward_train(batch) for one in (half, full))
    assert got["logprobs"].dtype == got["entropy"].dtype == torch.float32
    assert float((got["logprobs"] - expected["logprobs"]).detach().abs().max()) < 0.1
    assert {value.dtype for value in half.get_state(inference_only=True).values()} == {torch.bfloat16}


def test_reset_reference_copies_in_place(module):
    places = [weight.data_ptr() for weight in named_weights(module.ref).values()]
    perturb(module.lm)
    batch = make_batch()
    assert not torch.allclose(module.forward_target(batch)["logprobs"], module.forward_train(batch)["logprobs"])
    module.reset_reference()
    assert module.reference_difference() == 0
    assert places == [weight.data_ptr() for weight in named_weights(module.ref).values()]
    torch.testing.assert_close(
        module.forward_target(batch)["logprobs"], module.forward_train(batch)["logprobs"].detach(), atol=0, rtol=0
    )
    perturb(module.lm)
    assert not torch.allclose(module.forward_target(batch)["logprobs"], module.forward_train(batch)["logprobs"])


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_state_round_trips_with_tied_embeddings(tiny_model_path, dtype):
    module = build(tiny_model_path, dtype=dtype)
    module.make_target_networks()
    perturb(module.lm)
    state = ray.cloudpickle.loads(ray.cloudpickle.dumps(module.get_state()))
    assert {name.split(".")[0] for name in state} == {"lm", "ref"}
    assert not any("lm_head" in name for name in state)
    assert {value.dtype for value in state.values()} == {getattr(torch, dtype)}
    other = build(tiny_model_path, dtype=dtype)
    places = [weight.data_ptr() for weight in named_weights(other.lm).values()]
    other.set_state(state)
    assert places == [weight.data_ptr() for weight in named_weights(other.lm).values()]
    assert other.lm.lm_head.weight.data_ptr() == other.lm.get_input_embeddings().weight.data_ptr()
    for name, value in other.get_state().items():
        assert torch.equal(value, state[name])


def test_untied_heads_are_part_of_the_state(tmp_path, save_tiny_model):
    module = build(save_tiny_model(tmp_path, tie_word_embeddings=False))
    assert "lm.lm_head.weight" in module.get_state()


def test_the_state_is_a_copy(module):
    state = module.get_state()
    before = state["lm.model.norm.weight"].clone()
    perturb(module.lm)
    assert torch.equal(state["lm.model.norm.weight"], before)


def test_an_inference_only_state_leaves_the_reference_alone(module, tiny_model_path):
    state = module.get_state(inference_only=True)
    assert all(name.startswith("lm.") for name in state)
    reference = {name: weight.clone() for name, weight in named_weights(module.ref).items()}
    module.set_state({name: weight + 1 for name, weight in state.items()})
    assert torch.equal(module.get_state()["lm.model.norm.weight"], state["lm.model.norm.weight"] + 1)
    assert all(torch.equal(weight, reference[name]) for name, weight in named_weights(module.ref).items())


def test_an_inference_only_module_never_has_a_reference(module, tiny_model_path):
    sampler = build(tiny_model_path, inference_only=True)
    sampler.set_state(module.get_state())
    sampler.make_target_networks()
    assert sampler.ref is None and sampler.get_target_network_pairs() == []


def test_wrong_states_are_errors_and_change_nothing(module):
    state = module.get_state()
    before = {name: value.clone() for name, value in state.items()}
    zeros = {name: torch.zeros_like(value) for name, value in state.items()}
    wrong = [
        {name: value for name, value in zeros.items() if name != "lm.model.norm.weight"},
        {**zeros, "lm.other": torch.zeros(1)},
        {**zeros, "lm.model.norm.weight": torch.zeros(1)},
        {**zeros, "ref.model.norm.weight": torch.zeros(1)},
        {**zeros, "policy.weight": torch.zeros(1)},
    ]
    for bad in wrong:
        with pytest.raises(ValueError):
            module.set_state(bad)
        assert all(torch.equal(value, before[name]) for name, value in module.get_state().items())


def test_without_reference_there_is_none_and_a_state_that_holds_one_is_refused(module, tiny_model_path):
    bare = build(tiny_model_path, with_reference=False)
    bare.make_target_networks()
    assert bare.ref is None
    with pytest.raises(RuntimeError, match="with_reference"):
        bare.reset_reference()
    with pytest.raises(ValueError, match="with_reference=False"):
        bare.set_state(module.get_state())


def test_a_module_is_built_from_an_architecture_alone(module):
    config = module.lm.config.to_dict()
    random = build(hf_config=config, logprob_chunk_size=4)
    random.set_state(module.get_state())
    batch = make_batch()
    torch.testing.assert_close(
        random.forward_train(batch)["logprobs"], module.forward_train(batch)["logprobs"], atol=0, rtol=0
    )


@pytest.mark.parametrize(
    ("model_config", "message"),
    [
        ({}, "no `model`"),
        ({"model": "x", "chunk": 3}, "unknown keys.*chunk"),
        ({"model": "x", "logprob_chunk_size": 0}, "logprob_chunk_size=0"),
        ({"hf_config": {"vocab_size": 3}}, "model_type"),
        ({"model": "x", "lora": {"r": 3}}, "lora has unknown keys"),
        ({"model": "x", "lora": {"rank": 0}}, r"lora\['rank'\]=0"),
        ({"model": "x", "lora": {"alpha": 0}}, r"lora\['alpha'\]=0"),
        ({"model": "x", "lora": {"target_modules": "q_proj"}}, "all-linear"),
    ],
)
def test_a_wrong_model_config_is_named(model_config, message):
    with pytest.raises(ValueError, match=message):
        build(**model_config)


def test_a_low_rank_adapter_without_peft_is_an_error_that_says_what_to_install(monkeypatch, tiny_model_path):
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(ImportError, match=r"pip install 'prorl-rllib\[lora\]'"):
        build(tiny_model_path, lora={})


def test_an_unknown_dtype_is_named(tiny_model_path):
    with pytest.raises(ValueError, match=r"dtype='int8'.*bfloat16"):
        build(tiny_model_path, dtype="int8")


def test_an_attribute_error_is_not_taken_for_an_old_style_module(monkeypatch, tiny_model_path):
    def broken(settings):
        raise AttributeError("no such attribute")

    monkeypatch.setattr("prorl_rllib.rl_modules.causal_lm_module._load", broken)
    with pytest.raises(RuntimeError, match="no such attribute"):
        build(tiny_model_path)


def test_a_saved_module_is_restored_from_its_path(module, tmp_path):
    perturb(module.lm)
    module.save_to_path(str(tmp_path / "module"))
    restored = CausalLMModule.from_checkpoint(str(tmp_path / "module"))
    for name, value in restored.get_state().items():
        assert torch.equal(value, module.get_state()[name])
