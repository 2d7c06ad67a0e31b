import asyncio
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from prorl_rllib.envs import MathEnv, MixtureEnv, Verdict
from prorl_rllib.interop.loopback_server import serving

vf = pytest.importorskip("verifiers.v1", reason="verifiers is not installed")

from starlette.applications import Starlette  # noqa: E402
from starlette.responses import JSONResponse  # noqa: E402
from starlette.routing import Route  # noqa: E402
from verifiers.v1.graph import MessageNode  # noqa: E402

from prorl_rllib.interop.verifiers import (  # noqa: E402
    ProRLEnvConfig,
    ProRLTask,
    ProRLTaskset,
    ProRLTasksetConfig,
    data_of,
)
from tests.docs.snippets import ROOT, run_snippet, snippets_of  # noqa: E402
from tests.interop.number_game import NumberGameEnv, guesses_for  # noqa: E402

pytestmark = pytest.mark.interop

TASKSET = """
from prorl_rllib.interop.verifiers import ProRLEnv, ProRLTaskset

__all__ = ["ProRLEnv", "ProRLTaskset"]
"""
COMMAND = re.compile(r"^PYTHONPATH=\. vf-eval .*$", re.MULTILINE)
# A plain chat without a subprocess: what verifiers' own "null" harness does, which installs packages first.
HARNESS = """
from openai import AsyncOpenAI

import verifiers.v1 as vf
from verifiers.v1.dialects.chat import message_to_wire


class ChatHarness(vf.Harness[vf.HarnessConfig]):
    SUPPORTS_RESUME = True
    EXECUTES_CODE = False
    NEEDS_CONTAINER = False

    async def launch(self, ctx, trace, runtime, endpoint, secret, mcp_urls, data, tool_interception_url=None):
        _, prompt = self.resolve_prompt(data)
        messages = [{"role": "user", "content": prompt}] if isinstance(prompt, str) else map(message_to_wire, prompt)
        async with AsyncOpenAI(base_url=endpoint, api_key=secret) as model:
            await model.chat.completions.create(model=ctx.model, messages=list(messages))
        return vf.ProgramResult(0, "", "")


__all__ = ["ChatHarness"]
"""


