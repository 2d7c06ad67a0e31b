"""Half-precision weights are trained as if they were float32, and resume exactly."""

import io
import warnings

import pytest
import torch
from ray.rllib.utils.numpy import convert_to_numpy

from prorl_rllib.algorithms.master_weights import MasterWeightsAdamW

SETTINGS = {"lr": 2e-6, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.01}


def make_weights(dtype, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [torch.nn.Parameter(torch.randn(shape, generator=generator).to(dtype)) for shape in ((20, 10), (10,))]


def set_gradients(weights, step, parts=1):
    """Gradients that float32 and bfloat16 hold alike, in parts that sum up to them."""
    generator = torch.Generator().manual_seed(100 + step)
    gradients = [torch.randn(weight.shape, generator=generator).bfloat16() for weight in weights]
    for part in range(parts):
        share = 2.0 ** -min(part + 1, parts - 1) if parts > 1 else 1.0
        for weight, gradient in zip(weights, gradients, strict=True):
            weight.grad = gradient.to(weight.dtype) * share
        yield


def train(optimizer, weights, steps, parts=1):
    for step in steps:
        optimizer.zero_grad()
        for _ in set_gradients(weights, step, parts):
            optimizer.collect_gradients()
        optimizer.step()


def test_small_steps_add_up_as_they_do_in_float32():
    half = make_weights(torch.bfloat16)
    optimizer = MasterWeightsAdamW(half, **SETTINGS)
    full = [torch.nn.Parameter(weight.detach().float()) for weight in half]
    expected = torch.optim.AdamW(full, **SETTINGS)
    for step in range(300):
        for _ in set_gradients(full, step):
            expected.step()
    train(optimizer, half, range(300))
    for weight, master, target in zip(half, optimizer.masters, full, strict=True):
        assert torch.equal(master, target)
        assert torch.equal(weight, target.bfloat16())


def test_plain_adamw_loses_nearly_all_steps_at_this_learning_rate():
    half = make_weights(torch.bfloat16)
    before = [weight.detach().clone() for weight in half]
    optimizer = torch.optim.AdamW(half, **SETTINGS)
    for step in range(300):
        for _ in set_gradients(half, step):
            optimizer.step()
    moved = sum(int((weight != start).sum()) for weight, start in zip(half, before, strict=True))
    assert moved < 0.05 * sum(weight.numel() for weight in half)


def test_gradients_of_micro_batches_are_summed_in_float32():
    results = []
    for parts in (1, 12):
        weights = make_weights(torch.bfloat16)
        optimizer = MasterWeightsAdamW(weights, **SETTINGS)
        for _ in set_gradients(weights, 0, parts):
            optimizer.collect_gradients()
        assert all(weight.grad is None for weight in weights)
        results.append([master.grad for master in optimizer.masters])
    for whole, summed in zip(*results, strict=True):
        torch.testing.assert_close(whole, summed, atol=0, rtol=1e-6)


def test_a_state_restores_to_the_last_bit():
    weights = make_weights(torch.bfloat16)
    optimizer = MasterWeightsAdamW(weights, **SETTINGS)
    train(optimizer, weights, range(5))
    file = io.BytesIO()
    torch.save(convert_to_numpy(optimizer.state_dict()), file)
    file.seek(0)
    others = make_weights(torch.bfloat16, seed=1)
    restored = MasterWeightsAdamW(others, **SETTINGS)
    state = torch.load(file, weights_only=False)
    # RLlib makes numpy arrays of a state, and tensors again of the part under "state" alone.
    state["state"] = {
        key: {name: torch.as_tensor(value) for name, value in values.items()} for key, values in state["state"].items()
    }
    restored.load_state_dict(state)
    for left, right in zip(weights, others, strict=True):
        assert torch.equal(left, right)
    train(optimizer, weights, range(5, 9))
    train(restored, others, range(5, 9))
    for left, right in zip([*weights, *optimizer.masters], [*others, *restored.masters], strict=True):
        assert torch.equal(left, right)


def test_a_state_of_arrays_that_cannot_be_written_restores_without_a_warning():
    """Such are the arrays of Ray's object store."""
    state = convert_to_numpy(MasterWeightsAdamW(make_weights(torch.bfloat16), **SETTINGS).state_dict())
    for master in state["master_weights"]:
        master.flags.writeable = False
    restored = MasterWeightsAdamW(make_weights(torch.bfloat16), **SETTINGS)
    torch.set_warn_always(True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            restored.load_state_dict(state)
    finally:
        torch.set_warn_always(False)


def test_weights_changed_from_outside_are_taken_over_when_told():
    weights = make_weights(torch.bfloat16)
    optimizer = MasterWeightsAdamW(weights, **SETTINGS)
    with torch.no_grad():
        weights[0].zero_()
    optimizer.reload()
    assert not optimizer.masters[0].any()


@pytest.mark.parametrize("set_to_none", [True, False])
def test_zero_grad_leaves_no_gradient_behind(set_to_none):
    weights = make_weights(torch.bfloat16)
    optimizer = MasterWeightsAdamW(weights, **SETTINGS)
    for _ in set_gradients(weights, 0):
        optimizer.collect_gradients()
    next(set_gradients(weights, 1))
    optimizer.zero_grad(set_to_none)
    optimizer.collect_gradients()
    assert all(master.grad is None or not master.grad.any() for master in optimizer.masters)
