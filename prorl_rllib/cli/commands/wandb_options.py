"""Logging to Weights & Biases, by Tune's own callback."""

from importlib.util import find_spec
from typing import Any

from prorl_rllib.cli.errors import CommandError


def wandb_settings(key: str | None, project: str | None, run_name: str | None) -> dict[str, Any]:
    """Return the arguments of `WandbLoggerCallback`.

    Args:
        key: of the service; None takes that of `wandb login` or the variable WANDB_API_KEY.
        project: that is logged to; None turns the logging off.
        run_name: name of the run.

    Returns:
        The arguments; empty where nothing is logged.

    Raises:
        CommandError: if a key or a name is given without a project, or the package is missing.
    """
    if project is None:
        for option, value in (("--wandb-key", key), ("--wandb-run-name", run_name)):
            if value is not None:
                raise CommandError(f"{option} needs a project to log to: add --wandb-project NAME.")
        return {}
    if find_spec("wandb") is None:
        raise CommandError("--wandb-project needs the package wandb, which is not installed: pip install wandb.")
    given = {"project": project, "api_key": key, "name": run_name}
    return {name: value for name, value in given.items() if value is not None}
