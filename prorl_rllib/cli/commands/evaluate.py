"""`rllib evaluate`: its options."""

from pathlib import Path
from typing import Annotated

import typer

from prorl_rllib.cli.commands.completions import complete_env
from prorl_rllib.cli.commands.sampling_options import (
    SAMPLING_PANEL,
    EngineConfig,
    EngineName,
    SamplingSeed,
    TopP,
)
from prorl_rllib.cli.commands.shared_options import NumCpus, RayAddress, Verbosity
from prorl_rllib.cli.errors import reported_errors

_WHAT = "What is evaluated"


def evaluate_command(
    checkpoint: Annotated[
        str,
        typer.Argument(
            metavar="CHECKPOINT|HF_FOLDER",
            help="A checkpoint folder, as printed at the end of a training, or a Hugging Face model folder.",
        ),
    ],
    file: Annotated[
        str | None,
        typer.Option(
            metavar="FILE.py",
            show_default="none",
            rich_help_panel=_WHAT,
            help="The experiment it was trained with, if that registers an environment or a model of its own.",
        ),
    ] = None,
    env: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            show_default="the checkpoint's",
            rich_help_panel=_WHAT,
            autocompletion=complete_env,
            help="Environment, such as prorl/Math-v0. A model folder needs one.",
        ),
    ] = None,
    env_config: Annotated[
        str | None,
        typer.Option(
            metavar="JSON",
            show_default="the checkpoint's",
            rich_help_panel=_WHAT,
            help="The env_config of --env; without --env, keys that differ from the checkpoint's.",
        ),
    ] = None,
    episodes: Annotated[
        int | None,
        typer.Option(
            min=1,
            show_default="the config's evaluation_duration; 500 for a model folder",
            rich_help_panel=_WHAT,
            help="Held-out prompts; for other algorithms, episodes.",
        ),
    ] = None,
    k: Annotated[
        str | None,
        typer.Option(
            "--k",
            metavar="K,K,...",
            show_default="1",
            rich_help_panel=SAMPLING_PANEL,
            help="The k of pass@k, ascending; '...' doubles. Each prompt is answered as often as the largest says.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.jsonl",
            show_default="none",
            rich_help_panel=SAMPLING_PANEL,
            help="Write every sample and its verdict, batch by batch.",
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", rich_help_panel=SAMPLING_PANEL, help="Replace the file of --out.")
    ] = False,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            rich_help_panel=SAMPLING_PANEL,
            help="Go on with the file of --out after its last whole batch, if there is one; with equal settings only.",
        ),
    ] = False,
    temperature: Annotated[
        float | None,
        typer.Option(show_default="0.6", rich_help_panel=SAMPLING_PANEL, help="Temperature; 0: the likeliest token."),
    ] = None,
    top_p: TopP = None,
    max_completion_length: Annotated[
        int | None,
        typer.Option(
            min=1,
            show_default="the config's; for a model folder 8192, or half its context",
            rich_help_panel=SAMPLING_PANEL,
            help="Tokens an answer may have.",
        ),
    ] = None,
    seed: SamplingSeed = None,
    engine: EngineName = None,
    engine_config: EngineConfig = None,
    ray_address: RayAddress = None,
    ray_num_cpus: NumCpus = None,
    verbose: Verbosity = 0,
) -> None:
    """Measure a trained algorithm, or a language model, on tasks it has not been trained on.

    Language models (a ProRL checkpoint or a Hugging Face folder): pass@k, reward and length on held-out tasks, over all
    and by domain. The policy alone is loaded, and Ray is not started.

    `rllib evaluate results/run/ProRL_.../checkpoint_000000 --k 1,8 --out samples.jsonl`

    `rllib evaluate path/to/model --env prorl/Math-v0 --k 1,2,...,64 --episodes 200`

    The first again, after it was interrupted: the same command with `--resume`.

    Checkpoints of other algorithms: the evaluation that their config defines.

    `rllib evaluate results/run/PPO_.../checkpoint_000000 --episodes 50`
    """
    with reported_errors(verbose):
        from prorl_rllib.cli.evaluate.options import EvaluateOptions, parse_ks, parse_object
        from prorl_rllib.cli.evaluate.source import find_source

        options = EvaluateOptions(
            env=env,
            env_config=parse_object(env_config, "--env-config", '{"difficulty": 3}'),
            ks=parse_ks(k),
            episodes=episodes,
            out=out,
            overwrite=overwrite,
            resume=resume,
            temperature=temperature,
            top_p=top_p,
            max_completion_length=max_completion_length,
            seed=seed,
            engine=engine,
            engine_config=parse_object(engine_config, "--engine-config", '{"max_num_seqs": 64}'),
        )
        folder = find_source(checkpoint)
        from prorl_rllib.cli.cluster import ClusterOptions
        from prorl_rllib.cli.evaluate.evaluate import evaluate

        evaluate(folder, file, options, ClusterOptions(address=ray_address, num_cpus=ray_num_cpus), verbose)
