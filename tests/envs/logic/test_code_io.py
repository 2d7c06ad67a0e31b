import json

import pytest

from prorl_rllib.envs import LogicEnv, Task, verify
from prorl_rllib.envs.logic import code_io
from prorl_rllib.envs.logic.bundled_programs import is_pure, programs, run_program
from prorl_rllib.envs.logic.own_scorers.program_results import score_program_result


def test_entries_are_the_same_each_time_they_are_made():
    first = [code_io.make_entry({}, 0, index) for index in range(5)]
    assert first == [code_io.make_entry({}, 0, index) for index in range(5)]
    assert len({entry["question"] for entry in first}) == 5


def test_a_task_holds_what_its_program_gave_and_scoring_runs_nothing():
    task = LogicEnv(datasets=["codeio"]).task(0)
    answer = task.reference["answer"]
    assert json.loads(answer) in (task.reference["metadata"]["input_data"], task.reference["metadata"]["output_data"])
    assert verify(task, f"<answer>{answer}</answer>").reward == 1.0
    assert verify(task, "<answer>{}</answer>").reward == 0.0


def test_sets_of_texts_have_one_order_in_every_run():
    program = "def main_solution(names):\n    return list(set(names))"
    generator = "def generate_inputs(rng):\n    return {'names': [chr(rng.randint(97, 122)) * 3 for _ in range(20)]}"
    assert run_program(program, generator, 5) == run_program(program, generator, 5)


@pytest.mark.parametrize(
    "source",
    [
        "import os",
        "from time import time",
        "import numpy as np",
        "import random\nrandom.SystemRandom()",
        "open('x')",
        "__import__('os')",
        "().__class__",
        "getattr(1, 'x')",
        "id(3)",
        "def f(:",
    ],
)
def test_programs_that_do_more_than_compute_are_not_used(source):
    assert not is_pure(source)


def test_most_bundled_programs_only_compute():
    rows = programs()[:300]
    assert sum(is_pure(row["code_sample"]) and is_pure(row["input_generator"]) for row in rows) > 120


LARGEST_PRIME = next(i for i, row in enumerate(programs()) if "largest_prime" in row["code_sample"])
"""A bundled program: the largest prime below a limit."""
ASKED_FOR_INPUT = {
    "answer": '{"limit": 177}',
    "metadata": {"input_data": {"limit": 177}, "output_data": {"largest_prime": 173}, "program_index": LARGEST_PRIME},
}
ASKED_FOR_OUTPUT = {**ASKED_FOR_INPUT, "answer": '{"largest_prime": 173}'}
FRACTION = {"answer": "[0.1, 2]", "metadata": {"input_data": {"x": 1}, "output_data": [0.1, 2]}}


@pytest.mark.parametrize(
    ("entry", "answer", "reward"),
    [
        (ASKED_FOR_INPUT, '{"limit": 177}', 1.0),
        (ASKED_FOR_INPUT, '{"limit": 175}', 1.0),  # another input with that output
        (ASKED_FOR_INPUT, '{"limit": 100}', 0.0),
        (ASKED_FOR_INPUT, '{"limit": [1]}', 0.0),
        (ASKED_FOR_INPUT, '{"limits": 175}', 0.0),
        (ASKED_FOR_INPUT, "175", 0.0),
        (ASKED_FOR_INPUT, '{"largest_prime": 173}', 0.0),
        (ASKED_FOR_OUTPUT, '{"largest_prime": 173.0}', 1.0),
        (ASKED_FOR_OUTPUT, '{"largest_prime": true}', 0.0),
        (ASKED_FOR_OUTPUT, '{"limit": 175}', 0.0),
        (ASKED_FOR_OUTPUT, "{}", 0.0),
        (ASKED_FOR_OUTPUT, "NaN", 0.0),
        (ASKED_FOR_OUTPUT, "[" * 9000, 0.0),
        (FRACTION, "[0.10000001, 2]", 1.0),
        (FRACTION, "[0.11, 2]", 0.0),
        (FRACTION, f"[0.1, {10**400}]", 0.0),
        (FRACTION, f"[{10**400}, 2]", 0.0),
    ],
)
def test_any_input_with_the_output_is_right(entry, answer, reward):
    assert score_program_result(answer, entry) == reward


def test_an_input_that_keeps_the_program_busy_costs_the_answer_and_not_the_worker():
    metadata = {"source_dataset": "codeio", **ASKED_FOR_INPUT["metadata"]}
    task = Task(
        task_id="a", domain="logic", prompt="q", reference={**ASKED_FOR_INPUT, "question": "q", "metadata": metadata}
    )
    assert verify(task, f'<answer>{{"limit": {10**9}}}</answer>', timeout_s=1).reward == 0.0
    assert verify(task, '<answer>{"limit": 175}</answer>').reward == 1.0


def test_a_program_from_a_file_is_never_run():
    assert "program_index" in LogicEnv(datasets=["codeio"]).task(0).reference["metadata"]
    metadata = {
        **ASKED_FOR_INPUT["metadata"],
        "program_index": "def main_solution(limit): return {'largest_prime': 173}",
    }
    with pytest.raises(TypeError):
        score_program_result('{"limit": 100}', {**ASKED_FOR_INPUT, "metadata": metadata})


GENERATOR = "def generate_inputs(rng):\n    return {'n': rng.randint(1, 9)}"


@pytest.mark.parametrize(
    "program",
    [
        "def main_solution(n):\n    raise ValueError",
        "def main_solution(n):\n    return {1, 2}",
        "def main_solution(n):\n    return float('nan')",
        "def main_solution(n):\n    return 'x' * 10**6",
        "def main_solution(n):\n    return [0] * 10**10",
        "x =",
    ],
)
def test_programs_that_fail_give_no_entry(program):
    assert run_program(program, GENERATOR, 0) is None


@pytest.mark.slow
def test_a_program_that_does_not_end_is_ended():
    assert run_program("def main_solution(n):\n    while True: pass", GENERATOR, 0) is None
