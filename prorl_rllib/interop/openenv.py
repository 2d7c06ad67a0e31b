"""OpenEnv: the environments served over its protocol, and a typed client. Tested with openenv 0.10.

The observation of a verification that failed is `done` with a reward of None and the status "error".
"""

import functools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from prorl_rllib.envs.task import Message, Verdict
from prorl_rllib.interop.loopback_server import serving
from prorl_rllib.interop.optional_library import missing_library
from prorl_rllib.interop.scoring import reward_of
from prorl_rllib.interop.task_rows import as_task
from prorl_rllib.interop.text_envs import EnvLike, make_text_env

try:
    from openenv.core.client_types import StepResult
    from openenv.core.env_client import EnvClient
    from openenv.core.env_server import Action, Environment, Observation, State, create_fastapi_app
except ImportError as error:
    raise missing_library("prorl_rllib.interop.openenv", "openenv>=0.10,<0.11", error) from error


class TextAction(Action):
    """An answer: all the model wrote."""

    response: str


class TextObservation(Observation):
    """What is asked, or what became of the last answer; `done` and `reward` are OpenEnv's."""

    prompt: str = ""
    """The last user text, answer instruction included; "" after the end."""
    messages: list[Message] = []
    """The whole chat, while the episode runs."""
    task_id: str = ""
    domain: str = ""
    dataset: str = ""
    verdict: Verdict | None = None
    """Of the answer that ended the episode."""


class ProRLEnvironment(Environment[TextAction, TextObservation, State]):
    """One session: a text environment with an episode of its own."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self, env: EnvLike = "prorl/Math-v0", env_config: Mapping[str, Any] | None = None) -> None:
        """Make the environment; arguments as in `make_text_env`."""
        super().__init__()
        self._env = make_text_env(env, env_config)
        self._state = State()

    def reset(
        self,
        seed: int | None = None,
        episode_id: str | None = None,
        task_index: int | None = None,
        task: Mapping[str, Any] | str | None = None,
    ) -> TextObservation:
        """Start an episode.

        Args:
            seed: seeds the choice of the task.
            episode_id: a random one when None.
            task_index: which task of the environment's; a random one when None.
            task: a task given whole, as its fields or its JSON.

        Raises:
            EnvConfigError: for an index out of range, both an index and a task, or a task of another domain.
            TaskError: for a task that is none.
        """
        options: dict[str, Any] = {} if task_index is None else {"task_index": task_index}
        if task is not None:
            options["task"] = as_task(task)
        prompt, info = self._env.reset(seed=seed, options=options)
        self._state = State(episode_id=episode_id or str(uuid4()), step_count=0)
        return _observation(info, prompt=prompt, messages=info["messages"])

    def step(self, action: TextAction, timeout_s: float | None = None) -> TextObservation:
        """Take an answer.

        Args:
            action: the answer.
            timeout_s: of OpenEnv's interface; the environment's own `verifier_timeout_s` holds.
        """
        prompt, _, done, _, info = self._env.step(action.response)
        self._state.step_count += 1
        if not done:
            return _observation(info, prompt=prompt, messages=info["messages"])
        verdict = info["verdict"]
        return _observation(info, done=True, reward=reward_of(verdict), verdict=verdict)

    @property
    def state(self) -> State:
        """The episode's id and the number of answers so far."""
        return self._state


class TextEnvClient(EnvClient[TextAction, TextObservation, State]):
    """Client of a server of `ProRLEnvironment`; `.sync()` gives one without `await`."""

    def _step_payload(self, action: TextAction) -> dict[str, Any]:
        """Return what goes over the wire for an answer."""
        return action.model_dump()

    def _parse_result(self, payload: dict[str, Any]) -> StepResult[TextObservation]:
        """Return the observation, the reward and whether the episode ended."""
        reward, done = payload.get("reward"), payload.get("done", False)
        observation = TextObservation.model_validate({**payload["observation"], "reward": reward, "done": done})
        return StepResult(observation=observation, reward=reward, done=done)

    def _parse_state(self, payload: dict[str, Any]) -> State:
        """Return the state."""
        return State.model_validate(payload)


def create_app(
    env: EnvLike = "prorl/Math-v0", env_config: Mapping[str, Any] | None = None, *, max_sessions: int = 64
) -> Any:
    """Return the FastAPI application of an OpenEnv server.

    It checks no one's identity: whoever serves it on an address other than loopback puts that in front.

    Args:
        env: as in `make_text_env`.
        env_config: as in `make_text_env`.
        max_sessions: clients at the same time; further ones are refused.

    Raises:
        EnvConfigError: naming the wrong key, before anything is served.
    """
    model = make_text_env(env, env_config)
    factory = functools.partial(ProRLEnvironment, model)
    return create_fastapi_app(factory, TextAction, TextObservation, max_concurrent_envs=max_sessions)


@contextmanager
def serve(
    env: EnvLike = "prorl/Math-v0",
    env_config: Mapping[str, Any] | None = None,
    *,
    port: int = 0,
    max_sessions: int = 64,
) -> Iterator[str]:
    """Serve an environment on the loopback address while the context lasts.

    Args:
        env: as in `make_text_env`.
        env_config: as in `make_text_env`.
        port: 0 for a free one.
        max_sessions: as in `create_app`.

    Yields:
        The address for `TextEnvClient`.

    Raises:
        OSError: when the port is taken.
    """
    with serving(create_app(env, env_config, max_sessions=max_sessions), port) as address:
        yield address


def _observation(info: Mapping[str, Any], **fields: Any) -> TextObservation:
    """Return an observation with what every info says of the task."""
    return TextObservation(task_id=info["task_id"], domain=info["domain"], dataset=info["dataset"], **fields)
