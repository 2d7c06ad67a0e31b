"""What a schema is."""

from collections.abc import Callable
from dataclasses import dataclass

from prorl_rllib.envs.datasets.rows import Columns, ParsedRow


@dataclass(frozen=True)
class Schema:
    """How the rows of one published data set become tasks.

    Attributes:
        name: as given to `load_tasks`, and the `dataset` in the tasks' metadata.
        domains: of its tasks; empty when any is possible.
        parse: makes a task of a row, whose column names are in lower case; raises `RowRejected`.
        domain_of: tells a row's domain before it is parsed, where there are several.
        has_golds: whether the right answer can be checked by giving it.
        hub_files: patterns of the files to fetch from the Hugging Face hub; all data files when empty.
    """

    name: str
    domains: tuple[str, ...]
    parse: Callable[[Columns], ParsedRow]
    domain_of: Callable[[Columns], str] | None = None
    has_golds: bool = True
    hub_files: tuple[str, ...] = ()
