"""`rllib train`: its options."""

from typing import Annotated

import typer

from prorl_rllib.cli.errors import reported_errors
from prorl_rllib.cli.shared_options import NumCpus, RayAddress, Verbosity

train_app = typer.Typer(
    no_args_is_help=True,
    help="Train an algorithm.\n\n`rllib train file my_experiment.py` runs a Python file that sets `config` to an "
    "AlgorithmConfig and, if you like, `stop` to a dict such as {'training_iteration': 100} and `tune_config` to a "
    "ray.tune.TuneConfig. Copy a packaged example to start from.",
)


@train_app.callback()
def train() -> None:
    """Hold the kinds of `rllib train`; only `file` so far."""


@train_app.command("file")
def train_file_command(
    file: Annotated[
        str, typer.Argument(help="A .py file, a packaged example such as prorl/quickstart, or a module's dotted name.")
    ],
    stop: Annotated[str, typer.Option("--stop", "-s", show_default="the file's", help="When to stop, as JSON.")] = "{}",
    storage_path: Annotated[
        str | None, typer.Option(show_default="~/ray_results", help="Folder or URI for the results.")
    ] = None,
    checkpoint_freq: Annotated[
        int, typer.Option(min=0, help="Iterations between checkpoints; 0: none on the way.")
    ] = 0,
    checkpoint_at_end: Annotated[bool, typer.Option(help="Whether the last iteration is saved.")] = True,
    keep_checkpoints_num: Annotated[
        int | None, typer.Option(min=1, show_default="all", help="Number of newest checkpoints to keep.")
    ] = None,
    num_samples: Annotated[
        int | None, typer.Option(min=1, show_default="the file's, else 1", help="Trials per sampled configuration.")
    ] = None,
    experiment_name: Annotated[
        str | None,
        typer.Option("--experiment-name", "-n", show_default="the file and the time", help="Name of the folder."),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="Go on with the run in that folder, else with the file's newest, from its last checkpoint."
        ),
    ] = False,
    ray_address: RayAddress = None,
    ray_num_cpus: NumCpus = None,
    verbose: Verbosity = 0,
) -> None:
    """Train what a Python file defines.

    Afterwards the results folder holds the checkpoint, result.json, progress.csv and TensorBoard files; a ProRL run
    adds the model as a Hugging Face folder, learning_curve.png and summary.json.
    """
    with reported_errors(verbose):
        from prorl_rllib.cli.cluster import ClusterOptions
        from prorl_rllib.cli.options import TrainOptions, parse_stop
        from prorl_rllib.cli.train import train_file

        options = TrainOptions(
            stop=parse_stop(stop),
            storage_path=storage_path,
            checkpoint_freq=checkpoint_freq,
            checkpoint_at_end=checkpoint_at_end,
            keep_checkpoints_num=keep_checkpoints_num,
            num_samples=num_samples,
            experiment_name=experiment_name,
            resume=resume,
            cluster=ClusterOptions(address=ray_address, num_cpus=ray_num_cpus),
            verbosity=verbose,
        )
        train_file(file, options)