@pytest.fixture(scope="module", autouse=True)
def _plugins(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plugins")
    (folder / "prorl_tasks.py").write_text(TASKSET)
    (folder / "chat_harness.py").write_text(HARNESS)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    yield
    sys.path.remove(str(folder))


def scored(task, *texts):
    """Let verifiers score a finished trace whose model wrote the texts; return the trace."""
    trace = vf.Trace(
        task=vf.TraceTask(type=type(task).__name__, data=task.data, key=task.key, hash=task.hash),
        agent=vf.AgentInfo(config=vf.AgentConfig()),
    )
    trace.nodes.append(MessageNode(message=vf.UserMessage(content=task.data.prompt_text)))
    for text in texts:
        message = vf.AssistantMessage(content=text)
        trace.nodes.append(MessageNode(parent=len(trace.nodes) - 1, sampled=True, message=message))
    asyncio.run(task.score(trace))
    return trace


def played(config, answer):
    """Run the first task through `Env.run_episode` with a model that answers with `answer(messages)`."""

    async def complete(request):
        messages = (await request.json())["messages"]
        message = {"role": "assistant", "content": answer(messages)}
        choice = {"index": 0, "finish_reason": "stop", "message": message}
        return JSONResponse({"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]})

    async def run(address):
        client = vf.EvalClientConfig(base_url=f"{address}/v1", api_key_var="NO_KEY")
        env = vf.load_environment(config)
        async with env.serving():
            task = next(iter(env.taskset))
            return task, await env.run_episode(task, vf.ModelContext(model="m", client=client))

    app = Starlette(routes=[Route("/v1/chat/completions", complete, methods=["POST"])])
    with serving(app) as address:
        return asyncio.run(run(address))


def config_of(env, **env_config):
    agent = vf.AgentConfig(harness={"id": "chat_harness"}, runtime=vf.SubprocessConfig())
    return ProRLEnvConfig(agent=agent, taskset={"id": "prorl_tasks", "env": env, "env_config": env_config, "limit": 1})


def test_a_hundred_responses_get_the_verdicts_of_verify(samples, outcome):
    env = MixtureEnv()
    for sample in samples:
        trace = scored(ProRLTask(data_of(env, sample.task)), sample.response)
        assert trace.reward == sample.verdict.reward
        assert outcome(Verdict.model_validate(trace.info["prorl_verdict"])) == outcome(sample.verdict)
        assert trace.metrics["unparseable"] == (sample.verdict.status == "unparseable")


def test_a_taskset_yields_the_environments_tasks_as_it_asks_them():
    config = {"datasets": ["sum_chain"], "answer_instruction": "Box it.", "verifier_timeout_s": 7}
    taskset = ProRLTaskset(ProRLTasksetConfig(env="prorl/Math-v0", env_config=config, limit=3))
    env = MathEnv(**config)
    tasks = list(taskset)
    assert [task.data.prompt for task in tasks] == [env.task(index).prompt + "\nBox it." for index in range(3)]
    assert [task.record for task in tasks] == [env.task(index) for index in range(3)]
    assert {task.data.verifier_timeout_s for task in tasks} == {7}
    assert [task.data.idx for task in taskset.shuffle(seed=1).take(3)] != [0, 1, 2]


def test_verifiers_loads_the_taskset_and_its_environment_by_id():
    env = vf.load_environment(ProRLEnvConfig(taskset={"id": "prorl_tasks", "env": "prorl/Logic-v0", "limit": 2}))
    assert (type(env).__name__, len(list(env.taskset))) == ("ProRLEnv", 2)
    assert (env.config.agent.harness.id, env.config.agent.runtime.type) == ("null", "subprocess")
    data = next(iter(env.taskset)).data
    again = ProRLTask(type(data).model_validate_json(data.model_dump_json()))
    assert again.record == next(iter(env.taskset)).record


def test_an_episode_of_one_turn_is_run_and_rewarded():
    right = MathEnv(datasets=["sum_chain"]).task(0).reference["answer"]
    for answer, reward in ((rf"\boxed{{{right}}}", 1.0), ("no answer", 0.0)):
        _, episode = played(config_of("prorl/Math-v0", datasets=["sum_chain"]), lambda messages, said=answer: said)
        (trace,) = episode.traces
        assert (trace.reward, trace.ok, trace.num_turns) == (reward, True, 1), trace.errors


def test_a_game_in_turns_has_its_domain_as_the_user():
    import gymnasium

    gymnasium.register("NumberGame-v0", entry_point=NumberGameEnv)
    guesses = guesses_for(NumberGameEnv().task(0).reference["number"])

    def guess(messages):
        return guesses[sum(message["role"] == "assistant" for message in messages)][0]

    _, episode = played(config_of("NumberGame-v0"), guess)
    (trace,) = episode.traces
    said = [message.content for message in trace.messages if message.role == "user"][1:]
    assert (trace.reward, trace.ok, trace.num_turns) == (pytest.approx(1 / 3), True, 3), trace.errors
    assert said == [hint for _, hint in guesses[:2]]


def test_a_failure_of_the_machinery_leaves_the_trace_unscored(samples, failing_machinery):
    sample = next(each for each in samples if each.verdict.seconds)
    task = ProRLTask(data_of(MixtureEnv(), sample.task))
    with pytest.raises(vf.TaskError, match="was not scored: the worker died twice"):
        scored(task, sample.response)


def test_an_episode_whose_verification_failed_is_not_ok_and_has_no_reward(samples, failing_machinery, monkeypatch):
    sample = next(each for each in samples if each.verdict.seconds)
    task = ProRLTask(data_of(MixtureEnv(), sample.task))
    monkeypatch.setattr(ProRLTaskset, "load", lambda self: iter([task]))
    _, episode = played(config_of("prorl/Mixture-v0"), lambda messages: sample.response)
    (trace,) = episode.traces
    assert (trace.ok, trace.rewards, trace.last_error.type) == (False, {"verified": None}, "TaskError")
    assert not episode.ok


@pytest.mark.parametrize("snippet", snippets_of(__file__))
def test_the_snippets_of_the_documentation_run(snippet, tmp_path):
    run_snippet(snippet, tmp_path)


def test_the_command_of_the_documentation_is_one_of_verifiers(tmp_path):
    (tmp_path / "prorl_tasks.py").write_text(TASKSET)
    command = COMMAND.search((ROOT / "docs" / "use_without_rllib.md").read_text())[0]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", f"{command} --dry-run"],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=120,
    )
    (config,) = tmp_path.rglob("eval.json") if done.returncode == 0 else pytest.fail(done.stdout + done.stderr)
    assert '"prorl/Logic-v0"' in config.read_text()
