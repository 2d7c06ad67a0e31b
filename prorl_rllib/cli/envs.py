"""`rllib envs`: a table of the environments, and the details of one."""

import json
from typing import Any

from prorl_rllib.cli.console import say
from prorl_rllib.cli.env_facts import EnvFacts, example, facts_of, settings_of
from prorl_rllib.cli.errors import CommandError
from prorl_rllib.cli.tables import show_table
from prorl_rllib.envs.domain import Domain
from prorl_rllib.envs.registration import ENVIRONMENTS
from prorl_rllib.envs.settings import did_you_mean

PREFIX = "prorl_rllib:"
"""What gymnasium.make needs before an id to import this package first."""
COLUMNS = ("ID", "Domain", "Reward", "Tasks: train / heldout", "Verified by", "Data sets")
MANY = 12
"""Names beyond which a setting's default is counted instead of listed."""


def list_environments() -> None:
    """Print the table of all environments."""
    rows = []
    for env_id in ENVIRONMENTS:
        facts = facts_of(env_id)
        rows.append(
            (
                env_id,
                ", ".join(domain.name for domain in facts.domains),
                facts.reward,
                " / ".join(map(str, facts.sizes.values())),
                facts.verified,
                _data_sets(facts),
            )
        )
    show_table("Environments", COLUMNS, rows)
    say()
    say(f"In Python: gymnasium.make('{PREFIX}ID'). Details of one: rllib envs ID")


def show_environment(env_id: str) -> None:
    """Print what one environment is.

    Args:
        env_id: its id, with or without the package's name before it.

    Raises:
        CommandError: if there is no such environment.
    """
    name = env_id.removeprefix(PREFIX)
    if name not in ENVIRONMENTS:
        known = ", ".join(ENVIRONMENTS)
        raise CommandError(f"There is no environment {env_id!r}{did_you_mean(name, ENVIRONMENTS)}; known: {known}.")
    facts = facts_of(name)
    say(name, "bold")
    for domain in facts.domains:
        say(f"  {domain.name}: {_first_line(domain)}")
    say(f"  rewards: {facts.reward}; verified: {facts.verified}")
    say(f"  tasks by default: {', '.join(f'{count} {split}' for split, count in facts.sizes.items())}")
    say()
    rows = [(key, _default(value), meaning) for key, value, meaning in settings_of(facts)]
    show_table("env_config", ("Key", "Default", "Meaning"), rows)
    say()
    for domain in facts.domains:
        _show_generators(domain)
    say("Published data sets and files, as env_config={'tasks': 'NAME:PATH'}:", "bold")
    say(f"  {', '.join(facts.published)}")
    say()
    _show_example(facts)


def _show_generators(domain: Domain) -> None:
    """Print the names that `datasets` takes."""
    low, high = domain.difficulties
    taken = domain.default_datasets()
    others = [name for name in domain.dataset_names() if name not in taken]
    say(f"Generators of {domain.name}, difficulty {low} to {high}:", "bold")
    say(f"  {', '.join(taken)}")
    if others:
        say(f"  only where `datasets` names them: {', '.join(others)}")


def _show_example(facts: EnvFacts) -> None:
    """Print one task, answers to it, and their rewards."""
    prompt, rewards = example(facts)
    say("Task 0:", "bold")
    say(_indented(prompt))
    for answer, reward in rewards.items():
        say(f"An answer that scores {reward:g}:", "bold")
        say(_indented(answer))


def _data_sets(facts: EnvFacts) -> str:
    """Return how many generators there are, and the published data sets that can be loaded."""
    if facts.is_blend:
        return "those of its domains"
    (domain,) = facts.domains
    return f"{len(domain.dataset_names())} generators; {', '.join(facts.published)}"


def _default(value: Any) -> str:
    """Write a default as the config takes it."""
    if isinstance(value, list) and len(value) > MANY:
        return f"{len(value)} of the generators"
    if isinstance(value, list):
        return ", ".join(value)
    return json.dumps(value) if isinstance(value, str | dict) else str(value)


def _first_line(domain: Domain) -> str:
    """Return the first line of a domain's docstring."""
    return (type(domain).__doc__ or "").strip().partition("\n")[0]


def _indented(text: str) -> str:
    """Return text with each line moved to the right."""
    return "\n".join(f"  {line}" for line in text.splitlines())
