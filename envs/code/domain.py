"""The code domain: programs run in a sandbox on tests, rewarded by the share of tests passed."""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from prorl_rllib.envs.code.checks import checks_of, choose, limits_of, outcome, summary
from prorl_rllib.envs.code.extract import extract_program
from prorl_rllib.envs.code.generator import FAMILIES, CodeFamilyConfig, defaults, make_draft
from prorl_rllib.envs.code.reference import CodeReference
from prorl_rllib.envs.domain import Domain, Draft, Score
from prorl_rllib.envs.errors import EnvConfigError
from prorl_rllib.envs.sandbox import LEVELS, SandboxBackend, SandboxError, select_backend
from prorl_rllib.envs.settings import Integer, Real, parse_settings

SLACK_S = 60.0
"""Seconds beyond the total time after which the worker is killed: longer than a broken sandbox takes to be noticed, so
that its failure is an error and not the answer's timeout."""
HOSTILE = (
    "import os\nwhile True:\n    os.fork()",
    "while True:\n    pass",
    "blocks = []\nwhile True:\n    blocks.append(bytearray(2**26))",
    "raise SystemExit(0)",
    "import os\nos._exit(0)",
    "while True:\n    print('x' * 2**16)",
    "import os, signal\nos.kill(-1, signal.SIGKILL)",
    "import time\ntime.sleep(10**6)",
    "def f(n):\n    return f(n + 1)\nf(0)",
    "import threading, time\nfor _ in range(10**4):\n    threading.Thread(target=time.sleep, args=(10**6,)).start()",
    "(" * 20_000,
    "x = 9 ** 9 ** 9",
    "print('\\ud800')",
)
"""Programs that hang, exhaust or attack a verifier that has no limits."""


class CodeOptions(BaseModel):
    """How programs are run and scored; keys of `env_config`.

    Attributes:
        sandbox: the kind of isolation; "auto" takes the strongest that works here.
        sandbox_url: address of the remote sandbox.
        required_isolation: the weakest kind that is accepted, an error when there is none as strong; any when None.
        max_tests: most tests of a problem that are run; which ones is fixed a problem. All when None.
        binary: whether only passing all tests is rewarded, with 1.
        total_time_s: seconds that all tests of one program may take together.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    sandbox: Literal["auto", "bwrap", "namespaces", "rlimit", "remote"] = "auto"
    sandbox_url: str | None = None
    required_isolation: Literal["bwrap", "namespaces", "rlimit", "remote"] | None = None
    max_tests: Integer | None = Field(default=None, ge=1)
    binary: bool = False
    total_time_s: Real = Field(default=30.0, ge=0.1, le=300)

    @model_validator(mode="after")
    def _remote_has_an_address(self) -> "CodeOptions":
        """Reject a remote sandbox without an address."""
        if self.sandbox == "remote" and not self.sandbox_url:
            raise ValueError("sandbox = 'remote' needs sandbox_url, the address of the service")
        return self


class CodeDomain(Domain):
    """Programming problems with tests; the reward is the share of tests passed."""

    name = "code"
    reference_model = CodeReference
    options_model = CodeOptions
    answer_instruction = "Put the complete Python program in one ```python block at the end of the answer."
    difficulties = (1, 10)

    def dataset_names(self) -> tuple[str, ...]:
        """Return the families of generators."""
        return tuple(FAMILIES)

    def dataset_config(self, dataset: str, config: Mapping[str, Any], difficulty: int) -> CodeFamilyConfig:
        """Return the family's config, filled up from the difficulty."""
        full = {**defaults(difficulty), **config}
        return parse_settings(CodeFamilyConfig, full, where=f"datasets[{dataset!r}]")

    def generate(self, dataset: str, config: CodeFamilyConfig, rng: random.Random) -> Draft:
        """Make one problem of a family, with tests and a solution."""
        return make_draft(dataset, config, rng)

    def extract(self, response: str) -> str:
        """Return the last fenced block of Python code."""
        return extract_program(response)

    def scorer(self, reference: CodeReference, options: CodeOptions) -> Callable[[str], Score]:
        """Return the function that runs a program on the tests; the sandbox is chosen here, before the deadline.

        Raises:
            SandboxError: when no sandbox is as strong as required.
        """
        backend = backend_of(options)
        checks = checks_of(reference)
        chosen = choose(checks, options.max_tests, reference)
        limits = limits_of(reference, options.total_time_s)

        def score(program: str) -> Score:
            results = backend.run(program, [check.job for check in chosen], limits)
            outcomes = Counter(outcome(*pair) for pair in zip(chosen, results, strict=True))
            share = outcomes["passed"] / len(chosen)
            weak = sum(check.weak for check in chosen)
            reward = float(share == 1.0) if options.binary else share
            return Score(reward, summary(outcomes, len(checks), weak, backend.name))

        return score

    def deadline_s(self, reference: CodeReference, options: CodeOptions, timeout_s: float) -> float:
        """Return the total time of a program and some slack; `timeout_s` only where it is longer."""
        return max(timeout_s, options.total_time_s + SLACK_S)

    def prepare(self, options: CodeOptions) -> dict[str, Any]:
        """Return the isolation level in force, by name and as a number from 0 (remote) to 3 (bwrap), for metrics.

        Raises:
            EnvConfigError: when none is as strong as required.
        """
        try:
            level = backend_of(options).name
        except SandboxError as error:
            raise EnvConfigError(str(error)) from error
        return {"isolation": level, "isolation_level": len(LEVELS) - 1 - LEVELS.index(level)}

    def example_response(self, reference: CodeReference) -> str | None:
        """Return the solution in a code block, where one is known."""
        return None if reference.solution is None else in_block(reference.solution)

    def wrong_response(self, reference: CodeReference) -> str | None:
        """Return a program that passes no test."""
        return in_block("print('no such answer')")

    def hostile_responses(self) -> tuple[str, ...]:
        """Return programs that hurt a verifier without limits."""
        return tuple(in_block(program) for program in HOSTILE)


def backend_of(options: CodeOptions) -> SandboxBackend:
    """Return the sandbox that the options ask for, probed once a process.

    Raises:
        SandboxError: when there is none as strong as required.
    """
    try:
        return select_backend(options.sandbox, options.required_isolation, options.sandbox_url)
    except SandboxError as error:
        raise SandboxError(
            f"{error}. The keys of env_config are sandbox = {options.sandbox!r}, sandbox_url = "
            f"{options.sandbox_url!r} and required_isolation = {options.required_isolation!r}"
        ) from error


def in_block(program: str) -> str:
    """Return a program in a fenced block, with a fence that the program does not hold."""
    fence = "~~~" if "```" in program else "```"
    return f"{fence}python\n{program}\n{fence}"
