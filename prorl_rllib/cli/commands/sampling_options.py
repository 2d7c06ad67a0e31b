"""Options that the commands which sample language models have in common."""

from typing import Annotated

import typer

SAMPLING_PANEL = "Language models: sampling and samples"
"""Heading in `--help`."""

TopP = Annotated[
    float | None,
    typer.Option(show_default="0.95", rich_help_panel=SAMPLING_PANEL, help="Nucleus probability in (0, 1]."),
]
SamplingSeed = Annotated[
    int | None,
    typer.Option(
        "--seed",
        min=0,
        show_default="the one of evaluations during training",
        rich_help_panel=SAMPLING_PANEL,
        help="Seed of the sampling; the tasks stay the same.",
    ),
]
EngineName = Annotated[
    str | None,
    typer.Option(
        "--engine",
        metavar="auto|vllm|transformers",
        show_default="the config's, else auto",
        rich_help_panel=SAMPLING_PANEL,
        help="What samples.",
    ),
]
EngineConfig = Annotated[
    str | None,
    typer.Option(
        metavar="JSON",
        show_default="the checkpoint's",
        rich_help_panel=SAMPLING_PANEL,
        help="Arguments of the engine, such as '{\"max_num_seqs\": 64}'; see docs/engines.md.",
    ),
]
