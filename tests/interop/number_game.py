"""A domain that plays in turns, for the adapters' tests: higher or lower, three guesses."""

import random
from collections.abc import Callable, Sequence
from typing import Any

from pydantic import BaseModel

from prorl_rllib.envs import Domain, Draft, Score, TextEnv, register_domain


class Number(BaseModel):
    number: int


class NumberGame(Domain):
    name = "number_game"
    reference_model = Number
    answer_instruction = "You have three guesses."

    def dataset_names(self) -> tuple[str, ...]:
        return ("numbers",)

    def generate(self, dataset: str, config: Any, rng: random.Random) -> Draft:
        return Draft(f"Guess the number of room {rng.randrange(10**6)}.", {"number": rng.randrange(10)})

    def respond(self, reference: Number, messages: Sequence[dict[str, str]], options: Any) -> str | None:
        guesses = [message["content"] for message in messages if message["role"] == "assistant"]
        if guesses[-1] == str(reference.number) or len(guesses) == 3:
            return None
        return "higher" if int(guesses[-1]) < reference.number else "lower"

    def final_response(self, reference: Number, messages: Sequence[dict[str, str]], options: Any) -> str:
        return " ".join(message["content"] for message in messages if message["role"] == "assistant")

    def extract(self, response: str) -> str:
        return response

    def quick_score(self, reference: Number, answer: str, options: Any) -> Score:
        guesses = answer.split()
        return Score(1 / len(guesses) if guesses[-1] == str(reference.number) else 0.0)

    def scorer(self, reference: Number, options: Any) -> Callable[[str], Score]:
        return lambda answer: self.quick_score(reference, answer, options)


register_domain(NumberGame())


class NumberGameEnv(TextEnv):
    domain_name = "number_game"


def guesses_for(number: int) -> list[tuple[str, str]]:
    """Two wrong guesses and the right one, each with what the game says of it."""
    wrong = [guess for guess in (number - 2, number + 1)]
    return [(str(wrong[0]), "higher"), (str(wrong[1]), "lower"), (str(number), "")]
