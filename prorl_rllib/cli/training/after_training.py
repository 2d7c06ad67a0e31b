"""What a trial leaves when it has ended: checkpoint, Hugging Face folder, picture, summary, and the next command."""

import shlex
import shutil
import sys
from pathlib import Path

from ray import tune
from ray.rllib.core.rl_module.rl_module import RLModule
from rich.panel import Panel

from prorl_rllib.cli.console import console, say
from prorl_rllib.cli.errors import FAILURE, CommandError, describe
from prorl_rllib.cli.metrics import Result, is_prorl
from prorl_rllib.cli.training.learning_curve import draw_learning_curve
from prorl_rllib.cli.training.progress_table import figure
from prorl_rllib.cli.training.summary import read_rows, summarize, write_summary

MODULE = "learner_group/learner/rl_module/default_policy"


def export_model(checkpoint: Path, folder: Path) -> Path:
    """Write a checkpoint's policy as a Hugging Face folder.

    Args:
        checkpoint: a ProRL checkpoint.
        folder: where the model and its tokenizer go.

    Returns:
        The folder; its content has been re-loaded and compared.

    Raises:
        CommandError: with code 1 if the model cannot be written or does not come back equal.
    """
    from prorl_rllib.rl_modules.export import export_hugging_face

    try:
        module = RLModule.from_checkpoint(str(checkpoint / MODULE))
        return Path(export_hugging_face(module, module.model_config["model"], folder))
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        message = f"The model of {checkpoint} could not be exported to {folder}. {describe(error)}"
        raise CommandError(message, FAILURE) from error


def finish_trial(result: tune.Result, warm_start_seconds: float, *, interrupted: bool = False) -> str:
    """Write a trial's artefacts and say where they are.

    Args:
        result: a trial that ended without an error.
        warm_start_seconds: what the warm start before it took.
        interrupted: whether Ctrl-C ended it.

    Returns:
        The folder of its newest checkpoint; empty if there is none.

    Raises:
        CommandError: with code 1 if the model cannot be exported, or the folder cannot be written.
    """
    folder = Path(result.path)
    checkpoint = result.checkpoint.path if result.checkpoint else ""
    if is_prorl(result.metrics or {}):
        if folder.is_dir():
            try:
                _leave_artefacts(folder, checkpoint, warm_start_seconds)
            except OSError as error:
                what = f"What the run came to could not be written to {folder}. {describe(error)}"
                raise CommandError(what, FAILURE) from error
        else:
            say(f"The picture, the summary and the model are written for results in a local folder; this is {folder}.")
    if not checkpoint:
        reason = ": the run was stopped before one was due (--checkpoint-freq N saves on the way)"
        say(f"No checkpoint was saved{reason if interrupted else ' (--no-checkpoint-at-end)'}.")
        say(f"The results are in {folder}")
    else:
        say(f"Checkpoint:          {checkpoint}")
    return checkpoint


def command_name() -> str:
    """Return how the command can be called from here: its name, or its path where it is not on the PATH."""
    called_as = Path(sys.argv[0])
    if shutil.which("rllib") or called_as.name != "rllib":
        return "rllib"
    return shlex.quote(str(called_as.absolute()))


def say_next_command(checkpoint: str, file_option: str) -> None:
    """Print the command that evaluates a checkpoint.

    Args:
        checkpoint: its folder.
        file_option: what the command needs besides, see `Experiment.file_option`.
    """
    command = f"{command_name()} evaluate {shlex.quote(checkpoint)}{file_option}"
    say("You can now evaluate your trained algorithm from any checkpoint, e.g. by running:")
    # A panel would break a long command over lines; it is for terminals that are wide enough to copy from.
    if console().is_terminal and console().width > len(command) + 4:
        console().print(Panel(command, expand=False))
    else:
        say(f"  {command}")


def _leave_artefacts(folder: Path, checkpoint: str, warm_start_seconds: float) -> None:
    """Write the picture, the summary and the model into the trial's folder."""
    rows = read_rows(folder / "result.json")
    summary = summarize(rows, warm_start_seconds=warm_start_seconds, checkpoint=checkpoint, hugging_face="")
    # Written before the export too, so that one that fails does not cost the figures.
    path = write_summary(summary, folder)
    _say_gain(summary)
    say(f"Learning curve:      {draw_learning_curve(rows, folder / 'learning_curve.png')}")
    if checkpoint:
        exported = export_model(Path(checkpoint), folder / "hugging_face")
        write_summary(summary | {"hugging_face": str(exported)}, folder)
        say(f"Hugging Face folder: {exported}")
    say(f"Summary:             {path}")


def _say_gain(summary: Result) -> None:
    """Print pass@1 before and after training."""
    before, after = summary["pass@1"]["before"], summary["pass@1"]["after"]
    last, evaluated = summary["training_iterations"], summary["pass@1"]["after_iteration"]
    if last != evaluated:
        newest = f"; the newest evaluation is of iteration {evaluated}" if after else ""
        say(f"The model of the last iteration, {last}, was not evaluated{newest}. `rllib evaluate` does it.")
    for name in after:
        say(
            f"Held-out pass@1, {name}: {figure(before.get(name))} -> {figure(after[name])}",
            "bold" if name == "all" else None,
        )
