"""Options that several commands have: how loud they are, and which Ray they use."""

from typing import Annotated

import typer

Verbosity = Annotated[
    int, typer.Option("--verbose", "-v", count=True, help="Show Ray's logs; -vv also shows tracebacks of errors.")
]
NumCpus = Annotated[
    int | None,
    typer.Option("--ray-num-cpus", min=1, show_default="this machine's", help="CPUs of the Ray that is started."),
]
RayAddress = Annotated[
    str | None, typer.Option(show_default="Ray is started on this machine", help="Address of a running Ray cluster.")
]
