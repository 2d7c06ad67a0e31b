"""Tasks from files: published data sets in the form they come in, and rows of your own."""

from prorl_rllib.envs.datasets.disjoint import check_disjoint, overlap
from prorl_rllib.envs.datasets.load import load_tasks
from prorl_rllib.envs.datasets.loaded import Drop, LoadedTasks
from prorl_rllib.envs.datasets.own_tasks import read_own_tasks
from prorl_rllib.envs.datasets.save import save_tasks
from prorl_rllib.envs.datasets.schemas import SCHEMAS

__all__ = [
    "SCHEMAS",
    "Drop",
    "LoadedTasks",
    "check_disjoint",
    "load_tasks",
    "overlap",
    "read_own_tasks",
    "save_tasks",
]
