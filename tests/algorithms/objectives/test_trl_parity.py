"""Loss and gradient against trl's GRPOTrainer: its own loss code, on a frozen batch and a tiny model."""

import pytest
import torch
import trl

from prorl_rllib.algorithms.objectives import (
    aggregate_loss,
    batch_std_advantages,
    cispo_clipped_tokens,
    cispo_policy_loss,
    clipped_policy_loss,
    clipped_tokens,
    dr_grpo_advantages,
    grpo_advantages,
    gspo_clipped_tokens,
    gspo_policy_loss,
    importance_ratio,
    kl_estimate,
    sequence_importance_ratio,
)

GROUPS, GROUP_SIZE, PROMPT, COMPLETION, TEMPERATURE, BETA = 3, 4, 5, 12, 1.2, 0.04
# trl's loss type and level of the ratio, its epsilon and epsilon_high, our aggregation.
CASES = {
    "grpo": ("grpo", "token", 0.2, 0.4, "sequence_mean_token_mean"),
    "dapo": ("dapo", "token", 0.2, 0.28, "token_mean"),
    "dr_grpo": ("dr_grpo", "token", 0.2, 0.2, "sequence_mean_token_sum"),
    "cispo": ("cispo", "token", 0.2, 1.3, "token_mean"),
    "gspo": ("grpo", "sequence", 0.05, 0.08, "sequence_mean_token_mean"),
}


