"""What the shell offers when Tab is pressed; nothing heavy is imported, the shell waits for it."""

import textwrap

HELP_CHARS = 70
"""Longest description: a shell shows one line, and typer breaks at 80 characters."""


def complete_example(incomplete: str) -> list[tuple[str, str]]:
    """Offer the ids of the packaged examples.

    Args:
        incomplete: what has been typed of the argument.

    Returns:
        Ids that begin with it, with their descriptions.
    """
    from prorl_rllib.cli.examples import example_description, example_file, packaged_examples

    files = {name: example_file(name) for name in packaged_examples() if name.startswith(incomplete)}
    described = {name: example_description(path) for name, path in files.items() if path is not None}
    return [(name, textwrap.shorten(text, HELP_CHARS, placeholder="...")) for name, text in described.items()]


def complete_env(incomplete: str) -> list[str]:
    """Offer the ids of the environments.

    Args:
        incomplete: what has been typed of the argument.

    Returns:
        Ids that begin with it.
    """
    from prorl_rllib.envs.registration import ENVIRONMENTS

    return [env_id for env_id in ENVIRONMENTS if env_id.startswith(incomplete)]
