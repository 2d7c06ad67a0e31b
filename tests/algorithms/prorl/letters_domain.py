"""A domain that a random model solves now and then, the more rarely the higher the difficulty."""

import os
import random
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from prorl_rllib.envs import Domain, Draft, Score


class LettersReference(BaseModel):
    divisor: int


class LettersOptions(BaseModel, extra="forbid", frozen=True):
    worker_dies: bool = False


class LettersDomain(Domain):
    """The first letter's code has to be divisible by the difficulty plus one; of "never" nothing is right."""

    name = "letters"
    reference_model = LettersReference
    options_model = LettersOptions
    answer_instruction = "Write."
    difficulties = (1, 4)

    def dataset_names(self) -> tuple[str, ...]:
        return ("often", "never")

    def default_datasets(self) -> tuple[str, ...]:
        return ("often",)

    def dataset_config(self, dataset: str, config: Any, difficulty: int) -> int:
        return 10**9 if dataset == "never" else difficulty + 1

    def generate(self, dataset: str, config: int, rng: random.Random) -> Draft:
        return Draft(f"{config}: {rng.randrange(1000)}", {"divisor": config})

    def extract(self, response: str) -> str:
        return response

    def scorer(self, reference: LettersReference, options: LettersOptions) -> Callable[[str], Score]:
        if options.worker_dies:
            os._exit(3)
        return lambda answer: Score(float(ord((answer or "?")[0]) % reference.divisor == 0))


class NeverDomain(LettersDomain):
    """Nothing is right."""

    name = "never"

    def default_datasets(self) -> tuple[str, ...]:
        return ("never",)