@pytest.fixture(scope="module")
def make_trainer(save_tiny_model, make_tokenizer, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trl")

    def make(case, rewards=None, **overrides):
        from datasets import Dataset
        from transformers import Qwen2ForCausalLM

        loss_type, level, low, high, _ = CASES[case]
        args = trl.GRPOConfig(
            str(folder / "out"),
            loss_type=loss_type,
            importance_sampling_level=level,
            epsilon=low,
            epsilon_high=high,
            beta=BETA,
            temperature=TEMPERATURE,
            max_completion_length=COMPLETION,
            num_generations=GROUP_SIZE,
            per_device_train_batch_size=GROUPS * GROUP_SIZE,
            gradient_checkpointing=False,
            use_cpu=True,
            bf16=False,
            report_to=[],
            **overrides,
        )
        trainer = trl.GRPOTrainer(
            Qwen2ForCausalLM.from_pretrained(save_tiny_model(folder / "model")),
            reward_funcs=lambda completions, **kwargs: rewards,
            args=args,
            train_dataset=Dataset.from_list([{"prompt": "p"}] * GROUPS),
            processing_class=make_tokenizer(),
        )
        trainer.model.train()
        # Set by the training loop, which does not run here.
        trainer.current_gradient_accumulation_steps = 1
        return trainer

    return make


def completion_logprobs(model, batch):
    """Log-probabilities of the completion tokens by a plain forward pass: `[B, COMPLETION]`."""
    tokens = torch.cat([batch["prompt_ids"], batch["completion_ids"]], 1)
    attention = torch.cat([batch["prompt_mask"], batch["completion_mask"]], 1)
    logits = model(input_ids=tokens, attention_mask=attention).logits[:, PROMPT - 1 : -1]
    logprobs = (logits / TEMPERATURE).log_softmax(-1)
    return logprobs.gather(-1, batch["completion_ids"][..., None])[..., 0]


@pytest.fixture(scope="module")
def frozen_batch(make_trainer):
    """What trl's loss takes: left-padded prompts, right-padded completions, some tokens of which a tool wrote."""
    generator = torch.Generator().manual_seed(0)
    size = GROUPS * GROUP_SIZE
    lengths = torch.randint(3, COMPLETION + 1, (size, 1), generator=generator)
    prompt_lengths = torch.randint(2, PROMPT + 1, (size, 1), generator=generator)
    completion_mask = (torch.arange(COMPLETION) < lengths).long()
    tool_mask = torch.ones_like(completion_mask)
    tool_mask[::3, 1] = 0
    rewards = torch.rand(GROUPS, GROUP_SIZE, generator=generator).round(decimals=1)
    batch = {
        "prompt_ids": torch.randint(3, 300, (size, PROMPT), generator=generator),
        "prompt_mask": (torch.arange(PROMPT) >= PROMPT - prompt_lengths).long(),
        "completion_ids": torch.randint(3, 300, (size, COMPLETION), generator=generator),
        "completion_mask": completion_mask,
        "tool_mask": tool_mask,
        "advantages": grpo_advantages(rewards).flatten(),
        "num_items_in_batch": (completion_mask * tool_mask).sum(),
    }
    with torch.no_grad():
        logp = completion_logprobs(make_trainer("dapo").model, batch)
    shape = (size, COMPLETION)
    # Off-policy by whole sequences and by tokens, so that some are clipped, of either sign.
    shift = 0.15 * torch.randn(size, 1, generator=generator)
    batch["old_per_token_logps"] = logp + shift + 0.3 * torch.randn(shape, generator=generator)
    batch["ref_per_token_logps"] = logp + 0.5 * torch.randn(shape, generator=generator)
    return batch


def policy_losses(case, logp, old_logp, advantages, sequence_index):
    """Our losses and the tokens that are clipped, `[tokens]` each."""
    _, _, low, high, _ = CASES[case]
    if case == "cispo":
        # trl's epsilon_high is the bound of the weight itself.
        clip = {"clip_high": high - 1.0}
        return cispo_policy_loss(logp, old_logp, advantages, **clip), cispo_clipped_tokens(logp, old_logp, **clip)
    clip = {"clip_low": low, "clip_high": high}
    if case == "gspo":
        arguments = (logp, old_logp, advantages, sequence_index)
        return gspo_policy_loss(*arguments, **clip), gspo_clipped_tokens(*arguments, **clip)
    return clipped_policy_loss(logp, old_logp, advantages, **clip), clipped_tokens(logp, old_logp, advantages, **clip)


def kl_losses(case, logp, old_logp, ref_logp, sequence_index, *, corrected):
    """k3, times the importance ratio where `corrected`: `[tokens]`."""
    kl = kl_estimate(logp, ref_logp, kind="k3")
    if not corrected:
        return kl
    if case == "gspo":
        return kl * sequence_importance_ratio(logp, old_logp, sequence_index)
    return kl * importance_ratio(logp, old_logp)


def our_loss(case, model, batch, *, corrected):
    """The loss summed over two micro-batches of flat completion tokens."""
    mask = (batch["completion_mask"] * batch["tool_mask"]).bool()
    total, clipped = 0.0, []
    for rows in (torch.arange(0, 5), torch.arange(5, len(mask))):
        part = mask[rows]
        logp = completion_logprobs(model, {key: batch[key][rows] for key in list(batch)[:4]})[part]
        sequence_index = torch.arange(len(rows))[:, None].expand_as(part)[part]
        old_logp, ref_logp = (batch[f"{name}_per_token_logps"][rows][part] for name in ("old", "ref"))
        advantages = batch["advantages"][rows][sequence_index]
        losses, is_clipped = policy_losses(case, logp, old_logp, advantages, sequence_index)
        losses = losses + BETA * kl_losses(case, logp, old_logp, ref_logp, sequence_index, corrected=corrected)
        total = total + aggregate_loss(
            losses,
            sequence_index,
            kind=CASES[case][4],
            num_tokens=mask.sum(),
            num_sequences=len(mask),
            constant_normalizer=COMPLETION,
        )
        clipped.append(is_clipped)
    return total, torch.cat(clipped)


def loss_and_gradient(model, loss):
    model.zero_grad()
    loss.backward()
    return loss.item(), torch.cat([parameter.grad.flatten() for parameter in model.parameters()])


@pytest.mark.parametrize("corrected", [False, True], ids=["plain_kl", "corrected_kl"])
@pytest.mark.parametrize("case", CASES)
def test_loss_and_gradient_are_those_of_trl(case, corrected, make_trainer, frozen_batch):
    trainer = make_trainer(case, use_bias_correction_kl=corrected)
    expected_loss, expected = loss_and_gradient(trainer.model, trainer._compute_loss(trainer.model, frozen_batch))
    loss, clipped = our_loss(case, trainer.model, frozen_batch, corrected=corrected)
    loss, gradient = loss_and_gradient(trainer.model, loss)
    # The batch is worth comparing on: some tokens are clipped and some are not.
    assert 0 < clipped.sum() < clipped.numel()
    gradient_error = float((gradient - expected).abs().max() / expected.abs().max())
    print(f"{case}: loss differs by {abs(loss - expected_loss):.1e}, gradient by {gradient_error:.1e} of its largest")
    assert loss == pytest.approx(expected_loss, rel=1e-5, abs=1e-6)
    assert gradient_error < 1e-5


@pytest.mark.parametrize("scale", ["group", "batch", "none"])
def test_advantages_are_those_of_trl(scale, make_trainer):
    rewards = torch.tensor([[1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 0.3, 0.0], [0.2, 0.9, 0.4, 0.4]])
    trainer = make_trainer("dapo", rewards=rewards.flatten().tolist())
    trainer.scale_rewards = scale
    inputs = [{"prompt": "p"}] * rewards.numel()
    expected = trainer._generate_and_score_completions(inputs)["advantages"].reshape(rewards.shape)
    ours = {
        "group": lambda: grpo_advantages(rewards, eps=1e-4),
        "batch": lambda: batch_std_advantages(rewards),
        "none": lambda: dr_grpo_advantages(rewards),
    }
    torch.testing.assert_close(ours[scale](), expected, atol=1e-6, rtol=1e-5)
