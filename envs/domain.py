"""What a task domain is, and the registry of domains.

A new domain is one file: a subclass of `Domain` and, in one line, `register_domain(MyDomain())`.
"""

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from pydantic import BaseModel, ValidationError

from prorl_rllib.envs.errors import EnvConfigError, TaskError
from prorl_rllib.envs.settings import describe, did_you_mean
from prorl_rllib.envs.task import Task, prompt_hash


@dataclass(frozen=True)
class Score:
    """What a scorer says of one answer: `reward` in [0, 1] and the reason in a few words."""

    reward: float
    detail: str = ""


@dataclass(frozen=True)
class Draft:
    """A generated problem before it has an id: the fields of `Task` that its generator decides."""

    prompt: str
    reference: dict[str, Any]
    metadata: dict[str, Any] = field(default_factory=dict)


class Domain(ABC):
    """Tasks in, verdicts out. Stateless: one instance serves a process, from any thread.

    Attributes:
        name: the domain's name, as in `Task.domain`.
        reference_model: pydantic model that validates `Task.reference`.
        answer_instruction: the default instruction, appended to a prompt by the environment.
        difficulties: lowest and highest `difficulty` of generated tasks.
    """

    name: ClassVar[str]
    reference_model: ClassVar[type[BaseModel]]
    answer_instruction: ClassVar[str] = ""
    difficulties: ClassVar[tuple[int, int]] = (1, 1)

    @abstractmethod
    def dataset_names(self) -> tuple[str, ...]:
        """Return the names that `datasets` accepts."""

    def default_datasets(self) -> tuple[str, ...]:
        """Return the names used when `datasets` is not given."""
        return self.dataset_names()

    def dataset_config(self, dataset: str, config: Mapping[str, Any], difficulty: int) -> Any:
        """Check the config of one data set, once, and return it in the form that `generate` takes.

        Args:
            dataset: one of `dataset_names()`.
            config: as the user wrote it.
            difficulty: fills what the config leaves open.

        Raises:
            EnvConfigError: naming the wrong key or value.
        """
        return dict(config)

    @abstractmethod
    def generate(self, dataset: str, config: Any, rng: random.Random) -> Draft:
        """Make one problem, a function of the arguments alone.

        Args:
            dataset: one of `dataset_names()`.
            config: what `dataset_config` returned.
            rng: the only source of chance.
        """

    @abstractmethod
    def extract(self, response: str) -> str:
        """Return the answer within a response, by string operations only (runs in the caller's process).

        Raises:
            UnparseableAnswer: when there is none; the message becomes the verdict's detail.
        """

    def quick_score(self, reference: Any, answer: str) -> Score | None:
        """Score an answer by comparing strings or numbers, where that decides (runs in the caller's process).

        Args:
            reference: an instance of `reference_model`.
            answer: what `extract` returned.

        Returns:
            The score, or None when a worker has to decide.
        """
        return None

    @abstractmethod
    def scorer(self, reference: Any) -> Callable[[str], Score]:
        """Return the function that scores an answer (runs in a killable worker).

        Imports and other preparation belong here: the deadline starts when the returned function is called.

        Args:
            reference: an instance of `reference_model`.

        Raises:
            TaskError: when the reference cannot be scored by what is installed; raised again in the caller.
        """

    def check_reference(self, task: Task) -> Any:
        """Return a task's reference as an instance of `reference_model`.

        Raises:
            TaskError: naming the task and the wrong field.
        """
        try:
            return self.reference_model.model_validate(task.reference)
        except ValidationError as error:
            problem = describe(error)
            raise TaskError(f"task {task.task_id!r}: wrong reference for domain {self.name!r}: {problem}") from None

    def example_response(self, reference: Any) -> str | None:
        """Return a response that must score 1, None where none is known; used to validate an environment.

        Args:
            reference: an instance of `reference_model`.
        """
        return None

    def hostile_responses(self) -> tuple[str, ...]:
        """Return responses that try to hang or exhaust a verifier; used to validate an environment."""
        return ()

    def make_task(self, dataset: str, draft: Draft, difficulty: int) -> Task:
        """Return the task of a draft, with its id."""
        return Task(
            task_id=f"{self.name}/{dataset}/{prompt_hash(draft.prompt)[:16]}",
            domain=self.name,
            prompt=draft.prompt,
            reference=draft.reference,
            metadata={**draft.metadata, "dataset": dataset, "difficulty": difficulty},
        )


_DOMAINS: dict[str, Domain] = {}


def register_domain(domain: Domain) -> None:
    """Make a domain known by its name; registering its class again replaces it.

    Raises:
        EnvConfigError: when another class holds the name.
    """
    known = _DOMAINS.get(domain.name)
    if known is not None and type(known).__qualname__ != type(domain).__qualname__:
        raise EnvConfigError(f"domain {domain.name!r} is already registered by {type(known).__qualname__}")
    _DOMAINS[domain.name] = domain


def get_domain(name: str) -> Domain:
    """Return a registered domain.

    Raises:
        EnvConfigError: listing the registered names.
    """
    if name not in _DOMAINS:
        known = sorted(_DOMAINS)
        raise EnvConfigError(f"unknown domain {name!r}{did_you_mean(name, known)}; domains: {', '.join(known)}")
    return _DOMAINS[name]


def domain_names() -> tuple[str, ...]:
    """Return the names of the registered domains, sorted."""
    return tuple(sorted(_DOMAINS))
