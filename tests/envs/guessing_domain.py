"""A multi-turn domain of a user's own, with options and without a call of `register_domain`."""

import random
from collections.abc import Callable, Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field

from prorl_rllib.envs import Domain, Draft, EnvConfigError, Score


class GuessReference(BaseModel):
    number: int


class GuessOptions(BaseModel, extra="forbid", frozen=True):
    turns: int = Field(default=3, ge=1)
    credit: Literal["full", "half"] = "full"
    referee: str = "present"


class GuessingDomain(Domain):
    name = "guessing"
    reference_model = GuessReference
    options_model = GuessOptions
    answer_instruction = "Guess."

    def prepare(self, options: GuessOptions) -> dict[str, Any]:
        if options.referee != "present":
            raise EnvConfigError(f"referee = {options.referee!r}: must be 'present'")
        return {"referee": options.referee}

    def dataset_names(self) -> tuple[str, ...]:
        return ("guess",)

    def generate(self, dataset: str, config: Any, rng: random.Random) -> Draft:
        return Draft(f"Guess my number of room {rng.randrange(10**6)}.", {"number": rng.randrange(10)})

    def instruction(self, options: GuessOptions) -> str:
        return f"You have {options.turns} guesses."

    def respond(
        self, reference: GuessReference, messages: Sequence[dict[str, str]], options: GuessOptions
    ) -> str | None:
        guesses = [message["content"] for message in messages if message["role"] == "assistant"]
        if guesses[-1] == str(reference.number) or len(guesses) == options.turns:
            return None
        return "higher" if int(guesses[-1]) < reference.number else "lower"

    def final_response(self, reference: Any, messages: Sequence[dict[str, str]], options: GuessOptions) -> str:
        return " ".join(message["content"] for message in messages if message["role"] == "assistant")

    def extract(self, response: str) -> str:
        return response

    def scorer(self, reference: GuessReference, options: GuessOptions) -> Callable[[str], Score]:
        full = 1.0 if options.credit == "full" else 0.5
        return lambda answer: Score(full if answer.split()[-1] == str(reference.number) else 0.0, answer)


class NoDomain:
    pass
