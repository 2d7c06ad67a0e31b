"""`rllib serve-verifiers`: its options."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from prorl_rllib.cli.commands.scoring_options import OwnDomains, TaskFile, VerifierOptions, VerifierTimeout
from prorl_rllib.cli.commands.shared_options import Verbosity
from prorl_rllib.cli.errors import CommandError, reported_errors

_ADDRESS, _LIMITS = "Where, and for whom", "Limits of one replica"
SERVE_PACKAGES = ("fastapi", "starlette", "uvicorn", "aiohttp", "watchfiles", "opencensus")


def serve_verifiers_command(
    host: Annotated[
        str, typer.Option(rich_help_panel=_ADDRESS, help="Address to listen on; any other than this takes a token.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, rich_help_panel=_ADDRESS, help="Port; 0 takes a free one.")
    ] = 8000,
    token_file: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default="the variable PRORL_RLLIB_VERIFIER_TOKEN, else none",
            rich_help_panel=_ADDRESS,
            help="File with the token that requests must bring.",
        ),
    ] = None,
    run_programs: Annotated[
        bool | None,
        typer.Option(
            "--run-programs/--no-run-programs",
            show_default="with a token",
            rich_help_panel=_ADDRESS,
            help="Run programs that requests bring: rows of the code domain, and /run_code.",
        ),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, show_default="CPUs", help="Verifier workers of a replica.")
    ] = None,
    replicas: Annotated[int, typer.Option(min=1, help="Processes that read requests and write answers.")] = 1,
    max_body_bytes: Annotated[
        int, typer.Option(min=1024, max=2**30, rich_help_panel=_LIMITS, help="Bytes of a request.")
    ] = 4 * 2**20,
    max_rows: Annotated[
        int, typer.Option(min=1, max=100_000, rich_help_panel=_LIMITS, help="Rows of a request.")
    ] = 256,
    max_requests: Annotated[
        int, typer.Option(min=1, max=10_000, rich_help_panel=_LIMITS, help="Requests at once; others must come again.")
    ] = 256,
    max_programs: Annotated[
        int, typer.Option(min=1, max=10_000, rich_help_panel=_LIMITS, help="Requests of /run_code at once, likewise.")
    ] = 64,
    tasks: TaskFile = None,
    options: VerifierOptions = None,
    domain: OwnDomains = None,
    timeout_s: VerifierTimeout = 3.0,
    verbose: Verbosity = 0,
) -> None:
    """Score responses over HTTP, until Ctrl-C: a Ray Serve application on this machine.

    `POST /score` takes `{"rows": [...]}`, rows as for `rllib score`, and answers `{"verdicts": [...]}` in their order.
    `POST /run_code` runs a program in the sandbox, as SandboxFusion does: `sandbox_url` of the code domain may name it.
    Without a token, which tells nobody from anybody on this machine, programs are run with --run-programs alone.

    `rllib serve-verifiers`

    `rllib serve-verifiers --host 0.0.0.0 --token-file token.txt --workers 16`
    """
    with reported_errors(verbose):
        if missing := [name for name in SERVE_PACKAGES if find_spec(name) is None]:
            raise CommandError(
                f"Ray Serve needs packages that are not installed: {', '.join(missing)}. Install them with: "
                "pip install '.[serve]' in a clone of prorl_rllib."
            )
        import os

        from prorl_rllib.cli.score.options import scoring_settings
        from prorl_rllib.cli.serve_verifiers import ServeOptions, access_of, runs_programs, serve_verifiers
        from prorl_rllib.scoring.service_settings import ServiceLimits

        access = access_of(host, token_file)
        settings = scoring_settings(timeout_s, options, domain, tasks)
        checked = ServeOptions(
            host=host,
            port=port,
            access=access,
            limits=ServiceLimits(
                max_body_bytes=max_body_bytes,
                max_rows=max_rows,
                max_requests=max_requests,
                max_programs=max_programs,
            ),
            settings=settings.model_copy(update={"run_programs": runs_programs(access, run_programs)}),
            num_workers=workers or os.cpu_count() or 1,
            num_replicas=replicas,
        )
        serve_verifiers(checked, verbose)
