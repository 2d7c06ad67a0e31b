"""What a task domain is, and the registry of domains.

A new domain is one file: a subclass of `Domain` and, in one line, `register_domain(MyDomain())`.
"""

import importlib
import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, ValidationError

from prorl_rllib.envs.errors import EnvConfigError, TaskError
from prorl_rllib.envs.settings import describe, did_you_mean, parse_settings
from prorl_rllib.envs.task import Message, Task, prompt_hash


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


class NoOptions(BaseModel):
    """The options of a domain that has none."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Domain(ABC):
    """Tasks in, verdicts out. Stateless: one instance serves a process, from any thread.

    Attributes:
        name: the domain's name, as in `Task.domain`.
        reference_model: pydantic model that validates `Task.reference`.
        options_model: pydantic model of the keys that this domain adds to `env_config`: how answers are asked for or
            scored. Every key has a default; unknown keys are forbidden.
        answer_instruction: the default instruction, appended to a prompt by the environment.
        difficulties: lowest and highest `difficulty` of generated tasks.
        partial_credit: whether an answer may score between 0 and 1 under the default options; False where it is right
            or wrong.
    """

    name: ClassVar[str]
    reference_model: ClassVar[type[BaseModel]]
    options_model: ClassVar[type[BaseModel]] = NoOptions
    answer_instruction: ClassVar[str] = ""
    difficulties: ClassVar[tuple[int, int]] = (1, 1)
    partial_credit: ClassVar[bool] = True

    def dataset_names(self) -> tuple[str, ...]:
        """Return the names that `datasets` accepts; none for a domain whose tasks come from files only."""
        return ()

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

    def generate(self, dataset: str, config: Any, rng: random.Random) -> Draft:
        """Make one problem, a function of the arguments alone.

        Args:
            dataset: one of `dataset_names()`.
            config: what `dataset_config` returned.
            rng: the only source of chance.
        """
        raise NotImplementedError(f"domain {self.name!r} names data sets and does not generate their tasks")

    @abstractmethod
    def extract(self, response: str) -> str:
        """Return the answer within a response, by string operations only (runs in the caller's process).

        Raises:
            UnparseableAnswer: when there is none; the message becomes the verdict's detail.
        """

    def quick_score(self, reference: Any, answer: str, options: Any) -> Score | None:
        """Score an answer by comparing strings or numbers, where that decides (runs in the caller's process).

        Args:
            reference: an instance of `reference_model`.
            answer: what `extract` returned.
            options: an instance of `options_model`.

        Returns:
            The score, or None when a worker has to decide.
        """
        return None

    @abstractmethod
    def scorer(self, reference: Any, options: Any) -> Callable[[str], Score]:
        """Return the function that scores an answer (runs in a killable worker).

        Imports and other preparation belong here: the deadline starts when the returned function is called.

        Args:
            reference: an instance of `reference_model`.
            options: an instance of `options_model`.

        Raises:
            TaskError: when the reference cannot be scored by what is installed; raised again in the caller.
        """

    def deadline_s(self, reference: Any, options: Any, timeout_s: float) -> float:
        """Return the seconds a worker may score one answer before it is killed.

        A domain whose scorer keeps limits of its own, such as those of a sandbox, returns a little more than they add
        up to.

        Args:
            reference: an instance of `reference_model`.
            options: an instance of `options_model`.
            timeout_s: the `verifier_timeout_s` of the environment.
        """
        return timeout_s

    def instruction(self, options: Any) -> str:
        """Return the instruction that the environment appends to a prompt, `answer_instruction` by default.

        Args:
            options: an instance of `options_model`.
        """
        return self.answer_instruction

    def prepare(self, options: Any) -> dict[str, Any]:
        """Check, once an environment, that answers can be scored under the options.

        Args:
            options: an instance of `options_model`.

        Returns:
            Facts for the environment's `info` in every episode, such as the isolation in force.

        Raises:
            EnvConfigError: when they cannot, naming the key to change.
        """
        return {}

    def dataset_of(self, task: Task) -> str:
        """Return the name of the data set that a task is from, as `check_datasets` takes it."""
        return task.dataset

    def check_datasets(self, names: Iterable[str], options: Any) -> None:  # noqa: B027 - most domains need no check
        """Check, once an environment, that its data sets fit its options.

        Args:
            names: the data sets of the environment's tasks.
            options: an instance of `options_model`.

        Raises:
            EnvConfigError: naming the data set and the key to change.
        """

    def respond(self, reference: Any, messages: Sequence[Message], options: Any) -> str | None:
        """Return the next user text of a multi-turn task, or None when the last answer ends the episode.

        Args:
            reference: an instance of `reference_model`.
            messages: the chat, which ends with the model's answer; a function of it alone, so that nothing is kept.
            options: an instance of `options_model`.
        """
        return None

    def final_response(self, reference: Any, messages: Sequence[Message], options: Any) -> str:
        """Return the text that is verified when the episode ends: the last answer by default.

        Args:
            reference: an instance of `reference_model`.
            messages: the whole chat.
            options: an instance of `options_model`.
        """
        return messages[-1]["content"]

    def check_options(self, options: Any) -> Any:
        """Return options as an instance of `options_model`.

        Args:
            options: such an instance, a mapping, or None for the defaults.

        Raises:
            EnvConfigError: naming the wrong key and the valid ones.
        """
        if isinstance(options, self.options_model):
            return options
        return parse_settings(self.options_model, options, where=f"options of domain {self.name!r}")

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

    def wrong_response(self, reference: Any) -> str | None:
        """Return a response of the right form that must score less than 1; used to validate an environment.

        Args:
            reference: an instance of `reference_model`.
        """
        return "\\boxed{no such answer} <answer>no such answer</answer>"

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


BUILT_IN = ("code", "instruction_following", "logic", "math", "stem")
"""The domains of this package, each registered by the module of its name when that is imported: on first use."""
_DOMAINS: dict[str, Domain] = {}


def _registered(name: str) -> Domain | None:
    """Return the domain of a name, a built-in one imported first if need be; None if there is none."""
    if name in BUILT_IN and name not in _DOMAINS:
        importlib.import_module(f"prorl_rllib.envs.{name}")
    return _DOMAINS.get(name)


def register_domain(domain: Domain) -> None:
    """Make a domain known by its name; registering its class again replaces it.

    Raises:
        EnvConfigError: when its class lacks a name or a model, or another class holds the name.
    """
    _check_class(type(domain))
    known = _registered(domain.name)
    if known is not None and type(known).__qualname__ != type(domain).__qualname__:
        raise EnvConfigError(f"domain {domain.name!r} is already registered by {type(known).__qualname__}")
    _DOMAINS[domain.name] = domain


def _check_class(domain_class: type[Domain]) -> None:
    """Check what a domain's class must state.

    Raises:
        EnvConfigError: naming the class and the attribute.
    """
    found = getattr(domain_class, "name", None)
    if not isinstance(found, str) or not found or ":" in found:
        raise EnvConfigError(f"{domain_class.__qualname__}.name = {found!r:.100}: must be a text without ':'")
    for key in ("reference_model", "options_model"):
        model = getattr(domain_class, key, None)
        if not (isinstance(model, type) and issubclass(model, BaseModel)):
            raise EnvConfigError(f"{domain_class.__qualname__}.{key} = {model!r:.100}: must be a pydantic model")


def get_domain(name: str) -> Domain:
    """Return a registered domain.

    Args:
        name: of the domain; or "module:Class", which is imported and registered under the class's `name`.

    Raises:
        EnvConfigError: listing the registered names.
    """
    if ":" in name:
        return _import_domain(name)
    domain = _registered(name)
    if domain is None:
        known = domain_names()
        raise EnvConfigError(f"unknown domain {name!r}{did_you_mean(name, known)}; domains: {', '.join(known)}")
    return domain


def _import_domain(path: str) -> Domain:
    """Import, make and register the domain that "module:Class" names.

    Raises:
        EnvConfigError: when there is no such module or class, it fails, or the class is no domain.
    """
    module_name, _, class_name = path.partition(":")
    module = _import_module(path, module_name)
    made = getattr(module, class_name, None)
    if made is None:
        raise EnvConfigError(f"domain {path!r}: module {module_name!r} has no class {class_name!r}")
    if not (isinstance(made, type) and issubclass(made, Domain)):
        raise EnvConfigError(f"domain {path!r}: must name a subclass of prorl_rllib.envs.Domain, got {made!r:.100}")
    _check_class(made)
    if type(_registered(made.name)) is not made:
        try:
            domain = made()
        except Exception as error:
            raise EnvConfigError(f"domain {path!r}: cannot be made: {type(error).__name__}: {error}") from error
        register_domain(domain)
    return _DOMAINS[made.name]


def _import_module(path: str, name: str) -> ModuleType:
    """Return the module that "module:Class" names.

    Raises:
        EnvConfigError: when there is none, or it raises.
    """
    where = f"domain {path!r}: cannot import module {name!r}"
    if not all(part.isidentifier() for part in name.split(".")):
        raise EnvConfigError(f"{where}: must be a module's dotted name, as an import statement takes it")
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise EnvConfigError(f"{where}: {error}; its folder must be on PYTHONPATH in every process") from error
    except Exception as error:
        raise EnvConfigError(f"{where}: {type(error).__name__}: {error}") from error


def domain_names() -> tuple[str, ...]:
    """Return the names of the built-in and the registered domains, sorted."""
    return tuple(sorted({*BUILT_IN, *_DOMAINS}))
