"""Tokens per second of a learner's forward and backward pass, by how the sequences are laid out.

The layouts take turns, so that what else the machine does hits them alike; seconds are those of this process's CPU.
Tokens are counted as the sequences have them, prompts included, whatever a layout pads or shares.

Run: python benchmarks/learner_throughput.py [--rounds 5] [--num-threads 1] [--dtype float32]
"""

import argparse
import statistics
import time
from dataclasses import dataclass
from typing import Any

import torch
from transformers import PreTrainedModel

from prorl_rllib.algorithms.prorl.microbatches import make_microbatches
from prorl_rllib.engines.model_loading import random_causal_lm
from prorl_rllib.rl_modules.segment_attention import ATTENTION
from prorl_rllib.rl_modules.token_logprobs import token_logprobs

LAYOUTS = {
    "padded": {"packing": False, "shared_prefix": False},
    "packed": {"packing": True, "shared_prefix": False},
    "shared prefix": {"packing": True, "shared_prefix": True},
}
GROUP_SIZE = 8


@dataclass(frozen=True)
class Scenario:
    """A model, and lengths: prompts about `prompt`, completions log-normal about `completion` up to four times it."""

    hidden: int
    layers: int
    prompt: int
    completion: int
    groups: int
    max_tokens: int

    def __str__(self) -> str:
        sizes = f"hidden {self.hidden} x {self.layers}, prompts ~{self.prompt}, completions ~{self.completion}"
        return f"{sizes}, {self.groups} groups of {GROUP_SIZE}, {self.max_tokens} tokens a micro-batch"


SCENARIOS = (
    Scenario(hidden=96, layers=3, prompt=40, completion=60, groups=16, max_tokens=8192),
    Scenario(hidden=96, layers=3, prompt=200, completion=60, groups=16, max_tokens=8192),
    Scenario(hidden=96, layers=3, prompt=40, completion=60, groups=4, max_tokens=1024),
    Scenario(hidden=96, layers=3, prompt=40, completion=400, groups=4, max_tokens=4096),
    Scenario(hidden=256, layers=4, prompt=60, completion=150, groups=2, max_tokens=4096),
    Scenario(hidden=256, layers=4, prompt=400, completion=150, groups=2, max_tokens=4096),
)


def build_model(scenario: Scenario, dtype: str) -> PreTrainedModel:
    """A random Qwen2."""
    torch.manual_seed(0)
    config = {
        "model_type": "qwen2",
        "vocab_size": 4096 if scenario.hidden > 100 else 400,
        "hidden_size": scenario.hidden,
        "intermediate_size": 4 * scenario.hidden,
        "num_hidden_layers": scenario.layers,
        "num_attention_heads": max(4, scenario.hidden // 64),
        "num_key_value_heads": max(4, scenario.hidden // 64),
        "tie_word_embeddings": True,
        "max_position_embeddings": 8192,
    }
    return random_causal_lm(config, dtype, ATTENTION)


def make_step(scenario: Scenario) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Tokens, completion mask and lengths of one optimizer step."""
    generator = torch.Generator().manual_seed(1)
    rows, masks = [], []
    for _ in range(scenario.groups):
        low, high = int(0.75 * scenario.prompt), int(1.25 * scenario.prompt)
        prompt = torch.randint(3, 400, (int(torch.randint(low, high, (1,), generator=generator)),), generator=generator)
        for _ in range(GROUP_SIZE):
            scale = float(torch.exp(0.6 * torch.randn(1, generator=generator)))
            length = min(max(8, int(scenario.completion * scale)), 4 * scenario.completion)
            rows.append(torch.cat([prompt, torch.randint(3, 400, (length,), generator=generator)]))
            masks.append(torch.arange(len(rows[-1])) >= len(prompt))
    tokens, mask = (torch.nn.utils.rnn.pad_sequence(parts, batch_first=True) for parts in (rows, masks))
    return tokens, mask, torch.tensor([len(row) for row in rows])


def optimizer_step(lm: PreTrainedModel, scenario: Scenario, layout: dict[str, Any]) -> float:
    """Forward and backward over all micro-batches; returns seconds of CPU time, the layout's own included."""
    step = make_step(scenario)
    lm.zero_grad()
    start = time.process_time()
    for batch in make_microbatches(*step, max_tokens=scenario.max_tokens, temperature=1.0, **layout):
        token_logprobs(lm, batch, 1024)[0].sum().backward()
    return time.process_time() - start


def measure(scenario: Scenario, rounds: int, dtype: str) -> None:
    """Print tokens per second of each layout, and its speed as a multiple of the padded one's."""
    lm = build_model(scenario, dtype)
    tokens = int(make_step(scenario)[2].sum())
    seconds: dict[str, list[float]] = {name: [] for name in LAYOUTS}
    for number in range(rounds + 1):
        for name, layout in LAYOUTS.items():
            taken = optimizer_step(lm, scenario, layout)
            if number:
                seconds[name].append(taken)
    print(scenario)
    for name, taken in seconds.items():
        ratio = statistics.median(padded / own for padded, own in zip(seconds["padded"], taken, strict=True))
        print(f"  {name:14s} {tokens / statistics.median(taken):8.0f} tokens/s   x{ratio:.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--num-threads", type=int, default=1)
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), default="float32")
    args = parser.parse_args()
    torch.set_num_threads(args.num_threads)
    for scenario in SCENARIOS:
        measure(scenario, args.rounds, args.dtype)


if __name__ == "__main__":
    main()
