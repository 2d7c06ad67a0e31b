import gc
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from requests_for_tests import assert_equal, needs_vllm

from prorl_rllib.engines.engine_process import EngineProcess
from prorl_rllib.engines.errors import EngineDeadError
from prorl_rllib.engines.model_loading import load_causal_lm
from prorl_rllib.engines.named_weights import named_weights
from prorl_rllib.engines.requests import GenerationRequest
from prorl_rllib.engines.transformers_engine import TransformersEngine


@pytest.fixture(scope="module")
def transformers_process(tiny_model_path):
    engine = EngineProcess("transformers", {"model": tiny_model_path}, call_timeout_s=60)
    yield engine
    engine.close()


def request(request_id="r", **values):
    defaults = {"n": 4, "max_new_tokens": 8, "temperature": 1.0, "top_p": 1.0, "seed": 7, "stop_token_ids": (2,)}
    return GenerationRequest(request_id, (5, 6, 7), **{**defaults, **values})


def is_running(pid):
    """Whether a process runs; one that has ended and waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_until_gone(*pids, seconds=30):
    deadline = time.monotonic() + seconds
    while left := [pid for pid in pids if is_running(pid)]:
        assert time.monotonic() < deadline, f"still running: {left}"
        time.sleep(0.05)


def parent_of(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def num_open_files():
    gc.collect()
    return len(os.listdir("/proc/self/fd"))


def test_completions_equal_those_of_the_same_engine_in_this_process(transformers_process, tiny_model_path):
    requests = [request("a", n=6, max_new_tokens=40), request("b", temperature=1.2, top_p=0.8)]
    here = list(TransformersEngine(tiny_model_path).generate(requests))
    there = list(transformers_process.generate(requests))
    assert_equal(here, there)
    assert all(completion.logprobs.dtype == np.float32 for completion in there)


@pytest.mark.parametrize("form", ["torch", "numpy", "with_the_tied_head", "slices_of_one_storage"])
def test_loaded_weights_are_those_that_were_given(transformers_process, save_tiny_model, tmp_path, form):
    path = save_tiny_model(tmp_path, seed=hash(form) % 1000)
    weights = {name: weight.detach() for name, weight in named_weights(load_causal_lm(path)).items()}
    if form == "numpy":
        weights = {name: weight.numpy() for name, weight in weights.items()}
    elif form == "with_the_tied_head":
        weights["lm_head.weight"] = weights["model.embed_tokens.weight"]
    elif form == "slices_of_one_storage":
        flat = torch.cat([weight.flatten() for weight in weights.values()])
        parts = flat.split([weight.numel() for weight in weights.values()])
        weights = {name: part.view(weights[name].shape) for name, part in zip(weights, parts, strict=True)}
    version = transformers_process.weights_version + 1
    transformers_process.load_weights(weights.items(), version)
    assert transformers_process.weights_version == version
    expected = list(TransformersEngine(path).generate([request()]))
    completions = list(transformers_process.generate([request()]))
    assert [c.token_ids for c in completions] == [c.token_ids for c in expected]
    assert {c.weights_version for c in completions} == {version}


def test_wrong_weights_are_an_error_and_the_engine_goes_on(transformers_process, tiny_model_path):
    version = transformers_process.weights_version
    weights = dict(named_weights(load_causal_lm(tiny_model_path)))
    weights["model.norm.weight"] = torch.zeros(3)
    with pytest.raises(ValueError, match=r"model.norm.weight.*\(3,\)"):
        transformers_process.load_weights(weights.items(), version + 1)
    twice = [(name, weight) for name, weight in weights.items() for _ in range(2)]
    with pytest.raises(ValueError, match="given twice"):
        transformers_process.load_weights(twice, version + 1)
    assert transformers_process.weights_version == version
    assert len(list(transformers_process.generate([request()]))) == 4


def test_loads_leave_no_file_behind(transformers_process, tiny_model_path):
    weights = named_weights(load_causal_lm(tiny_model_path))
    folders = [Path("/dev/shm"), Path("/tmp")]
    files, num_open = [set(folder.glob("prorl_rllib*")) for folder in folders], num_open_files()
    for version in range(100, 110):
        transformers_process.load_weights(weights.items(), version)
        with pytest.raises(ValueError, match="missing"):
            transformers_process.load_weights([], version)
    assert [set(folder.glob("prorl_rllib*")) for folder in folders] == files
    assert num_open_files() == num_open


def test_requests_are_checked_before_the_engine_sees_them(transformers_process):
    with pytest.raises(ValueError, match="0 to 299"):
        transformers_process.generate([request(stop_token_ids=(300,))])


def test_sigkill_while_sampling_is_an_error_until_restart(transformers_process, tiny_model_path):
    engine = transformers_process
    weights = named_weights(load_causal_lm(tiny_model_path))
    engine.load_weights(weights.items(), 3)
    num_open = num_open_files()
    pid, supervisor = engine.pid, parent_of(engine.pid)
    completions = engine.generate([request(n=64, max_new_tokens=250)])
    next(completions)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(EngineDeadError, match=rf"engine process {pid}.*during generate.*SIGKILL"):
        list(completions)
    wait_until_gone(pid, supervisor)
    for call in (
        lambda: engine.generate([request()]),
        lambda: engine.load_weights(weights.items(), 4),
        lambda: engine.call_method("anything"),
    ):
        with pytest.raises(EngineDeadError, match=r"dead until `restart`.*SIGKILL"):
            call()
    assert not engine.alive and engine.weights_version == 0
    engine.restart()
    assert engine.alive and engine.weights_version == 0 and engine.pid != pid
    engine.load_weights(weights.items(), 4)
    assert [c.weights_version for c in engine.generate([request()])] == [4] * 4
    assert num_open_files() == num_open


def test_sigkill_between_calls_is_noticed_by_the_next(start):
    engine = start()
    os.kill(engine.pid, signal.SIGKILL)
    wait_until_gone(engine.pid)
    with pytest.raises(EngineDeadError, match=r"during load_weights\(version=1\).*SIGKILL"):
        engine.load_weights([], 1)


PARENT = """
import sys
sys.path[:] = sys.argv[1:]
from prorl_rllib.engines.engine_process import EngineProcess
from prorl_rllib.engines.requests import GenerationRequest
engine = EngineProcess("odd_engine:OddEngine", {"seconds_per_token": 0.01, "does": {"close": "sleep_with_gil"}})
child = engine.call_method("start_a_child")
settings = {"temperature": 1.0, "top_p": 1.0, "seed": 0, "stop_token_ids": ()}
completions = engine.generate([GenerationRequest("r", (1,), n=1, max_new_tokens=50_000, **settings)])
print(engine.pid, child, flush=True)
next(completions)
"""


def test_sigkill_of_the_parent_leaves_no_process_behind():
    command = [sys.executable, "-P", "-c", PARENT, *sys.path]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        engine, grandchild = (int(word) for word in parent.stdout.readline().split())
        supervisors = [parent_of(engine), parent_of(parent_of(engine))]
        assert all(is_running(pid) for pid in (engine, grandchild, *supervisors))
    finally:
        parent.kill()
        parent.communicate(timeout=30)
    wait_until_gone(engine, grandchild, *supervisors)


@pytest.mark.parametrize("which", ["inner", "outer"])
def test_the_engine_and_what_it_started_end_with_either_supervisor(start, which):
    engine = start(seconds_per_token=0.01)
    inner = parent_of(engine.pid)
    pids = [engine.pid, engine.call_method("start_a_child"), inner, parent_of(inner)]
    completions = engine.generate([request(n=1000)])
    next(completions)
    os.kill(inner if which == "inner" else pids[-1], signal.SIGKILL)
    with pytest.raises(EngineDeadError, match="SIGKILL"):
        list(completions)
    wait_until_gone(*pids)


def test_close_ends_the_engine_and_what_it_started(start):
    engine = start(does={"close": "sleep"})
    inner = parent_of(engine.pid)
    pids = [engine.pid, inner, parent_of(inner), engine.call_method("start_a_child")]
    engine.close()
    assert not any(is_running(pid) for pid in pids)
    engine.close()
    for call in (lambda: engine.generate([request()]), engine.restart, lambda: engine.load_weights([], 1)):
        with pytest.raises(RuntimeError, match="closed"):
            call()


def test_an_engine_that_nobody_holds_ends():
    engine = EngineProcess("odd_engine:OddEngine", {})
    pid = engine.pid
    del engine
    gc.collect()
    wait_until_gone(pid)


@pytest.mark.parametrize("deed", ["sleep", "sleep_with_gil"])
def test_a_hang_is_killed_and_named(start, deed):
    engine = start(call_timeout_s=2.0, does={"generate": deed})
    pid = engine.pid
    with pytest.raises(EngineDeadError, match=rf"engine process {pid}.*no progress for 2 s.*during generate") as caught:
        list(engine.generate([request()]))
    assert "in sleep_" in str(caught.value), "the stack shows where it hangs"
    assert not is_running(pid)
    with pytest.raises(EngineDeadError, match="no progress"):
        engine.generate([request()])


@pytest.mark.parametrize(
    ("method", "phase"), [("load_weights", r"load_weights\(version=9\)"), ("token_logprobs", "token_logprobs")]
)
def test_a_hang_in_another_call_is_killed_and_named(start, method, phase):
    engine = start(call_timeout_s=1.0, does={method: "sleep"})
    with pytest.raises(EngineDeadError, match=f"during {phase}"):
        engine.load_weights([], 9) if method == "load_weights" else engine.token_logprobs((1, 2))
    assert not engine.alive


def test_slow_sampling_is_no_hang(start):
    engine = start(call_timeout_s=2.5, seconds_per_token=0.05)
    (completion,) = engine.generate([request(n=1, max_new_tokens=100)])
    assert len(completion.token_ids) == 100


def test_the_callers_own_time_does_not_count(start):
    engine = start(call_timeout_s=1.5)
    completions = engine.generate([request(n=3)])
    next(completions)
    time.sleep(2.5)
    assert len(list(completions)) == 2


def test_an_abandoned_iterator_is_aborted(start):
    engine = start(seconds_per_token=0.01)
    completions = engine.generate([request(n=100_000)])
    next(completions)
    completions.close()
    assert engine.call_method("seen")[1] == 1
    # Aborted in the middle of a completion as well: none would finish for hours.
    completions = engine.generate([request(n=2, max_new_tokens=4), request("long", n=1, max_new_tokens=90_000)])
    assert [next(completions).request_id for _ in range(2)] == ["r", "r"]
    del completions
    sampled, closed = engine.call_method("seen")
    assert closed == 2 and sampled < 10_000
    assert [c.index for c in engine.generate([request(n=3)])] == [0, 1, 2]


def test_one_call_at_a_time(start):
    engine = start()
    completions = engine.generate([request()])
    next(completions)
    for call in (lambda: engine.load_weights([], 1), lambda: next(engine.generate([request()]))):
        with pytest.raises(RuntimeError, match="exhaust or close the iterator"):
            call()
    assert len(list(completions)) == 3
    engine.load_weights([], 1)
    assert engine.weights_version == 1


def test_an_iterator_from_before_a_restart_says_so(start):
    engine = start(seconds_per_token=0.01)
    completions = engine.generate([request(n=1000)])
    next(completions)
    engine.restart()
    with pytest.raises(EngineDeadError, match="restarted"):
        list(completions)
    assert len(list(engine.generate([request()]))) == 4


@pytest.mark.parametrize(
    ("raised", "arrives", "message"),
    [
        ("ValueError", ValueError, "^the words"),
        ("RuntimeError", RuntimeError, "^the words"),
        ("BrokenValueError", ValueError, "^BrokenValueError: the words"),
        ("ZeroDivisionError", RuntimeError, "^ZeroDivisionError: the words"),
    ],
)
def test_exceptions_of_the_engine_arrive_and_it_goes_on(start, raised, arrives, message):
    engine = start(does={"generate": raised})
    with pytest.raises(arrives, match=message) as caught:
        list(engine.generate([request()]))
    assert type(caught.value) is arrives
    assert "odd_engine.py" in caught.value.__notes__[0] and str(engine.pid) in caught.value.__notes__[0]
    engine.load_weights([], 2)
    assert engine.weights_version == 2


def test_an_engine_that_declares_itself_dead_is_dead(start):
    engine = start(does={"generate": "EngineDeadError"})
    pid = engine.pid
    with pytest.raises(EngineDeadError, match=r"^the words"):
        list(engine.generate([request()]))
    assert not is_running(pid)
    with pytest.raises(EngineDeadError, match="the words"):
        engine.load_weights([], 1)


def test_the_console_stays_quiet_and_the_end_of_stderr_is_kept(start, capfd):
    engine = start(chatter=150, does={"generate": "exit"})
    with pytest.raises(EngineDeadError, match="exit code 3") as caught:
        list(engine.generate([request()]))
    assert capfd.readouterr() == ("", "")
    assert "on stderr 149" in str(caught.value) and "last words" in str(caught.value)
    assert len(str(caught.value).splitlines()) <= 103


@pytest.mark.slow
@needs_vllm
def test_a_killed_vllm_samples_the_same_after_a_restart(start, contract_model_path, lm):
    engine = start("vllm", start_timeout_s=300, model=contract_model_path)
    weights = named_weights(lm)
    engine.load_weights(weights.items(), 1)
    expected = list(engine.generate([request()]))
    completions = engine.generate([request(n=256, max_new_tokens=250)])
    next(completions)
    os.kill(engine.pid, signal.SIGKILL)
    with pytest.raises(EngineDeadError, match=r"during generate.*SIGKILL"):
        list(completions)
    engine.restart()
    engine.load_weights(weights.items(), 1)
    assert_equal(engine.generate([request()]), expected, tolerance=1e-4)


@needs_vllm
@pytest.mark.slow
def test_vllm_workers_of_tensor_parallelism_end_with_the_parent(save_tiny_model, tmp_path):
    sizes = {"hidden_size": 64, "num_attention_heads": 2, "num_key_value_heads": 2}
    path = save_tiny_model(tmp_path, scale=4.0, **sizes)
    program = (
        "import sys; sys.path[:] = sys.argv[2:]\n"
        "from prorl_rllib.engines.engine_process import EngineProcess\n"
        "options = {'tensor_parallel_size': 2, 'distributed_executor_backend': 'mp'}\n"
        "engine = EngineProcess('vllm', {'model': sys.argv[1], **options})\n"
        "print(engine.pid, flush=True)\n"
        "sys.stdin.read()"
    )
    command = [sys.executable, "-P", "-c", program, path, *sys.path]
    parent = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        engine = int(parent.stdout.readline())
        workers = [int(pid) for pid in Path(f"/proc/{engine}/task/{engine}/children").read_text().split()]
        assert len(workers) >= 2 and all(is_running(pid) for pid in workers)
    finally:
        parent.kill()
        parent.communicate(timeout=30)
    wait_until_gone(engine, *workers)
