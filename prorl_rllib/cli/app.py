"""The commands and their options; what they do is imported when they run, so that `--help` is quick."""

import typer

from prorl_rllib.cli.commands.boundary import boundary_command
from prorl_rllib.cli.commands.evaluate import evaluate_command
from prorl_rllib.cli.commands.example import example_app
from prorl_rllib.cli.commands.inspect import doctor_command, envs_command
from prorl_rllib.cli.commands.score import score_command
from prorl_rllib.cli.commands.serve_verifiers import serve_verifiers_command
from prorl_rllib.cli.commands.train import train_app
from prorl_rllib.cli.errors import CommandError, reported_errors

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="Train language models with prolonged reinforcement learning (ProRL) on Ray RLlib, or run any RLlib "
    "algorithm.\n\n"
    "First steps: `rllib train file prorl/quickstart` trains a tiny model on this machine; "
    "`rllib evaluate CHECKPOINT` measures what came out; `rllib example list` shows what else there is; "
    "`rllib doctor` looks at the machine.",
)
app.add_typer(train_app, name="train")
app.command("evaluate")(evaluate_command)
app.command("boundary")(boundary_command)
app.add_typer(example_app, name="example")
app.command("score")(score_command)
app.command("serve-verifiers")(serve_verifiers_command)
app.command("envs")(envs_command)
app.command("doctor")(doctor_command)


@app.command("rollout", hidden=True, context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
def rollout_command() -> None:
    """Say what took the place of RLlib's former command."""
    with reported_errors(0):
        raise CommandError("`rllib rollout` is `rllib evaluate` now: rllib evaluate CHECKPOINT.")
