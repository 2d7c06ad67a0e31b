"""`rllib doctor` and `rllib envs`: their options."""

from typing import Annotated

import typer

from prorl_rllib.cli.commands.completions import complete_env
from prorl_rllib.cli.errors import FAILURE, reported_errors


def doctor_command(
    model: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER|ID",
            show_default="none",
            help="A model whose chat template, and the memory it takes, are looked at too.",
        ),
    ] = None,
    storage_path: Annotated[
        str | None, typer.Option(show_default="~/ray_results", help="Where results are to go.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")] = False,
) -> None:
    """Look at all that a run depends on, and say what is wrong and what to do.

    Versions, engine, sandbox, GPUs, CPUs, memory, disk, and variables that change what a run does. Exit code 1 if
    there is a problem, 0 if not; a warning is none.

    Examples:
    - `rllib doctor`
    - `rllib doctor --model Qwen/Qwen2.5-0.5B-Instruct --storage-path results`
    """
    with reported_errors(0):
        from prorl_rllib.cli.doctor.diagnosis import diagnose

        if not diagnose(model, storage_path, as_json=json):
            raise typer.Exit(FAILURE)


def envs_command(
    env_id: Annotated[
        str | None,
        typer.Argument(
            metavar="ID", show_default="all", help="One environment's details.", autocompletion=complete_env
        ),
    ] = None,
) -> None:
    """List the environments, or show one: its settings, its data sets, and a task with its answer.

    Examples:
    - `rllib envs`
    - `rllib envs prorl/Math-v0`
    """
    with reported_errors(0):
        from prorl_rllib.cli.envs import list_environments, show_environment

        if env_id is None:
            list_environments()
        else:
            show_environment(env_id)
