"""The file that the `tasks` key of an `env_config` names."""

from pathlib import Path

from prorl_rllib.envs.datasets.files import SUFFIXES, looked_up_in
from prorl_rllib.envs.datasets.load import load_tasks
from prorl_rllib.envs.datasets.own_tasks import read_own_tasks
from prorl_rllib.envs.datasets.schemas import SCHEMAS
from prorl_rllib.envs.domain import Domain
from prorl_rllib.envs.errors import EnvConfigError
from prorl_rllib.envs.settings import did_you_mean
from prorl_rllib.envs.task import Task
from prorl_rllib.envs.verification.verify import Options


def read_env_tasks(tasks: str, domain: Domain, options: Options = None) -> list[Task]:
    """Return the tasks of a file that belong to a domain, in order.

    Every environment of every process reads the file, so gold answers are checked only as far as that takes no worker.

    Args:
        tasks: a path, whose rows are the user's own and must all be right; or "schema:path", whose wrong rows and rows
            of other domains are dropped, counted and logged.
        domain: of the tasks.
        options: of the domain.

    Raises:
        EnvConfigError: when there is no such file, it cannot be read, or it is empty.
        TaskError: for a wrong row of the user's own, rows that contradict each other, or when no row is left.
    """
    schema, colon, path = tasks.partition(":")
    if colon and schema in SCHEMAS:
        if not path.strip():
            raise EnvConfigError(f"tasks = {tasks!r}: the path behind the schema is missing: 'schema:path'")
        return load_tasks(schema, path, domain=domain.name, verify_golds="quick", options=options)
    found = Path(tasks)
    if not tasks.strip() or not (found.is_dir() or (found.is_file() and found.name.endswith(SUFFIXES))):
        hint = did_you_mean(schema, SCHEMAS) if colon else ""
        raise EnvConfigError(
            f"tasks = {tasks!r}: must be 'generated' or the path of an existing folder or file "
            f"({', '.join(SUFFIXES)}), or 'schema:path' with a schema of {', '.join(SCHEMAS)}{hint}"
            f"{looked_up_in(found)}"
        )
    return read_own_tasks(found, domain)
