"""What is known of an environment: asked of the environment, its domains and the data sets' table."""

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import gymnasium
from pydantic import BaseModel

from prorl_rllib.envs.datasets import SCHEMAS
from prorl_rllib.envs.domain import Domain, get_domain
from prorl_rllib.envs.mixture import MixtureTasks
from prorl_rllib.envs.settings import MixtureSettings, TextEnvSettings
from prorl_rllib.envs.task_source import DomainTasks
from prorl_rllib.envs.text_env import TextEnv

SPLITS = ("train", "heldout")
ISOLATION = "isolation"
"""The fact in which a domain that runs programs tells how they are kept apart."""
_ATTRIBUTE = re.compile(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", re.MULTILINE)


@dataclass(frozen=True)
class EnvFacts:
    """What `rllib envs` tells of an environment.

    Attributes:
        env_id: its id.
        env: the environment in its default config.
        domains: of its tasks.
        isolation: of programs by domain, where a domain runs any.
        sizes: number of tasks by split, in its default config.
    """

    env_id: str
    env: TextEnv
    domains: tuple[Domain, ...]
    isolation: dict[str, str]
    sizes: dict[str, int]

    @property
    def is_blend(self) -> bool:
        """Whether it has tasks of several domains."""
        return len(self.domains) > 1

    @property
    def reward(self) -> str:
        """The values that a reward has."""
        return "in [0, 1], partial" if any(domain.partial_credit for domain in self.domains) else "0 or 1, binary"

    @property
    def verified(self) -> str:
        """Where answers are verified."""
        if self.is_blend:
            return "as in its domains"
        (domain,) = self.domains
        sandbox = f", sandbox {self.isolation[domain.name]}" if domain.name in self.isolation else ""
        quick = type(domain).quick_score is not Domain.quick_score
        return f"{'compared at once, else ' if quick else ''}pool of workers{sandbox}"

    @property
    def published(self) -> list[str]:
        """Names of the published data sets that can be loaded for it."""
        names = {domain.name for domain in self.domains}
        return [schema.name for schema in SCHEMAS.values() if not schema.domains or names & set(schema.domains)]


def facts_of(env_id: str) -> EnvFacts:
    """Ask an environment for its facts.

    Args:
        env_id: a registered id of this package.
    """
    envs = {split: cast(TextEnv, gymnasium.make(env_id, split=split).unwrapped) for split in SPLITS}
    env = envs[SPLITS[0]]
    sources = _sources(env)
    return EnvFacts(
        env_id=env_id,
        env=env,
        domains=tuple(source.domain for source in sources),
        isolation={s.domain.name: str(s.facts[ISOLATION]) for s in sources if ISOLATION in s.facts},
        sizes={split: made.num_tasks for split, made in envs.items()},
    )


def settings_of(facts: EnvFacts) -> list[tuple[str, Any, str]]:
    """Return the keys of an environment's config: name, default, meaning.

    Args:
        facts: of the environment.
    """
    if facts.is_blend:
        return _keys(MixtureSettings)
    (domain,) = facts.domains
    # The default of these is the domain's, which the settings cannot know.
    own = {"answer_instruction": domain.answer_instruction, "datasets": list(domain.default_datasets())}
    common = [(key, own.get(key, default), meaning) for key, default, meaning in _keys(TextEnvSettings)]
    return common + _keys(domain.options_model)


def example(facts: EnvFacts, index: int = 0) -> tuple[str, dict[str, float]]:
    """Give answers to one task.

    Args:
        facts: of the environment.
        index: of the task.

    Returns:
        The prompt as the environment gives it, and answers with their rewards: one that must score 1 if the domain
        knows one, and a wrong one.
    """
    env = facts.env
    prompt, _ = env.reset(options={"task_index": index})
    task = env.task(index)
    domain = get_domain(task.domain)
    reference = domain.check_reference(task)
    rewards = {}
    for answer in (domain.example_response(reference), domain.wrong_response(reference)):
        if answer is not None:
            env.reset(options={"task_index": index})
            rewards[answer] = float(env.step(answer)[1])
    return prompt, rewards


def _sources(env: TextEnv) -> list[DomainTasks]:
    """Return the tasks of each domain of an environment."""
    source = env.source
    return list(source.sources.values()) if isinstance(source, MixtureTasks) else [cast(DomainTasks, source)]


def _keys(model: type[BaseModel]) -> list[tuple[str, Any, str]]:
    """Return the keys of a settings model: name, default, and what its docstring says of it."""
    meanings = attributes(model.__doc__ or "")
    fields: Mapping[str, Any] = model.model_fields
    return [(key, field.get_default(call_default_factory=True), meanings.get(key, "")) for key, field in fields.items()]


def attributes(docstring: str) -> dict[str, str]:
    """Read the attributes out of a docstring in Google's style.

    Args:
        docstring: of a class.

    Returns:
        Name -> meaning, in one line.
    """
    section = inspect.cleandoc(docstring).partition("Attributes:\n")[2]
    return {name: " ".join(meaning.split()) for name, meaning in _ATTRIBUTE.findall(section)}
