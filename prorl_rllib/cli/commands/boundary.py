"""`rllib boundary`: its options."""

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
from prorl_rllib.cli.commands.shared_options import Verbosity
from prorl_rllib.cli.errors import reported_errors

_MODELS, _TASKS, _REPORT = "Models", "Tasks", "Report"
_MODEL = "CHECKPOINT|HF_FOLDER"


def boundary_command(
    base: Annotated[
        str, typer.Option(metavar=_MODEL, rich_help_panel=_MODELS, help="The model before training, of either kind.")
    ],
    trained: Annotated[str, typer.Option(metavar=_MODEL, rich_help_panel=_MODELS, help="The model after training.")],
    out: Annotated[
        Path, typer.Option(metavar="FOLDER", rich_help_panel=_REPORT, help="Folder of the samples and the report.")
    ],
    mid: Annotated[
        str | None,
        typer.Option(
            metavar=_MODEL,
            show_default="none",
            rich_help_panel=_MODELS,
            help="A checkpoint on the way: it tells plateau from sustained gain.",
        ),
    ] = None,
    file: Annotated[
        str | None,
        typer.Option(
            metavar="FILE.py",
            show_default="none",
            rich_help_panel=_MODELS,
            help="The experiment, if that registers an environment or a model of its own.",
        ),
    ] = None,
    env: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            show_default="none",
            rich_help_panel=_TASKS,
            autocompletion=complete_env,
            help="Environment, for a report on one family of tasks.",
        ),
    ] = None,
    env_config: Annotated[
        str | None,
        typer.Option(
            metavar="JSON", show_default="{}", rich_help_panel=_TASKS, help="The env_config of --env; no checkpoint's."
        ),
    ] = None,
    family: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=JSON",
            show_default="none",
            rich_help_panel=_TASKS,
            help='A family of tasks, once for each: NAME=\'{"env": ID, "env_config": {...}, "difficulty": NUMBER, '
            '"training": "trained" or "unseen", "episodes": N}\'; only env is needed.',
        ),
    ] = None,
    families: Annotated[
        str | None,
        typer.Option(
            metavar="FILE.yaml",
            show_default="none",
            rich_help_panel=_TASKS,
            help="The same in a file that maps names to such families.",
        ),
    ] = None,
    episodes: Annotated[
        int, typer.Option(min=2, rich_help_panel=_TASKS, help="Held-out tasks of a family, at most as many as it has.")
    ] = 100,
    k: Annotated[
        str,
        typer.Option(
            "--k",
            metavar="K,K,...",
            rich_help_panel=SAMPLING_PANEL,
            help="The k of pass@k; '...' doubles. Each task is answered as often as the largest says.",
        ),
    ] = "1,2,4,...,256",
    temperature: Annotated[
        float | None,
        typer.Option(show_default="0.6", rich_help_panel=SAMPLING_PANEL, help="Temperature, above 0."),
    ] = None,
    top_p: TopP = None,
    max_completion_length: Annotated[
        int | None,
        typer.Option(
            min=1,
            show_default="the trained model's",
            rich_help_panel=SAMPLING_PANEL,
            help="Tokens an answer may have, of each model.",
        ),
    ] = None,
    seed: SamplingSeed = None,
    engine: EngineName = None,
    engine_config: EngineConfig = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", rich_help_panel=SAMPLING_PANEL, help="Keep the samples in --out that are finished, and go on."
        ),
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", rich_help_panel=SAMPLING_PANEL, help="Replace the samples in --out.")
    ] = False,
    boundary_k: Annotated[
        int | None,
        typer.Option(
            min=1,
            show_default="128, or at most half of the samples",
            rich_help_panel=_REPORT,
            help="K of the boundary: pass@K decides the regime.",
        ),
    ] = None,
    tolerance: Annotated[
        float, typer.Option(rich_help_panel=_REPORT, help="What pass@K may differ by and still count as equal.")
    ] = 0.02,
    corpus: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            show_default="none",
            rich_help_panel=_REPORT,
            help="Texts (.txt, .md, .py, .tex, .jsonl) in a file or folder, in which answers are looked for (novelty).",
        ),
    ] = None,
    novelty: Annotated[
        bool, typer.Option("--novelty/--no-novelty", rich_help_panel=_REPORT, help="Measure the novelty of answers.")
    ] = True,
    label: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ROLE=TEXT",
            show_default="its path",
            rich_help_panel=_REPORT,
            help="What the report calls the base, mid or trained model, once for each.",
        ),
    ] = None,
    verbose: Verbosity = 0,
) -> None:
    """Show whether training moved what a model can solve: base against trained model, task by task.

    Each model answers each held-out task as often as the largest k says. The report has pass@k with intervals, tasks
    gained and lost, the regime (diminish, plateau, sustained), gain against base strength, entropy, lengths,
    duplicates and novelty, as report.json, report.md, report.html and pictures.

    `rllib boundary --base path/to/model --trained results/run/ProRL_.../checkpoint_000004 --env prorl/Math-v0 --out
    report`

    `rllib boundary --base path/to/model --mid .../checkpoint_000001 --trained .../checkpoint_000004 --families
    families.yaml --k 1,2,4,...,64 --episodes 50 --out report`

    Interrupted: the same command with `--resume` goes on. With other --boundary-k, --tolerance, --corpus or --label it
    makes the report anew from the samples that are there.

    Exit codes: 0 done, 1 sampling failed, 2 something in the command is wrong, 130 interrupted.
    """
    with reported_errors(verbose):
        from prorl_rllib.cli.boundary.families import read_families
        from prorl_rllib.cli.boundary.options import BoundaryOptions, boundary_ks, parse_labels
        from prorl_rllib.cli.evaluate.options import parse_object
        from prorl_rllib.evaluation.boundary.report import Role

        models: dict[Role, str | None] = {"base": base, "mid": mid, "trained": trained}
        sampling = {
            "temperature": temperature,
            "top_p": top_p,
            "max_completion_length": max_completion_length,
            "seed": seed,
            "engine": engine,
            "engine_config": parse_object(engine_config, "--engine-config", '{"max_num_seqs": 64}'),
        }
        options = BoundaryOptions(
            models={role: path for role, path in models.items() if path is not None},
            families=read_families(
                env, parse_object(env_config, "--env-config", '{"difficulty": 3}'), family or [], families
            ),
            ks=boundary_ks(k),
            episodes=episodes,
            out=out,
            boundary_k=boundary_k,
            tolerance=tolerance,
            novelty=novelty,
            corpus=corpus,
            labels=parse_labels(label or []),
            resume=resume,
            overwrite=overwrite,
            sampling={name: value for name, value in sampling.items() if value is not None},
        )
        from prorl_rllib.cli.boundary.boundary import boundary

        boundary(options, file, verbose)
