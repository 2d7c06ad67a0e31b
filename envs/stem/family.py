"""What a family of generated problems is."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from prorl_rllib.envs.domain import Draft


class FamilyConfig(BaseModel):
    """Config of a family in `datasets`: the base of all."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Family:
    """One kind of problem: the model of its config, the defaults of a difficulty, and the function that makes one."""

    config_model: type[FamilyConfig]
    defaults: Callable[[int], dict[str, Any]]
    make: Callable[[Any, random.Random], Draft]
