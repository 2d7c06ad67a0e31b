"""`rllib score`: its options."""

from pathlib import Path
from typing import Annotated

import typer

from prorl_rllib.cli.commands.scoring_options import OwnDomains, TaskFile, VerifierOptions, VerifierTimeout
from prorl_rllib.cli.commands.shared_options import NumCpus, RayAddress, Verbosity
from prorl_rllib.cli.errors import reported_errors


def score_command(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="INPUT", help="File of responses (.jsonl, .jsonl.gz, .parquet, .json, .csv), or a folder of such."
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE.jsonl[.gz]", help="Where the rows go with their verdicts.")
    ],
    rejected: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.jsonl[.gz]",
            show_default="beside --out",
            help="Where rows go that cannot be scored, with line and reason.",
        ),
    ] = None,
    tasks: TaskFile = None,
    options: VerifierOptions = None,
    domain: OwnDomains = None,
    timeout_s: VerifierTimeout = 3.0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that are there.")] = False,
    ray_address: RayAddress = None,
    ray_num_cpus: NumCpus = None,
    verbose: Verbosity = 0,
) -> None:
    """Score responses that are in a file already: no model, no training.

    A row holds `response` and one of: `task`; `domain` and `reference`; `task_id`, of the tasks in --tasks. It is
    written with `reward`, `status`, `answer` and `detail`. Where the verification itself failed, the status is error
    and the reward is null.

    `rllib score responses.jsonl --out verdicts.jsonl`

    `rllib score samples.jsonl --tasks tasks.jsonl --out verdicts.jsonl --ray-address auto`
    """
    with reported_errors(verbose):
        from prorl_rllib.cli.score.options import ScoreOptions, check_files, scoring_settings

        files = check_files(source, out, rejected, overwrite=overwrite)
        checked = ScoreOptions(*files, scoring_settings(timeout_s, options, domain, tasks))
        from prorl_rllib.cli.cluster import ClusterOptions
        from prorl_rllib.cli.score.score import score

        score(checked, ClusterOptions(address=ray_address, num_cpus=ray_num_cpus), verbose)
