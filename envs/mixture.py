"""The weighted blend of domains."""

from typing import Any

from prorl_rllib.envs.domain import Domain, get_domain
from prorl_rllib.envs.errors import EnvConfigError, TaskError
from prorl_rllib.envs.settings import MixtureSettings, check_weights, parse_settings
from prorl_rllib.envs.task import Task
from prorl_rllib.envs.task_source import DifficultyRange, DomainTasks, TaskSource, derived_rng, make_source
from prorl_rllib.envs.text_env import TextEnv, vector_entry_point

SHARED_KEYS = ("split", "seed", "verifier_timeout_s")
"""Keys that belong to the mixture and apply to all its domains."""


class MixtureTasks(TaskSource):
    """A blend: the domain of an index is a weighted draw by (seed, index).

    The index is the same inside the domain; in a domain with fewer tasks than the blend it starts again from 0.
    """

    def __init__(self, sources: dict[str, DomainTasks], settings: MixtureSettings) -> None:
        """Blend the sources.

        Raises:
            EnvConfigError: for wrong weights, or a size beyond the largest domain that has a weight.
        """
        self.weights = check_weights(settings.weights, sources, "weights")
        largest = max(source.num_tasks for name, source in sources.items() if self.weights[name])
        if settings.size is not None and settings.size > largest:
            raise EnvConfigError(f"size = {settings.size}: the largest domain has {largest} tasks (its own `size`)")
        super().__init__(settings.size or largest)
        self.sources, self.seed = sources, settings.seed
        self._by_domain = {source.domain.name: source for source in sources.values()}

    def difficulties(self) -> dict[str, DifficultyRange]:
        """Return the ranges of all domains' data sets."""
        return {name: given for source in self.sources.values() for name, given in source.difficulties().items()}

    def _make(self, index: int, difficulty: tuple[tuple[str, int], ...]) -> Task:
        """Draw the domain, and take its task."""
        rng = derived_rng(self.seed, index, "domain")
        name = rng.choices(list(self.weights), list(self.weights.values()))[0]
        source = self.sources[name]
        mine = {key: level for key, level in difficulty if key in source.difficulties()}
        return source.task(index % source.num_tasks, mine)

    def part_of(self, task: Task) -> DomainTasks:
        """Return the tasks of the task's domain."""
        return self._by_domain[task.domain]

    def check(self, task: Task) -> None:
        """Raise when a task is of none of the domains or its reference is wrong."""
        if task.domain not in self._by_domain:
            known = ", ".join(self._by_domain)
            raise EnvConfigError(f"task {task.task_id!r} is of domain {task.domain!r}, not one of {known}")
        self._by_domain[task.domain].check(task)


class MixtureEnv(TextEnv):
    """Tasks of several domains in one environment; `env_config` is `MixtureSettings`."""

    def _setup(self, config: dict[str, Any] | None, keywords: dict[str, Any]) -> tuple[Any, TaskSource]:
        """Return the settings and the blend of the domains' sources."""
        settings = parse_settings(MixtureSettings, config, keywords)
        shared = {key: getattr(settings, key) for key in SHARED_KEYS}
        sources: dict[str, DomainTasks] = {}
        for name, given in settings.domains.items():
            domain, where = get_domain(name), f"domains[{name!r}]"
            if domain.name in {source.domain.name for source in sources.values()}:
                raise EnvConfigError(f"{where} is domain {domain.name!r}, which `domains` names twice")
            for key in SHARED_KEYS:
                if key in given:
                    raise EnvConfigError(f"{where} sets {key} = {given[key]!r}: set it once, beside `domains`, for all")
            sources[name] = _source_of(domain, {**given, **shared}, where)
        return settings, MixtureTasks(sources, settings)


def _source_of(domain: Domain, config: dict[str, Any], where: str) -> DomainTasks:
    """Return the tasks of one domain of the mixture.

    Args:
        domain: the domain.
        config: its `env_config`.
        where: what to call the config in an error.

    Raises:
        EnvConfigError: as in `make_source`; it begins with `where`.
        TaskError: likewise.
    """
    try:
        return make_source(domain, config)
    except EnvConfigError as error:
        raise EnvConfigError(f"{where}: {error}") from error
    except TaskError as error:
        raise TaskError(f"{where}: {error}") from error


make_vector = vector_entry_point(MixtureEnv)
