"""The records every domain shares: what is asked, and what became of an answer."""

import hashlib
import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Message = dict[str, str]
"""One chat message: `{"role": ..., "content": ...}`."""

Split = Literal["train", "heldout", "all"]
Status = Literal["scored", "unparseable", "timeout", "error"]


class Task(BaseModel):
    """One problem. Frozen; it crosses process borders.

    Attributes:
        task_id: stable id, a hash of source and problem.
        domain: name of the registered domain that generates and scores it.
        prompt: the problem, as text or as chat messages; never holds the answer instruction.
        reference: what scoring needs; validated by the domain's reference model.
        metadata: facts about the task (`dataset`, `difficulty`, ...), for reports and curricula.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    task_id: str
    domain: str
    prompt: str | tuple[Message, ...]
    reference: dict[str, Any]
    metadata: dict[str, Any] = Field(default_factory=dict)

    @field_validator("prompt")
    @classmethod
    def _can_be_asked(cls, prompt: str | tuple[Message, ...]) -> str | tuple[Message, ...]:
        """Reject chats that are not role and content, or do not end with a user message to answer; half characters."""
        if not isinstance(prompt, str):
            if any(set(message) != {"role", "content"} for message in prompt):
                raise ValueError("each message must hold role and content, and nothing else")
            if not prompt or prompt[-1]["role"] != "user":
                raise ValueError("a chat must end with a message of role user")
        for text in [prompt] if isinstance(prompt, str) else [message["content"] for message in prompt]:
            _check_encodable(text)
        return prompt

    @property
    def messages(self) -> list[Message]:
        """The prompt as chat messages, without an answer instruction."""
        if isinstance(self.prompt, str):
            return [{"role": "user", "content": self.prompt}]
        return [dict(message) for message in self.prompt]

    @property
    def dataset(self) -> str:
        """Name of the data set or generator the task is from ("" when unknown)."""
        return str(self.metadata.get("dataset", ""))


class Verdict(BaseModel):
    """What became of one answer. Frozen.

    Attributes:
        reward: in [0, 1].
        status: `scored`; `unparseable` (no answer in the asked form); `timeout` (the answer outlasted the deadline);
            `error` (the machinery failed twice: drop the sample, its reward of 0 means nothing).
        answer: what was extracted from the response, if anything.
        detail: the reason, in a few words.
        seconds: time the verifier worked (0 when no worker was needed).
        queued_seconds: time the answer waited for a worker.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    reward: float = Field(ge=0.0, le=1.0)
    status: Status
    answer: str | None = None
    detail: str = ""
    seconds: float = 0.0
    queued_seconds: float = 0.0

    @property
    def reward_or_none(self) -> float | None:
        """The reward; None for status `error`, whose 0 means nothing."""
        return None if self.status == "error" else self.reward

    @model_validator(mode="after")
    def _only_scored_answers_are_rewarded(self) -> "Verdict":
        """Reject a reward beside a status that says the answer was not scored."""
        if self.reward and self.status != "scored":
            raise ValueError(f"reward = {self.reward:g} with status {self.status!r}: must be 0 unless scored")
        return self


def _check_encodable(text: str) -> None:
    """Raise for text that no tokenizer takes.

    Raises:
        ValueError: naming the character.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        char = text[error.start]
        raise ValueError(f"a prompt must be text that UTF-8 can hold, not half a character: {char!a}") from None


def prompt_hash(prompt: str | tuple[Message, ...]) -> str:
    """Return the SHA-256 hex digest of a prompt's content: it names a task and decides its split."""
    text = prompt_text(prompt)
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def prompt_text(prompt: str | tuple[Message, ...]) -> str:
    """Return a prompt as one text; a chat of one user message is the same problem as its plain text."""
    if isinstance(prompt, str):
        return prompt
    if len(prompt) == 1 and prompt[0]["role"] == "user":
        return prompt[0]["content"]
    return json.dumps(list(prompt), sort_keys=True)


def is_in_split(prompt: str | tuple[Message, ...], split: Split) -> bool:
    """Tell whether a prompt belongs to a split; every prompt belongs to "all"."""
    return split == "all" or split_of(prompt) == split


def split_of(prompt: str | tuple[Message, ...]) -> Literal["train", "heldout"]:
    """Return the split a prompt belongs to, by content: a tenth is held out."""
    return "heldout" if int(prompt_hash(prompt), 16) % 10 == 0 else "train"
