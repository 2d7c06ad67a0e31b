"""Tokens per second of the transformers engine with a tiny random model, at several numbers of rows.

Run: python benchmarks/engine_throughput.py [--num-threads 1] [--profile]
"""

import argparse
import cProfile
import pstats
import tempfile
import time

import torch
from transformers import Qwen2Config, Qwen2ForCausalLM
from transformers.utils import logging

from prorl_rllib.engines.requests import GenerationRequest
from prorl_rllib.engines.transformers_engine import TransformersEngine

VOCAB_SIZE = 400
GROUP_SIZE = 8


def build_engine(folder: str, num_threads: int) -> TransformersEngine:
    """Save a random model of about half a million parameters and open an engine on it."""
    logging.disable_progress_bar()
    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=VOCAB_SIZE,
        hidden_size=96,
        intermediate_size=384,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=512,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=2,
    )
    Qwen2ForCausalLM(config).save_pretrained(folder)
    return TransformersEngine(folder, num_threads=num_threads)


def make_requests(num_rows: int, round_number: int, max_new_tokens: int) -> list[GenerationRequest]:
    """Groups of 8 with prompts of 30 to 40 tokens; random weights end a completion with probability 4 in 400."""
    generator = torch.Generator().manual_seed(round_number)
    requests = []
    for number in range(num_rows // GROUP_SIZE):
        length = int(torch.randint(30, 41, (1,), generator=generator))
        prompt = torch.randint(3, VOCAB_SIZE, (length,), generator=generator).tolist()
        request_id, seed = f"{round_number}/{number}", round_number * 1000 + number
        request = GenerationRequest(
            request_id, tuple(prompt), GROUP_SIZE, max_new_tokens, 1.0, 1.0, seed, (2, 100, 200, 300)
        )
        requests.append(request)
    return requests


def measure(engine: TransformersEngine, num_rows: int, max_new_tokens: int, rounds: int) -> None:
    """Print the throughput at one number of rows, over all sampled tokens (prefill is in the time)."""
    list(engine.generate(make_requests(num_rows, 99, max_new_tokens)))
    start, tokens = time.perf_counter(), 0
    for number in range(rounds):
        for completion in engine.generate(make_requests(num_rows, number, max_new_tokens)):
            tokens += len(completion.token_ids)
    seconds = time.perf_counter() - start
    print(f"{num_rows:4d} rows: {tokens / seconds:8.0f} tokens/s ({tokens} tokens in {seconds:.2f} s)", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--num-threads", type=int, default=1)
    parser.add_argument("--max-new-tokens", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--profile", action="store_true", help="print where 256 rows spend their time")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        engine = build_engine(folder, args.num_threads)
        for num_rows in (16, 64, 256):
            measure(engine, num_rows, args.max_new_tokens, args.rounds)
        if args.profile:
            profile = cProfile.Profile()
            profile.runcall(measure, engine, 256, args.max_new_tokens, args.rounds)
            pstats.Stats(profile).sort_stats("tottime").print_stats(30)


if __name__ == "__main__":
    main()
