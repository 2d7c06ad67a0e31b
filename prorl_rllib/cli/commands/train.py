"""`rllib train` and `rllib train file`."""

from typing import Annotated, Any

import typer

from prorl_rllib.cli.commands.completions import complete_example
from prorl_rllib.cli.commands.obsolete_options import meaningful, obsolete_options
from prorl_rllib.cli.commands.option_sets import takes_options_of
from prorl_rllib.cli.commands.train_options import train_options
from prorl_rllib.cli.errors import CommandError, reported_errors

EXAMPLES = """Examples:

- `rllib train file prorl/quickstart` trains a tiny model on this machine
- `rllib train file my_experiment.py lr=1e-4 env_config.difficulty=2` changes settings of a file
- `rllib train --algo PPO --env CartPole-v1 --stop '{"training_iteration": 10}'` needs no file
"""

train_app = typer.Typer(invoke_without_command=True, no_args_is_help=True)


@train_app.callback(help=f"Train an algorithm, ProRL or any other of RLlib's new API stack.\n\n{EXAMPLES}")
@takes_options_of(train_options, obsolete_options)
def train_command(
    context: typer.Context,
    algo: Annotated[
        str | None, typer.Option("--algo", "--run", "-a", "-r", help="The algorithm, such as ProRL or PPO.")
    ] = None,
    env: Annotated[
        str | None, typer.Option("--env", "-e", help="The environment, such as prorl_rllib:prorl/Math-v0.")
    ] = None,
    config: Annotated[
        str, typer.Option("--config", "-c", help="""Settings, as JSON: '{"lr": 1e-4, "group_size": 8}'.""")
    ] = "{}",
    **options: Any,
) -> None:
    """Train an algorithm that is named on the command line."""
    with reported_errors(options["verbose"]):
        if context.invoked_subcommand is not None:
            _refuse_options_before(context)
            return
        shared = meaningful(options)
        if algo is None:
            raise CommandError(
                "Name an algorithm with --algo, such as --algo ProRL, or an experiment: rllib train file FILE."
            )
        from prorl_rllib.cli.training.options import parse_json_object
        from prorl_rllib.cli.training.train import train_algorithm

        settings = parse_json_object(config, "--config", '{"lr": 1e-4}')
        train_algorithm(algo, env, settings, train_options(**shared))


def _refuse_options_before(context: typer.Context) -> None:
    """Refuse options that stand before the subcommand, where they would have no effect."""
    given = [
        parameter.opts[0]
        for parameter in context.command.params
        if (source := context.get_parameter_source(str(parameter.name))) is not None and source.name == "COMMANDLINE"
    ]
    if given:
        after = f"rllib train {context.invoked_subcommand} FILE {given[0]} ..."
        raise CommandError(f"{given[0]} stands before '{context.invoked_subcommand}'; write it after: {after}")


@train_app.command("file")
@takes_options_of(train_options, obsolete_options)
def train_file_command(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="A .py or .yaml file, a packaged example such as prorl/quickstart, a module's dotted name, or a URL.",
            autocompletion=complete_example,
        ),
    ],
    overrides: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY=VALUE", help="Settings that go before the file's; values are YAML."),
    ] = None,
    env: Annotated[
        str | None, typer.Option("--env", "-e", show_default="the file's", help="Another environment.")
    ] = None,
    **options: Any,
) -> None:
    """Train what a file defines.

    A Python file sets `config` to an AlgorithmConfig and, if you like, `stop`, `tune_config` and a function `report`.
    A YAML file maps the experiment's name to `run`, `env`, `stop` and `config`. Copy a packaged example to start from:
    `rllib example list`, `rllib example get prorl/quickstart > mine.py`.

    Examples: `rllib train file prorl/quickstart`, `rllib train file mine.py lr=1e-4 env_config.difficulty=2`,
    `rllib train file mine.py --resume`.

    Afterwards the results folder holds the checkpoint, result.json, progress.csv and TensorBoard files; a ProRL run
    adds the model as a Hugging Face folder, learning_curve.png and summary.json.
    """
    with reported_errors(options["verbose"]):
        from dataclasses import replace

        from prorl_rllib.cli.training.train import train_file

        record = replace(train_options(**meaningful(options)), env=env, overrides=tuple(overrides or ()))
        train_file(file, record)
