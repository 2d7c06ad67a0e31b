"""Check environments: `python -m prorl_rllib.envs.validate prorl/Math-v0` or `--all`.

For a sample of tasks in both splits: another process makes the same tasks, the example answer scores 1, an empty answer
scores 0 and a wrong one too (less than 1 where a scorer gives partial credit), hostile answers come back within the
limit. One line an environment; the exit code is 1 when a check failed.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Sequence

import gymnasium

from prorl_rllib.envs.domain import get_domain
from prorl_rllib.envs.registration import ENVIRONMENTS, register_environments
from prorl_rllib.envs.task import Task, Verdict
from prorl_rllib.envs.text_env import TextEnv
from prorl_rllib.envs.verification.verify import verify_batch

HOSTILE_TASKS = 2
"""Tasks a domain that get the hostile answers."""
TIMEOUT_S = 1.0
"""Limit of a verification, in seconds."""
SLACK_S = 1.0
"""Seconds beyond the limit that killing a worker may take."""
PROCESS_TIMEOUT_S = 600.0
"""Seconds for another process to make the sampled tasks."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Validate the environments named on the command line.

    Args:
        arguments: of the command line; those of the process when None.

    Returns:
        The exit code: 0 when all is well, 1 when a check failed.
    """
    register_environments()
    parser = argparse.ArgumentParser(prog="python -m prorl_rllib.envs.validate", description="Check environments.")
    parser.add_argument("ids", nargs="*", metavar="ID", help=f"one of {', '.join(ENVIRONMENTS)}")
    parser.add_argument("--all", action="store_true", help="check every environment")
    parser.add_argument("--tasks", type=int, default=100, metavar="N", help="tasks a split (default 100)")
    given = parser.parse_args(arguments)
    ids = list(ENVIRONMENTS) if given.all else [env_id.removeprefix("prorl_rllib:") for env_id in given.ids]
    if not ids:
        parser.error("name an environment, or give --all")
    unknown = [env_id for env_id in ids if env_id not in ENVIRONMENTS]
    if unknown:
        parser.error(f"unknown environment {unknown[0]!r}; environments: {', '.join(ENVIRONMENTS)}")
    return int(any([report(env_id, given.tasks) for env_id in ids]))


def report(env_id: str, num_tasks: int) -> bool:
    """Validate one environment and print its line.

    Returns:
        Whether a check failed.
    """
    start = time.monotonic()
    tasks = sample_tasks(env_id, num_tasks)
    problems = check_determinism(env_id, num_tasks, tasks) + check_answers(tasks) + check_hostile(tasks)
    verdict = f"FAILED ({len(problems)}): {'; '.join(problems[:5])}" if problems else "ok"
    print(f"{env_id}: {len(tasks)} tasks, {time.monotonic() - start:.1f} s: {verdict}", flush=True)
    return bool(problems)


def sample_tasks(env_id: str, num_tasks: int) -> list[Task]:
    """Return the first tasks of both splits of an environment in its default config."""
    tasks: list[Task] = []
    for split in ("train", "heldout"):
        env = gymnasium.make(env_id, split=split).unwrapped
        assert isinstance(env, TextEnv)
        tasks += [env.task(index) for index in range(min(num_tasks, env.num_tasks))]
    return tasks


def digest(tasks: Sequence[Task]) -> str:
    """Return a digest of all that tasks hold."""
    text = "\n".join(task.model_dump_json() for task in tasks)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def check_determinism(env_id: str, num_tasks: int, tasks: Sequence[Task]) -> list[str]:
    """Return what is wrong with the tasks that another process, with another hash seed, makes of the same settings."""
    code = f"from prorl_rllib.envs import validate as v; print(v.digest(v.sample_tasks({env_id!r}, {num_tasks})))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        timeout=PROCESS_TIMEOUT_S,
    )
    if done.returncode:
        return [f"another process could not make the tasks: {done.stderr[-500:]}"]
    return [] if done.stdout.strip() == digest(tasks) else ["another process made other tasks with the same seed"]


def check_answers(tasks: Sequence[Task]) -> list[str]:
    """Return what is wrong with the scores of right, empty and wrong answers."""
    problems = []
    examples = [(task, example) for task in tasks if (example := example_response(task)) is not None]
    for task, verdict in judged([task for task, _ in examples], [example for _, example in examples]):
        if verdict.reward != 1.0:
            problems.append(f"{task.task_id}: its example answer scores {verdict.reward:g} ({verdict.detail})")
    for task, verdict in judged(tasks, [""] * len(tasks)):
        if verdict.reward != 0.0 or verdict.status != "unparseable":
            problems.append(f"{task.task_id}: an empty answer scores {verdict.reward:g}, {verdict.status}")
    wrong = [(task, response) for task in tasks if (response := wrong_response(task)) is not None]
    for task, verdict in judged([task for task, _ in wrong], [response for _, response in wrong]):
        if verdict.reward == 1.0 or verdict.status != "scored":
            problems.append(f"{task.task_id}: a wrong answer scores {verdict.reward:g}, {verdict.status}")
    return problems


def check_hostile(tasks: Sequence[Task]) -> list[str]:
    """Return which hostile answers were rewarded in full, broke a worker or outlasted the limit."""
    problems = []
    for name in sorted({task.domain for task in tasks}):
        responses = get_domain(name).hostile_responses()
        for task in [task for task in tasks if task.domain == name][:HOSTILE_TASKS]:
            for (_, verdict), response in zip(judged([task] * len(responses), responses), responses, strict=True):
                if verdict.reward == 1.0 or verdict.status == "error" or verdict.seconds > allowed_s(task) + SLACK_S:
                    problems.append(f"{task.task_id}: {response:.40}: {verdict.status}, {verdict.seconds:.1f} s")
    return problems


def allowed_s(task: Task) -> float:
    """Return the seconds after which the verification of a task's answer is stopped."""
    domain = get_domain(task.domain)
    return domain.deadline_s(domain.check_reference(task), domain.check_options(None), TIMEOUT_S)


def example_response(task: Task) -> str | None:
    """Return a response that must score 1, if the task's domain knows one."""
    domain = get_domain(task.domain)
    return domain.example_response(domain.check_reference(task))


def wrong_response(task: Task) -> str | None:
    """Return a response that must score less than 1, if the task's domain knows one."""
    domain = get_domain(task.domain)
    return domain.wrong_response(domain.check_reference(task))


def judged(tasks: Sequence[Task], responses: Sequence[str]) -> list[tuple[Task, Verdict]]:
    """Return the tasks with the verdicts on their responses."""
    return list(zip(tasks, verify_batch(tasks, responses, timeout_s=TIMEOUT_S), strict=True))


if __name__ == "__main__":
    sys.exit(main())
