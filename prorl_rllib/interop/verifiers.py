"""verifiers: any environment of ours as a taskset, scored by its domain. Tested with verifiers 0.4.

A verification that failed raises in the reward: verifiers records a `TaskError` on the trace, whose reward stays
unscored (None) and which is not `ok`, so that trainers drop or retry it.
"""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

from prorl_rllib.envs.domain import Domain, get_domain
from prorl_rllib.envs.errors import VerifierError
from prorl_rllib.envs.task import Message, Task, Verdict
from prorl_rllib.envs.text_env import TextEnv
from prorl_rllib.interop.optional_library import missing_library
from prorl_rllib.interop.scoring import answers_of, reward_of, score
from prorl_rllib.interop.task_rows import as_task, task_to_json
from prorl_rllib.interop.text_envs import make_text_env

try:
    import verifiers.v1 as vf
except ImportError as error:
    raise missing_library("prorl_rllib.interop.verifiers", "verifiers>=0.4,<0.5", error) from error

__all__ = ["ProRLEnv", "ProRLTaskset"]


class ProRLTasksetConfig(vf.TasksetConfig):
    """Which tasks: `--env.taskset.*` of verifiers' commands."""

    env: str = "prorl/Math-v0"
    """Gymnasium id of the environment."""
    env_config: dict[str, Any] = {}
    """Keys of its `env_config`."""
    limit: int | None = None
    """Number of tasks; all of the environment's when None."""


class ProRLData(vf.TaskData):
    """What of a task goes over the wire: enough to score its answer anywhere."""

    prorl_task: str
    """The task as JSON."""
    options: dict[str, Any]
    """The options of its domain."""
    verifier_timeout_s: float
    """Seconds a verifier may work on one answer."""


class ProRLTask(vf.Task[ProRLData]):
    """One task, scored as its environment would."""

    @property
    def record(self) -> Task:
        """The task of this package."""
        return as_task(self.data.prorl_task)

    @property
    def in_turns(self) -> bool:
        """Whether the task's domain may answer with another user text."""
        return type(get_domain(self.record.domain)).respond is not Domain.respond

    def next_user_text(self, messages: Sequence[Message]) -> str | None:
        """Return the next user text, or None when the last answer of the chat ends it.

        Args:
            messages: the chat, which ends with the model's answer.
        """
        domain = get_domain(self.record.domain)
        return domain.respond(domain.check_reference(self.record), messages, domain.check_options(self.data.options))

    def verdict(self, trace: vf.Trace) -> Verdict:
        """Return the verdict on a finished trace."""
        task = self.record
        timeout_s, options = self.data.verifier_timeout_s, {task.domain: self.data.options}
        return score(task, messages_of(trace), timeout_s=timeout_s, options=options)

    @vf.reward
    async def verified(self, trace: vf.Trace) -> float:
        """Return the reward, with the whole verdict in `trace.info["prorl_verdict"]`.

        Raises:
            VerifierError: when the verification failed.
        """
        verdict = await asyncio.to_thread(self.verdict, trace)
        trace.info["prorl_verdict"] = verdict.model_dump(mode="json")
        reward = reward_of(verdict)
        if reward is None:
            raise VerifierError(f"task {self.data.id!r} was not scored: {verdict.detail}")
        for status in ("unparseable", "timeout"):
            trace.record_metric(status, float(verdict.status == status))
        return reward


class ProRLTaskset(vf.Taskset[ProRLTask, ProRLTasksetConfig]):
    """The tasks of one environment."""

    def load(self) -> Iterator[ProRLTask]:
        """Yield the tasks in their order.

        Raises:
            EnvConfigError: naming the wrong key of the config.
        """
        env = make_text_env(self.config.env, self.config.env_config)
        count = env.num_tasks if self.config.limit is None else min(self.config.limit, env.num_tasks)
        for index in range(count):
            yield ProRLTask(data_of(env, env.task(index)), self.config.task)


class ProRLEnvConfig(vf.SingleAgentEnvConfig):
    """The one agent is a plain chat: it runs no code, so it needs no container."""

    agent: vf.AgentConfig = vf.AgentConfig(harness={"id": "null"}, runtime=vf.SubprocessConfig())


class ProRLEnv(vf.SingleAgentEnv, vf.Env[ProRLEnvConfig]):
    """One agent that answers; where a domain plays in turns, the domain is its user."""

    async def run(self, task: ProRLTask, agents: vf.Agents) -> None:
        """Run one episode."""
        if not task.in_turns:
            await agents.agent.run(task)
            return
        async with agents.agent.interaction(task) as interaction:
            segment = await interaction.turn()
            while not segment.terminated:
                text = task.next_user_text(messages_of(interaction.trace))
                if text is None:
                    break
                segment = await interaction.turn(text)


def data_of(env: TextEnv, task: Task) -> ProRLData:
    """Return the data of one task of an environment, asked and scored as that environment would.

    Args:
        env: gives the answer instruction, the options and the time limit.
        task: one of its tasks.
    """
    part = env.source.part_of(task)
    messages = env.reset(options={"task": task})[1]["messages"]
    plain = len(messages) == 1 and messages[0]["role"] == "user"
    return ProRLData(
        id=task.task_id,
        prompt=messages[0]["content"] if plain else messages,
        prorl_task=task_to_json(task),
        options=part.options.model_dump(mode="json"),
        verifier_timeout_s=part.settings.verifier_timeout_s,
    )


def messages_of(trace: vf.Trace) -> list[Message]:
    """Return the chat of a trace up to the model's last answer, as role and text.

    Raises:
        TypeError: when the model has not answered.
    """
    return answers_of([message.model_dump() for message in trace.messages])
