"""How far an engine's log-probabilities of known tokens are from the learner's: rounding, and wrong weights.

The canary is the check after each weight sync. Its default tolerances must lie above what rounding gives and below
what wrong weights give. Models are random Qwen2 with tied embeddings, which are widened (`--scale`) so that the
distributions are not flat: some tokens have log-probabilities far below zero, as with a trained model. Each line has,
in nats, the largest difference over several canaries with the right weights, and the smallest with the embedding
(which is the output layer) of another model, and with all weights of another.

Run: python benchmarks/canary_tolerance.py [--canaries 8] [--scale 8]
"""

import argparse
import os
import tempfile
from contextlib import closing

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

from prorl_rllib.engines.canary import make_canary_token_ids
from prorl_rllib.engines.engine_process import EngineProcess
from prorl_rllib.engines.model_loading import load_causal_lm, quiet_transformers
from prorl_rllib.engines.named_weights import named_weights
from prorl_rllib.engines.selection import vllm_is_installed

SIZES = {"1M": (128, 4, 4), "25M": (512, 8, 6)}
VOCABULARY = 4096
DTYPES = (("float32", "float32"), ("float32", "bfloat16"), ("bfloat16", "bfloat16"))
Weights = dict[str, torch.Tensor]


def save_model(size: str, folder: str, seed: int, scale: float) -> None:
    """Save a random model."""
    hidden, heads, layers = SIZES[size]
    torch.manual_seed(seed)
    config = Qwen2Config(
        vocab_size=VOCABULARY,
        hidden_size=hidden,
        intermediate_size=4 * hidden,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=heads,
        max_position_embeddings=256,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=2,
    )
    model = Qwen2ForCausalLM(config)
    with torch.no_grad():
        model.get_input_embeddings().weight.mul_(scale)
    with quiet_transformers():
        model.save_pretrained(folder)


@torch.no_grad()
def expected(folder: str, dtype: str, canaries: list[tuple[int, ...]]) -> tuple[np.ndarray, Weights]:
    """Return the learner's log-probabilities, and its weights."""
    lm = load_causal_lm(folder, dtype)
    rows = []
    for token_ids in canaries:
        tokens = torch.tensor([token_ids])
        logprobs = lm(input_ids=tokens, use_cache=False).logits[0, :-1].float().log_softmax(dim=-1)
        rows.append(logprobs.gather(1, tokens[0, 1:, None]).squeeze(1).numpy())
    return np.stack(rows), {name: weight.detach().clone() for name, weight in named_weights(lm).items()}


def differences(engine: EngineProcess, wanted: np.ndarray, canaries: list[tuple[int, ...]]) -> np.ndarray:
    """Return the largest difference of each canary."""
    found = np.stack([engine.token_logprobs(token_ids) for token_ids in canaries])
    return np.abs(found - wanted).max(axis=1)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--canaries", type=int, default=8)
    parser.add_argument("--scale", type=float, default=8.0)
    given = parser.parse_args()
    canaries = [make_canary_token_ids(VOCABULARY, 16, seed) for seed in range(given.canaries)]
    engines = ["transformers"] + ["vllm"] * vllm_is_installed()
    print("| model | learner | engine | right: largest | embedding of another: smallest | all of another: smallest |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            paths = [f"{folder}/{size}-{seed}" for seed in (0, 1)]
            for seed, path in enumerate(paths):
                save_model(size, path, seed, given.scale)
            for learner_dtype, engine_dtype in DTYPES:
                wanted, weights = expected(paths[0], learner_dtype, canaries)
                _, others = expected(paths[1], learner_dtype, canaries)
                embedding = "model.embed_tokens.weight"
                for name in engines:
                    arguments = {"model": paths[0], "dtype": engine_dtype, "max_num_seqs": 8}
                    with closing(EngineProcess(name, arguments)) as engine:
                        cells = []
                        for version, loaded in enumerate(
                            (weights, {**weights, embedding: others[embedding]}, others), start=1
                        ):
                            engine.load_weights(loaded.items(), version)
                            found = differences(engine, wanted, canaries)
                            cells.append(found.max() if version == 1 else found.min())
                    row = (size, learner_dtype, f"{name} {engine_dtype}", *(f"{cell:.2g}" for cell in cells))
                    print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
