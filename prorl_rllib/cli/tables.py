"""Tables: drawn by rich on a terminal, plain aligned lines elsewhere, so that pipes and logs stay greppable."""

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from prorl_rllib.cli.console import console, say

GAP = "  "


def show_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table.

    Args:
        title: printed above it on a terminal.
        columns: the headings; the first column names the rows and is never broken over lines.
        rows: one text a column each, printed literally.
    """
    if not console().is_terminal:
        for line in aligned([[name.upper() for name in columns], *rows]):
            say(line)
        return
    table = Table(title=title, title_justify="left", title_style="bold")
    for index, name in enumerate(columns):
        table.add_column(name, no_wrap=index == 0, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    console().print(table)


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines whose columns begin at the same place.

    Args:
        rows: of equal length; a text with line breaks is put into one line.
    """
    flat = [[" ".join(text.split()) for text in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*flat, strict=True)]
    return [GAP.join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in flat]
