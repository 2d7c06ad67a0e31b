import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from unittest.mock import Mock

import pytest

from prorl_rllib.envs import Task, TaskError, VerifierError, verify, verify_batch
from prorl_rllib.envs.verification import WorkerPool, submit
from prorl_rllib.envs.verification.pool import WORKERS_VARIABLE, default_num_workers
from prorl_rllib.envs.verification.worker import RETIRE_RSS_BYTES


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


@pytest.mark.parametrize("answer", ["spin", "sleep 60"])
def test_hanging_scorer_is_killed_at_the_deadline(single_worker_pool, probe, answer):
    pool = single_worker_pool
    verify(probe(), "warm up", pool=pool)
    (before,) = pool.worker_pids()
    verdict = verify(probe(), answer, timeout_s=0.3, pool=pool)
    assert (verdict.status, verdict.reward) == ("timeout", 0.0)
    # A "sleep 60" that was waited for, or ended by itself, would say so.
    assert 0.3 <= verdict.seconds < 30.0
    assert not is_alive(before)
    assert verify(probe(), "fine", pool=pool).reward == 1.0


def test_a_killed_worker_is_retried_once_then_error(pool, probe, tmp_path):
    verdict = verify(probe(), "die", pool=pool)
    assert (verdict.status, verdict.reward) == ("error", 0.0)
    assert (tmp_path / "deaths").read_text() == "xx"
    assert "exit code 3" in verdict.detail


def test_one_death_is_forgiven(pool, probe):
    assert verify(probe(), "die_once mark", pool=pool).status == "scored"


@pytest.mark.parametrize(("answer", "reason"), [(f"allocate {2**32}", "MemoryError"), ("recurse", "RecursionError")])
def test_an_answer_that_exhausts_its_worker_scores_0_and_is_not_dropped(pool, probe, answer, reason):
    verdict = verify(probe(), answer, pool=pool)
    assert (verdict.status, verdict.reward) == ("timeout", 0.0)
    assert reason in verdict.detail
    assert verify(probe(), "after", pool=pool).reward == 1.0


def test_a_preparation_without_memory_is_an_error(pool, probe):
    assert verify(probe(prepare_bytes=2**32), "any", pool=pool).status == "error"


def test_preparation_and_queueing_do_not_count_against_the_deadline(probe):
    pool = WorkerPool(num_workers=1)
    verdicts = [submit(probe(prepare_s=0.4), "sleep 0.2", timeout_s=0.6, pool=pool) for _ in range(3)]
    results = [verdict.result() for verdict in verdicts]
    pool.close()
    assert [verdict.status for verdict in results] == ["scored"] * 3
    assert all(verdict.seconds < 0.6 for verdict in results)
    assert results[2].queued_seconds > 1.5


def test_results_keep_submission_order(pool, probe):
    answers = [f"sleep {0.05 if number % 3 == 0 else 0}" for number in range(12)] + [f"word{n}" for n in range(40)]
    verdicts = verify_batch([probe()] * len(answers), answers, pool=pool)
    assert [verdict.detail for verdict in verdicts] == answers


