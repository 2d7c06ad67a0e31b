"""The options that `rllib train` and `rllib train file` share, and the record that is made of them."""

from typing import Annotated, Any

import typer

from prorl_rllib.cli.commands.shared_options import NumCpus, RayAddress, Verbosity

_TRIALS, _CHECKPOINTS, _CLUSTER, _WANDB = "Trials", "Checkpoints", "Ray cluster", "Weights & Biases"

Stop = Annotated[
    str,
    typer.Option(
        "--stop", "-s", show_default="the file's", help="""When to stop, as JSON: '{"training_iteration": 100}'."""
    ),
]
StoragePath = Annotated[str | None, typer.Option(show_default="~/ray_results", help="Folder or URI for the results.")]
ExperimentName = Annotated[
    str | None,
    typer.Option("--experiment-name", "-n", show_default="its name and the time", help="Name of the results' folder."),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        help="Go on with the run in that folder, else with the newest of its kind, from its last checkpoint.",
    ),
]
NumSamples = Annotated[
    int | None,
    typer.Option(
        min=1, show_default="the file's, else 1", help="Trials per sampled configuration.", rich_help_panel=_TRIALS
    ),
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        show_default="the file's, else fifo",
        help="Scheduler of the trials: fifo, asha, hyperband, median_stopping_rule, pbt, ...",
        rich_help_panel=_TRIALS,
    ),
]
SchedulerConfig = Annotated[
    str,
    typer.Option(
        show_default="none",
        help="""Its arguments, as JSON: '{"metric": "env_runners/episode_return_mean", "mode": "max"}'.""",
        rich_help_panel=_TRIALS,
    ),
]
CheckpointFreq = Annotated[
    int | None,
    typer.Option(
        min=0,
        show_default="0",
        help="Iterations between checkpoints; 0: none on the way.",
        rich_help_panel=_CHECKPOINTS,
    ),
]
CheckpointAtEnd = Annotated[
    bool | None,
    typer.Option(show_default="on", help="Whether the last iteration is saved.", rich_help_panel=_CHECKPOINTS),
]
KeepCheckpointsNum = Annotated[
    int | None,
    typer.Option(
        min=1,
        show_default="the config's, else all",
        help="Number of checkpoints to keep.",
        rich_help_panel=_CHECKPOINTS,
    ),
]
CheckpointScoreAttr = Annotated[
    str | None,
    typer.Option(
        show_default="the newest are kept",
        help="Metric by which checkpoints are kept; with the prefix min- lower is better.",
        rich_help_panel=_CHECKPOINTS,
    ),
]
Restore = Annotated[
    str | None,
    typer.Option(
        show_default="none", help="Checkpoint folder that each trial starts from.", rich_help_panel=_CHECKPOINTS
    ),
]
NumGpus = Annotated[
    int | None,
    typer.Option(
        "--ray-num-gpus",
        min=0,
        show_default="this machine's",
        help="GPUs of the Ray that is started.",
        rich_help_panel=_CLUSTER,
    ),
]
NumNodes = Annotated[
    int | None,
    typer.Option(
        "--ray-num-nodes",
        min=1,
        show_default="1",
        help="Nodes of a cluster that is started on this machine, to try one out.",
        rich_help_panel=_CLUSTER,
    ),
]
ObjectStoreMemory = Annotated[
    int | None,
    typer.Option(
        "--ray-object-store-memory",
        min=80_000_000,
        show_default="Ray's choice",
        help="Bytes of the object store.",
        rich_help_panel=_CLUSTER,
    ),
]
RuntimeEnv = Annotated[
    str,
    typer.Option(
        show_default="none",
        help="""Ray's runtime_env for the workers, as JSON: '{"py_modules": ["prorl_rllib.whl"]}'.""",
        rich_help_panel=_CLUSTER,
    ),
]
RayUi = Annotated[bool, typer.Option("--ray-ui", help="Start Ray's dashboard.", rich_help_panel=_CLUSTER)]
WandbKey = Annotated[str | None, typer.Option(help="Key of Weights & Biases.", rich_help_panel=_WANDB)]
WandbProject = Annotated[
    str | None, typer.Option(help="Project to log to; turns the logging on.", rich_help_panel=_WANDB)
]
WandbRunName = Annotated[str | None, typer.Option(help="Name of the run there.", rich_help_panel=_WANDB)]
LogInfo = Annotated[bool, typer.Option("--log-info", hidden=True)]
LogDebug = Annotated[bool, typer.Option("--log-debug", hidden=True)]


def train_options(
    stop: Stop = "{}",
    storage_path: StoragePath = None,
    experiment_name: ExperimentName = None,
    resume: Resume = False,
    num_samples: NumSamples = None,
    scheduler: Scheduler = None,
    scheduler_config: SchedulerConfig = "{}",
    checkpoint_freq: CheckpointFreq = None,
    checkpoint_at_end: CheckpointAtEnd = None,
    keep_checkpoints_num: KeepCheckpointsNum = None,
    checkpoint_score_attr: CheckpointScoreAttr = None,
    restore: Restore = None,
    ray_address: RayAddress = None,
    ray_num_cpus: NumCpus = None,
    ray_num_gpus: NumGpus = None,
    ray_num_nodes: NumNodes = None,
    ray_object_store_memory: ObjectStoreMemory = None,
    runtime_env: RuntimeEnv = "{}",
    ray_ui: RayUi = False,
    wandb_key: WandbKey = None,
    wandb_project: WandbProject = None,
    wandb_run_name: WandbRunName = None,
    log_info: LogInfo = False,
    log_debug: LogDebug = False,
    verbose: Verbosity = 0,
) -> Any:
    """Make a `TrainOptions` of the options; the parameters are what the command line shows.

    Raises:
        CommandError: if a JSON option is no JSON object, or options contradict each other.
    """
    from prorl_rllib.cli.cluster import ClusterOptions
    from prorl_rllib.cli.commands.wandb_options import wandb_settings
    from prorl_rllib.cli.training.options import TrainOptions, parse_json_object, parse_stop

    return TrainOptions(
        stop=parse_stop(stop),
        storage_path=storage_path,
        experiment_name=experiment_name,
        resume=resume,
        num_samples=num_samples,
        scheduler=scheduler,
        scheduler_config=parse_json_object(scheduler_config, "--scheduler-config", '{"mode": "max"}'),
        checkpoint=_checkpoint(checkpoint_freq, checkpoint_at_end, keep_checkpoints_num, checkpoint_score_attr),
        restore=restore,
        wandb=wandb_settings(wandb_key, wandb_project, wandb_run_name),
        cluster=ClusterOptions(
            address=ray_address,
            num_cpus=ray_num_cpus,
            num_gpus=ray_num_gpus,
            num_nodes=ray_num_nodes,
            object_store_memory=ray_object_store_memory,
            runtime_env=parse_json_object(runtime_env, "--runtime-env", '{"env_vars": {"A": "1"}}') or None,
            dashboard=ray_ui,
        ),
        verbosity=max(verbose, log_info, 2 * log_debug),
    )


def _checkpoint(freq: int | None, at_end: bool | None, keep: int | None, score: str | None) -> dict[str, Any]:
    """Return the fields of a `tune.CheckpointConfig` that the options give."""
    metric = None if score is None else score.removeprefix("min-")
    fields = {
        "checkpoint_frequency": freq,
        "checkpoint_at_end": at_end,
        "num_to_keep": keep,
        "checkpoint_score_attribute": metric,
        "checkpoint_score_order": None if score is None else ("max" if metric == score else "min"),
    }
    return {name: value for name, value in fields.items() if value is not None}
