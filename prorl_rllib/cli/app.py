"""The commands and their options; what they do is imported when they run, so that `--help` is quick."""

import typer

from prorl_rllib.cli.evaluate_command import evaluate_command
from prorl_rllib.cli.train_commands import train_app

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Train language models with prolonged reinforcement learning (ProRL) on Ray RLlib, or run any RLlib "
    "algorithm.\n\n"
    "First steps: `rllib train file prorl/quickstart` trains a tiny model on this machine; "
    "`rllib evaluate CHECKPOINT` measures what came out.",
)
app.add_typer(train_app, name="train")
app.command("evaluate")(evaluate_command)
