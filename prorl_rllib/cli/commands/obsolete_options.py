"""Options of RLlib's former command that mean nothing any more: each is refused with what to use."""

from typing import Annotated, Any

import typer

from prorl_rllib.cli.commands.option_sets import names_of
from prorl_rllib.cli.errors import CommandError

REASONS = {
    "local_dir": "use --storage-path FOLDER",
    "upload_dir": "use --storage-path with a URI, such as s3://bucket/runs",
    "resources_per_trial": (
        "a trial's resources follow from its config: set num_env_runners, num_cpus_per_env_runner, num_learners, "
        "num_gpus_per_learner or num_cpus_for_main_process"
    ),
    "local_mode": "Ray has no local mode any more; num_env_runners=0 keeps sampling and learning in one process",
    "trace": "it was for TensorFlow's eager mode, and RLlib's new API stack runs on PyTorch alone",
}
"""Parameter -> why it is refused."""

_Text = Annotated[str | None, typer.Option(hidden=True)]
_Flag = Annotated[bool, typer.Option(hidden=True)]


def obsolete_options(
    local_dir: _Text = None,
    upload_dir: _Text = None,
    resources_per_trial: _Text = None,
    local_mode: _Flag = False,
    trace: _Flag = False,
    framework: _Text = None,
) -> None:
    """Refuse what is given of these options; "torch" as `--framework` is all there is, and allowed.

    Args:
        local_dir: see `REASONS`.
        upload_dir: see `REASONS`.
        resources_per_trial: see `REASONS`.
        local_mode: see `REASONS`.
        trace: see `REASONS`.
        framework: the deep learning framework.

    Raises:
        CommandError: naming the option and what to use instead.
    """
    given = {
        "local_dir": local_dir,
        "upload_dir": upload_dir,
        "resources_per_trial": resources_per_trial,
        "local_mode": local_mode,
        "trace": trace,
    }
    for name, value in given.items():
        if value:
            raise CommandError(f"--{name.replace('_', '-')} is no longer an option: {REASONS[name]}.")
    if framework not in (None, "torch"):
        raise CommandError(
            f"--framework {framework}: RLlib's new API stack runs on PyTorch alone; leave the option out."
        )


def meaningful(options: dict[str, Any]) -> dict[str, Any]:
    """Refuse obsolete and empty ones among the options of a command.

    Args:
        options: parameter -> value.

    Returns:
        The others.

    Raises:
        CommandError: naming the option.
    """
    for name, value in options.items():
        if isinstance(value, str) and not value.strip():
            raise CommandError(f"--{name.replace('_', '-')} is empty; give it a value, or leave it out.")
    obsolete = names_of(obsolete_options)
    obsolete_options(**{name: value for name, value in options.items() if name in obsolete})
    return {name: value for name, value in options.items() if name not in obsolete}
