"""A domain whose scorer does to its worker what the answer says; workers import this module."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from prorl_rllib.envs import Domain, Draft, Score, TaskError, register_domain


class ProbeReference(BaseModel):
    """A folder for notes, and what preparation does."""

    folder: str = ""
    prepare_s: float = 0.0
    prepare_bytes: int = 0
    unscorable: bool = False


def act(answer: str, folder: str) -> Score:
    verb, _, argument = answer.partition(" ")
    if verb == "sleep":
        time.sleep(float(argument))
    elif verb == "spin":
        while True:
            pass
    elif verb == "die":
        with Path(folder, "deaths").open("a") as notes:
            notes.write("x")
        os._exit(3)
    elif verb == "die_once" and not Path(folder, argument).exists():
        Path(folder, argument).touch()
        os._exit(3)
    elif verb == "allocate":
        bytearray(int(argument))
    elif verb == "recurse":
        act(answer, folder)
    elif verb == "raise":
        raise ValueError(argument)
    elif verb == "print":
        print("noise" * 1000)
    elif verb == "reward":
        return Score(float(argument))
    return Score(1.0, answer.encode("utf-8", "replace").decode())


class ProbeDomain(Domain):
    name = "probe"
    reference_model = ProbeReference

    def dataset_names(self) -> tuple[str, ...]:
        return ("probe",)

    def generate(self, dataset: str, config: Any, rng: Any) -> Draft:
        return Draft(f"Probe {rng.random()}", {})

    def extract(self, response: str) -> str:
        return response

    def scorer(self, reference: ProbeReference, options: Any) -> Callable[[str], Score]:
        time.sleep(reference.prepare_s)
        bytearray(reference.prepare_bytes)
        if reference.unscorable:
            raise TaskError("this task cannot be scored")
        return lambda answer: act(answer, reference.folder)


register_domain(ProbeDomain())
