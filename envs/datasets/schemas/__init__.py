"""The schemas that `load_tasks` knows."""

from prorl_rllib.envs.datasets.schema import Schema
from prorl_rllib.envs.datasets.schemas import code, eurus2, instruction_following, mathematics, own, stem
from prorl_rllib.envs.errors import EnvConfigError
from prorl_rllib.envs.settings import did_you_mean

SCHEMAS: dict[str, Schema] = {
    schema.name: schema
    for module in (mathematics, eurus2, stem, code, instruction_following, own)
    for schema in module.SCHEMAS
}
"""Name -> schema."""


def get_schema(name: str) -> Schema:
    """Return a schema.

    Raises:
        EnvConfigError: with the nearest name and the list.
    """
    if name not in SCHEMAS:
        raise EnvConfigError(f"unknown schema {name!r}{did_you_mean(name, SCHEMAS)}; schemas: {', '.join(SCHEMAS)}")
    return SCHEMAS[name]