def test_the_pool_serves_many_threads(pool, probe):
    details = {}

    def work(name):
        details[name] = [verify(probe(), f"{name} {number}", pool=pool).detail for number in range(10)]

    threads = [threading.Thread(target=work, args=(f"thread{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert details == {f"thread{n}": [f"thread{n} {number}" for number in range(10)] for n in range(8)}


def test_printing_does_not_disturb_the_protocol(pool, probe):
    assert verify(probe(), "print", pool=pool).status == "scored"


def test_lone_surrogates_and_every_character_travel(pool, probe):
    text = "\ud800 \x00 \u2028 \U0001f600 é"
    assert verify(probe(), text, pool=pool).detail == text.encode("utf-8", "replace").decode()


@pytest.mark.parametrize("answer", ["raise oh", "reward 1.5", "reward nan"])
def test_a_scorer_that_fails_is_an_error_and_never_a_score(pool, probe, answer):
    verdict = verify(probe(), answer, pool=pool)
    assert (verdict.status, verdict.reward) == ("error", 0.0)


def test_a_task_that_cannot_be_scored_raises(pool, probe):
    with pytest.raises(TaskError, match="cannot be scored"):
        verify(probe(unscorable=True), "a", pool=pool)


def test_closing_kills_the_workers_and_fails_what_waits(probe):
    pool = WorkerPool(num_workers=1)
    running, queued = submit(probe(), "sleep 60", timeout_s=60, pool=pool), submit(probe(), "a", pool=pool)
    assert wait_until(lambda: pool.worker_pids())
    pids = pool.worker_pids()
    pool.close()
    assert not any(is_alive(pid) for pid in pids)
    for verdict in (running, queued):
        with pytest.raises(VerifierError, match="closed"):
            verdict.result()
    with pytest.raises(VerifierError, match="closed"):
        verify(probe(), "a", pool=pool)


def test_the_number_of_workers_is_checked(monkeypatch):
    with pytest.raises(VerifierError, match="num_workers = 0"):
        WorkerPool(num_workers=0)
    monkeypatch.setenv(WORKERS_VARIABLE, "three")
    with pytest.raises(VerifierError, match="three"):
        default_num_workers()
    monkeypatch.setenv(WORKERS_VARIABLE, "3")
    assert default_num_workers() == 3


SCRIPT = """
import sys, time
sys.path.append({folder!r})
import probe_domain
from prorl_rllib.envs import Task
from prorl_rllib.envs.verification import default_pool, submit
task = Task(task_id="t", domain="probe", prompt="p", reference={{}})
submit(task, "warm up").result()
busy = submit(task, "spin", timeout_s=300)
time.sleep(0.3)
print(*default_pool().worker_pids(), flush=True)
{then}
"""


def run_script(then):
    script = SCRIPT.format(folder=str(Path(__file__).parent), then=then)
    return subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)


def test_no_orphan_after_parent_is_killed():
    parent = run_script("time.sleep(300)")
    pids = [int(pid) for pid in parent.stdout.readline().split()]
    assert pids and all(is_alive(pid) for pid in pids)
    parent.send_signal(signal.SIGKILL)
    parent.wait(timeout=10)
    assert wait_until(lambda: not any(is_alive(pid) for pid in pids))


def test_no_orphan_after_parent_ends_while_a_worker_is_busy():
    parent = run_script("")
    out, _ = parent.communicate(timeout=30)
    assert parent.returncode == 0
    assert wait_until(lambda: not any(is_alive(int(pid)) for pid in out.split()))


FORK = """
import os
child = os.fork()
if child == 0:
    assert submit(task, "in the child").result().detail == "in the child"
    print(*default_pool().worker_pids(), flush=True)
    from prorl_rllib.envs.verification import close_default_pool
    close_default_pool()
    os._exit(0)
_, status = os.waitpid(child, 0)
assert status == 0
print(*default_pool().worker_pids(), flush=True)
"""


def test_a_forked_child_gets_workers_of_its_own():
    parent = run_script(FORK)
    out, _ = parent.communicate(timeout=30)
    assert parent.returncode == 0
    before, child, after = (set(line.split()) for line in out.splitlines())
    assert before == after and child and not before & child


def test_workers_do_not_run_the_main_module_again(tmp_path):
    path = tmp_path / "main.py"  # without a __main__ guard: a re-import would run it again, for ever
    path.write_text(
        "import prorl_rllib.envs as e\n"
        "task = e.Task(task_id='t', domain='math', prompt='p', reference={'answer': 'x+1'})\n"
        "print(e.verify(task, r'\\boxed{1+x+y-y}').reward)"
    )
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "1.0"


def children():
    """Process ids of this process's children, zombies included."""
    return {int(pid) for path in Path("/proc/self/task").glob("*/children") for pid in path.read_text().split()}


def test_a_task_that_cannot_be_scored_keeps_its_worker_and_closing_reaps_it(probe):
    before = children()
    pool = WorkerPool(num_workers=1)
    pids = []
    for _ in range(3):
        with pytest.raises(TaskError):
            verify(probe(unscorable=True), "a", pool=pool)
        pids += pool.worker_pids()
    assert len(pids) == 3 and len(set(pids)) == 1
    pool.close()
    assert not children() - before


def test_a_failed_start_of_a_worker_is_an_error_and_the_pool_recovers(probe, monkeypatch):
    pool = WorkerPool(num_workers=1)
    verify(probe(), "warm up", pool=pool)
    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "Popen", Mock(side_effect=OSError(24, "Too many open files")))
        assert verify(probe(), "spin", timeout_s=0.2, pool=pool).status == "timeout"
        with pytest.raises(VerifierError, match=r"cannot start a verifier worker.*Too many open files"):
            verify(probe(), "fine", pool=pool)
    assert verify(probe(), "fine", pool=pool).status == "scored"
    pool.close()


def test_a_worker_of_a_large_process_serves_more_than_one_job(single_worker_pool, probe):
    ballast = b"x" * (RETIRE_RSS_BYTES + 2**28)
    verify(probe(), "warm up", pool=single_worker_pool)
    before = single_worker_pool.worker_pids()
    verify(probe(), "fine", pool=single_worker_pool)
    assert len(before) == 1 and single_worker_pool.worker_pids() == before
    assert len(ballast) > RETIRE_RSS_BYTES


def test_a_job_that_was_cancelled_does_not_end_its_thread(probe):
    pool = WorkerPool(num_workers=1)
    domain = {"domain": "probe", "class": "probe_domain:ProbeDomain"}
    message = {**domain, "reference": {}, "options": {}, "answer": "sleep 0.3"}
    pool.submit(message, 5.0)
    assert pool.submit(message, 5.0).cancel()
    assert verify(probe(), "fine", pool=pool).status == "scored"
    pool.close()


OWN_POOL = """
import os
from prorl_rllib.envs import VerifierError
from prorl_rllib.envs.verification import WorkerPool
own = WorkerPool(1)
submit(task, "warm up", pool=own).result()
begun = submit(task, "sleep 1", pool=own)
child = os.fork()
if child == 0:
    refused = 0
    for use in (lambda: submit(task, "a", pool=own), begun.result):
        try:
            use()
        except VerifierError as error:
            refused += "forked child" in str(error)
    own.close()
    os._exit(refused)
_, status = os.waitpid(child, 0)
print(os.waitstatus_to_exitcode(status), begun.result().status, submit(task, "a", pool=own).result().status)
"""


def test_a_pool_of_the_parent_is_refused_at_once_in_a_forked_child():
    parent = run_script(OWN_POOL)
    try:
        out, _ = parent.communicate(timeout=30)
    finally:
        parent.kill()
    assert out.splitlines()[1] == "2 scored scored"


def test_a_module_that_comes_into_reach_later_is_found(single_worker_pool, probe, tmp_path, monkeypatch):
    verify(probe(), "warm up", pool=single_worker_pool)
    (before,) = single_worker_pool.worker_pids()
    source = (Path(__file__).parent / "probe_domain.py").read_text()
    (tmp_path / "late_domain.py").write_text(source.replace('"probe"', '"late"'))
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    task = Task(task_id="late/1", domain="late_domain:ProbeDomain", prompt="p", reference={"folder": str(tmp_path)})
    assert verify(task, "fine", pool=single_worker_pool).reward == 1.0
    (after,) = single_worker_pool.worker_pids()
    assert after != before and not is_alive(before)
    # What goes out of reach is no reason for another worker.
    monkeypatch.undo()
    verify(probe(), "fine", pool=single_worker_pool)
    assert single_worker_pool.worker_pids() == [after]
