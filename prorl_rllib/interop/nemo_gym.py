"""NeMo Gym: a resources server whose `/verify` scores with our verifiers, and rows for it. Tested with nemo-gym 0.4.

A verification that failed is HTTP 503, so that the rollout fails instead of counting as a reward of 0. Where the
release has `mask_sample`, as 0.7, the sample is masked instead: the field says that a reward measures nothing.
"""

import asyncio
from collections.abc import Iterator
from typing import Any

from pydantic import Field

from prorl_rllib.envs.task import Message, Verdict
from prorl_rllib.envs.verification.verify import DEFAULT_TIMEOUT_S
from prorl_rllib.interop.loopback_server import HOST
from prorl_rllib.interop.optional_library import missing_library
from prorl_rllib.interop.scoring import score
from prorl_rllib.interop.task_rows import (
    TASK_COLUMN,
    DomainOptions,
    Tasks,
    check_domain_options,
    iterate_tasks,
    prompt_messages,
    task_to_json,
)

try:
    from fastapi import HTTPException
    from nemo_gym.base_resources_server import (
        BaseResourcesServerConfig,
        BaseVerifyRequest,
        BaseVerifyResponse,
        SimpleResourcesServer,
    )
    from nemo_gym.config_types import BaseServerConfig
    from nemo_gym.openai_utils import NeMoGymResponse
    from nemo_gym.server_utils import ServerClient
except ImportError as error:
    raise missing_library("prorl_rllib.interop.nemo_gym", "nemo-gym>=0.4,<0.5", error) from error


class ProRLServerConfig(BaseResourcesServerConfig):
    """The server's keys, beside NeMo Gym's own."""

    options: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Domain -> its options."""
    verifier_timeout_s: float = Field(default=DEFAULT_TIMEOUT_S, gt=0)
    """Seconds a verifier may work on one answer."""


class ProRLVerifyRequest(BaseVerifyRequest):
    """A rollout of one row of `to_rows`."""

    prorl_task: str
    """The task as JSON."""


class ProRLVerifyResponse(BaseVerifyResponse):
    """The reward, and why."""

    prorl_task: str
    status: str
    """As in `Verdict`."""
    answer: str | None = None
    detail: str = ""


class ProRLResourcesServer(SimpleResourcesServer):
    """Scores rollouts; keeps nothing between requests."""

    config: ProRLServerConfig

    def model_post_init(self, context: Any) -> None:
        """Check the options once.

        Raises:
            pydantic.ValidationError: naming an unknown domain or a wrong option.
        """
        super().model_post_init(context)
        check_domain_options(self.config.options)

    async def verify(self, body: ProRLVerifyRequest) -> ProRLVerifyResponse:
        """Score one rollout.

        Raises:
            fastapi.HTTPException: 503 when the verification failed and the release cannot mask a sample.
        """
        timeout_s, options = self.config.verifier_timeout_s, self.config.options
        messages = messages_of(body.response)
        verdict = await asyncio.to_thread(score, body.prorl_task, messages, timeout_s=timeout_s, options=options)
        masked = _masked(verdict) if verdict.status == "error" else {}
        return ProRLVerifyResponse(
            **body.model_dump(),
            **masked,
            reward=verdict.reward,
            status=verdict.status,
            answer=verdict.answer,
            detail=verdict.detail,
        )


def make_server(
    options: DomainOptions = None, verifier_timeout_s: float = DEFAULT_TIMEOUT_S, *, port: int = 0
) -> ProRLResourcesServer:
    """Return a server without NeMo Gym's configuration files; `setup_webserver()` gives its application.

    Args:
        options: by domain.
        verifier_timeout_s: seconds a verifier may work on one answer.
        port: that it will be served on, for NeMo Gym's records.

    Raises:
        pydantic.ValidationError: naming an unknown domain or a wrong option.
    """
    from omegaconf import OmegaConf

    config = ProRLServerConfig(
        name="prorl",
        host=HOST,
        port=port,
        entrypoint="app.py",
        options=options or {},
        verifier_timeout_s=verifier_timeout_s,
    )
    # The head server is asked by servers that call others; this one calls none.
    head = BaseServerConfig(host=HOST, port=0)
    client = ServerClient(head_server_config=head, global_config_dict=OmegaConf.create({}))
    return ProRLResourcesServer(config=config, server_client=client)


def to_rows(
    tasks: Tasks, *, limit: int | None = None, options: DomainOptions = None, answer_instruction: str | None = None
) -> Iterator[dict[str, Any]]:
    """Yield one row of NeMo Gym's JSONL a task.

    Args:
        tasks: an environment, or tasks.
        limit: number of rows; all when None.
        options: by domain, as the server has them; they may change the instruction.
        answer_instruction: as in `prompt_messages`.
    """
    for task in iterate_tasks(tasks, limit):
        messages = prompt_messages(task, options=options, answer_instruction=answer_instruction)
        yield {"responses_create_params": {"input": messages}, TASK_COLUMN: task_to_json(task)}


def messages_of(response: NeMoGymResponse) -> list[Message]:
    """Return the assistant's messages of a response; an empty one where it wrote none.

    Args:
        response: of the Responses API; reasoning and tool calls are left out.
    """
    items = [item.model_dump() for item in response.output]
    messages = [
        {"role": item["role"], "content": _text(item["content"])} for item in items if item.get("type") == "message"
    ]
    return messages or [{"role": "assistant", "content": ""}]


def _text(content: str | list[dict[str, Any]]) -> str:
    """Return the text of a message, given as text or as parts."""
    if isinstance(content, str):
        return content
    return "".join(part["text"] for part in content if isinstance(part.get("text"), str))


def _masked(verdict: Verdict) -> dict[str, Any]:
    """Return the fields that keep a sample out of every score.

    Raises:
        fastapi.HTTPException: 503 when the release has none.
    """
    if "mask_sample" not in BaseVerifyResponse.model_fields:
        raise HTTPException(status_code=503, detail=f"the answer was not scored: {verdict.detail}")
    return {"mask_sample": True, "failure_kind": "verifier_error", "failure_reason": verdict.detail}
