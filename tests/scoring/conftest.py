"""What the tests of scoring share: rows of all domains, with right and wrong responses."""

import gymnasium
import pytest

import prorl_rllib  # noqa: F401 - registers the ids
from prorl_rllib.envs import get_domain

IDS = ("Math", "STEM", "Logic", "InstructionFollowing")


@pytest.fixture(scope="session")
def pairs():
    """Tasks of four domains, each with a right, a wrong and an empty response: `[(task, response), ...]`."""
    found = []
    for name in IDS:
        env = gymnasium.make(f"prorl_rllib:prorl/{name}-v0", size=4).unwrapped
        for index in range(4):
            task = env.task(index)
            domain = get_domain(task.domain)
            reference = domain.check_reference(task)
            given = (domain.example_response(reference), domain.wrong_response(reference), "I do not know.")
            found += [(task, response) for response in given if response is not None]
        env.close()
    return found


@pytest.fixture(scope="session")
def rows(pairs):
    """The same as rows of a file."""
    return [{"task": task.model_dump(mode="json"), "response": response} for task, response in pairs]
