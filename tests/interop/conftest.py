import re
from typing import NamedTuple

import pytest

from prorl_rllib.envs import Task, Verdict, get_domain, verify_batch
from prorl_rllib.envs.domain import BUILT_IN
from prorl_rllib.envs.registration import ENVIRONMENTS

ENV_OF = {module.partition(":")[0].rpartition(".")[2]: env_id for env_id, module in ENVIRONMENTS.items()}
UNPARSEABLE = ["", "I do not know.", "The answer is \\boxed{", "Perhaps <answer>7", "```python\nprint(1)"]
# Hostile programs that use up a limit of seconds, and half characters, which no tokenizer gives back.
LEFT_OUT = re.compile(r"while True:\n    (?!print)|sleep|9 \*\* 9|threading|9\*\*9\*\*9|[\ud800-\udfff]")


class Sample(NamedTuple):
    """One response to a task, and what `verify` says of it."""

    task: Task
    response: str
    verdict: Verdict


def outcome(verdict):
    """What of a verdict does not depend on the time that it took."""
    return verdict.reward, verdict.status, verdict.answer


def responses_of(domain_name):
    """Twenty responses to tasks of one domain: six right, five wrong, four or five without an answer, five hostile."""
    import gymnasium

    domain = get_domain(domain_name)
    env = gymnasium.make(f"prorl_rllib:{ENV_OF[domain_name]}").unwrapped
    tasks = []
    for index in range(100):
        task = env.task(index)
        if domain.example_response(domain.check_reference(task)) is not None:
            tasks.append(task)
        if len(tasks) == 6:
            break
    right = [domain.example_response(domain.check_reference(task)) for task in tasks]
    wrong = [domain.wrong_response(domain.check_reference(task)) for task in tasks[:5]]
    hostile = [text for text in domain.hostile_responses() if not LEFT_OUT.search(text)]
    texts = [*right, *wrong, *UNPARSEABLE[:4], *hostile[-5:]]
    assert len(texts) == 20
    return [(tasks[index % 6], text) for index, text in enumerate(texts)]


@pytest.fixture(scope="session")
def samples():
    """A hundred responses over the five domains, in mixed order, each with the verdict of `verify`."""
    pairs = [pair for group in zip(*map(responses_of, sorted(BUILT_IN)), strict=True) for pair in group]
    verdicts = verify_batch([task for task, _ in pairs], [response for _, response in pairs])
    made = [Sample(task, response, verdict) for (task, response), verdict in zip(pairs, verdicts, strict=True)]
    assert {sample.verdict.status for sample in made} >= {"scored", "unparseable"}
    assert {0.0, 1.0} < {sample.verdict.reward for sample in made}, "some rewards lie between 0 and 1"
    return made


@pytest.fixture(scope="session", name="outcome")
def outcome_fixture():
    """The function `outcome(verdict)`."""
    return outcome


@pytest.fixture
def failing_machinery(monkeypatch):
    """Every worker fails: answers that need one get the status `error`."""
    from concurrent.futures import Future

    from prorl_rllib.envs.verification.pool import WorkerPool, WorkResult

    def fail(self, message, timeout_s):
        future = Future()
        future.set_result(WorkResult("error", detail="the worker died twice"))
        return future

    monkeypatch.setattr(WorkerPool, "submit", fail)
