"""`rllib example`: list, print and run the experiments that ship with the package."""

from pathlib import Path
from typing import Annotated, Any

import typer

from prorl_rllib.cli.commands.completions import complete_example
from prorl_rllib.cli.commands.obsolete_options import meaningful, obsolete_options
from prorl_rllib.cli.commands.option_sets import takes_options_of
from prorl_rllib.cli.commands.train_options import train_options
from prorl_rllib.cli.errors import CommandError, reported_errors

GPU_MARK = "GPU"

ExampleId = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="As `rllib example list` names it, such as prorl/quickstart.",
        autocompletion=complete_example,
    ),
]

example_app = typer.Typer(
    no_args_is_help=True,
    help="List, print and run the examples that ship with the package.\n\n"
    "Examples:\n\n"
    "- `rllib example list`, then `rllib example run prorl/quickstart`\n"
    "- `rllib example get prorl/quickstart > mine.py`, then `rllib train file mine.py`: to change one, copy it",
)


@example_app.command("list")
def list_command(
    filter: Annotated[
        str, typer.Option("--filter", "-f", show_default="all", help="Only those with this text in id or description.")
    ] = "",
) -> None:
    """List the examples; those marked GPU are made for GPUs, the others run on a CPU.

    Examples:
    - `rllib example list`
    - `rllib example list --filter vllm`
    """
    with reported_errors(0):
        from prorl_rllib.cli.example_hardware import asks_for_gpus
        from prorl_rllib.cli.examples import example_description
        from prorl_rllib.cli.tables import show_table

        files = _files()
        described = {name: example_description(path) for name, path in files.items()}
        wanted = [name for name in files if filter.lower() in f"{name} {described[name]}".lower()]
        if not wanted:
            raise CommandError(
                f"No example has {filter!r} in its id or description. `rllib example list` shows all {len(files)}."
            )
        rows = [(name, GPU_MARK if asks_for_gpus(files[name]) else "", described[name]) for name in wanted]
        show_table("RLlib Examples", ("Example ID", "Needs", "Description"), rows)
        # To stderr: what is piped on is the list.
        typer.echo("Run one: rllib example run ID    print its file: rllib example get ID", err=True)


@example_app.command("get")
def get_command(example_id: ExampleId) -> None:
    """Print an example's file as it is, to be copied and changed.

    Example: `rllib example get prorl/quickstart > mine.py`
    """
    with reported_errors(0):
        # Bytes: what is redirected is the file, not one with other line ends.
        typer.echo(_file_of(example_id).read_bytes(), nl=False)


@example_app.command("run")
@takes_options_of(train_options, obsolete_options)
def run_command(
    example_id: ExampleId,
    overrides: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="KEY=VALUE", show_default=False, help="Settings that go before the example's; values are YAML."
        ),
    ] = None,
    env: Annotated[
        str | None, typer.Option("--env", "-e", show_default="the example's", help="Another environment.")
    ] = None,
    **options: Any,
) -> None:
    """Train an example, as `rllib train file ID` does, with the same options.

    The last iteration is saved, and none on the way unless `--checkpoint-freq` asks for it.

    Examples:
    - `rllib example run prorl/quickstart`
    - `rllib example run prorl/quickstart lr=1e-4 --stop '{"training_iteration": 20}' --storage-path results`
    """
    with reported_errors(options["verbose"]):
        _file_of(example_id)

        from dataclasses import replace

        from prorl_rllib.cli.training.train import train_file

        train_file(example_id, replace(train_options(**meaningful(options)), env=env, overrides=tuple(overrides or ())))


def _files() -> dict[str, Path]:
    """Map the ids of all examples to their files."""
    from prorl_rllib.cli.examples import example_file, packaged_examples

    found = {name: example_file(name) for name in packaged_examples()}
    return {name: path for name, path in found.items() if path is not None}


def _file_of(example_id: str) -> Path:
    """Return an example's file.

    Raises:
        CommandError: if there is no such example.
    """
    from prorl_rllib.cli.examples import example_file, packaged_examples

    path = example_file(example_id)
    if path is not None:
        return path
    from prorl_rllib.envs.settings import did_you_mean

    if Path(example_id).is_file():
        raise CommandError(f"{example_id} is a file, not an example's id. To train it: rllib train file {example_id}")
    near = did_you_mean(example_id, packaged_examples())
    raise CommandError(f"Example {example_id} not found{near}. Use `rllib example list` to see available examples.")
