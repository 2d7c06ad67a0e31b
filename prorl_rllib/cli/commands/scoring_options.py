"""Options that the commands which score responses have in common."""

from pathlib import Path
from typing import Annotated

import typer

TaskFile = Annotated[
    Path | None,
    typer.Option(
        "--tasks",
        metavar="FILE",
        show_default="none",
        help="Tasks that rows may name by task_id, as save_tasks writes.",
    ),
]
VerifierOptions = Annotated[
    str | None,
    typer.Option(
        "--options",
        metavar="JSON",
        show_default="the domains' defaults",
        help='Options by domain, such as \'{"code": {"required_isolation": "bwrap"}}\'.',
    ),
]
OwnDomains = Annotated[
    list[str] | None,
    typer.Option(
        "--domain",
        metavar="MODULE:CLASS",
        show_default="none",
        help="A domain of your own; can be given several times.",
    ),
]
VerifierTimeout = Annotated[
    float, typer.Option("--timeout-s", min=0.1, max=300.0, help="Seconds a verifier may work on one response.")
]
