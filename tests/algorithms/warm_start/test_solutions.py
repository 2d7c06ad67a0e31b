import random

import pytest

from prorl_rllib.algorithms.warm_start.solutions import SOLVERS, worked_solution
from prorl_rllib.algorithms.warm_start.solutions.code import EXPRESSIONS
from prorl_rllib.envs import CodeEnv, MathEnv, Task, verify_batch
from prorl_rllib.envs.code.operations_lists import LIST_STEPS


def test_without_mistakes_every_solution_is_verified_right(tasks):
    answers = [worked_solution(task, random.Random(task.task_id), 0.0) for task in tasks]
    verdicts = verify_batch(tasks, answers)
    assert [
        (task.prompt, answer)
        for task, answer, verdict in zip(tasks, answers, verdicts, strict=True)
        if verdict.reward < 1
    ] == []


def test_with_mistakes_some_solutions_are_right_and_some_are_not(tasks):
    answers = [worked_solution(task, random.Random(task.task_id), 0.2) for task in tasks]
    right = [verdict.reward == 1 for verdict in verify_batch(tasks, answers)]
    assert 0.1 * len(tasks) < sum(right) < 0.95 * len(tasks)


def test_mistakes_are_a_function_of_the_seed(tasks):
    def write(seed):
        return [worked_solution(task, random.Random(f"{seed}{task.task_id}"), 0.5) for task in tasks]

    assert write(1) == write(1)
    assert write(1) != write(2)


def test_each_step_of_a_sum_is_wrong_as_often_as_stated():
    env = MathEnv(datasets={"sum_chain": {"min_terms": 2, "max_terms": 2, "max_value": 9}})
    tasks = [env.task(index) for index in range(1000)]
    answers = [worked_solution(task, random.Random(task.task_id), 0.25) for task in tasks]
    wrong = sum(
        answer != worked_solution(task, random.Random(0), 0.0) for task, answer in zip(tasks, answers, strict=True)
    )
    assert 200 <= wrong <= 300  # 3.6 standard deviations of the binomial


def task_of(dataset, **metadata):
    """A task of a data set, with the metadata that its solver reads."""
    return Task(task_id="x", domain="math", prompt="?", reference={}, metadata={"dataset": dataset, **metadata})


def test_each_letter_is_wrong_as_often_as_stated():
    rng, task = random.Random(0), task_of("spell_backward", word="abcdefghij")
    letters = "".join(SOLVERS["spell_backward"](task, rng, 0.2)[1] for _ in range(200))
    wrong = sum(letter != "jihgfedcba"[place % 10] for place, letter in enumerate(letters))
    assert 330 <= wrong <= 470  # 3.9 standard deviations of the binomial


def test_a_wrong_step_is_gone_on_from():
    steps, answer = SOLVERS["sum_chain"](task_of("sum_chain", terms=[4, 7, -3]), random.Random(0), 1.0)
    first, second, third = steps.split(" -> ")
    assert first == "4 + 7"
    total, sign, term = second.split()
    assert (int(total) != 11, sign, term, third) == (True, "-", "3", "")
    assert int(answer) != int(total) - 3


def test_a_wrong_unit_is_gone_on_from():
    task = Task(
        task_id="x",
        domain="stem",
        prompt="What is the SI unit of (mass)^2 * (time)^-1?",
        reference={"answer": "kg^2 s^-1"},
        metadata={"dataset": "unit_analysis"},
    )
    assert worked_solution(task, random.Random(0), 0.0) == "kg^2 * s^-1 -> \\boxed{kg^2 s^-1}"
    mass, time = SOLVERS["unit_analysis"](task, random.Random(0), 1.0)[0].removesuffix(" -> ").split(" * ")
    assert mass in ("kg", "kg^3")
    assert time in ("s^-2", "1")


def test_every_operation_of_a_list_pipeline_has_an_expression():
    made = {step(random.Random(seed)).function.__name__ for step in LIST_STEPS for seed in range(5)}
    assert made == EXPRESSIONS.keys()


def test_a_program_with_a_bug_still_runs():
    env = CodeEnv(datasets={"list_pipeline": {"forms": ["fn", "stdin"]}})
    tasks = [env.task(index) for index in range(20)]
    verdicts = verify_batch(tasks, [worked_solution(task, random.Random(task.task_id), 1.0) for task in tasks])
    assert {verdict.status for verdict in verdicts} == {"scored"}
    assert "passed" in verdicts[0].detail
    assert not any("error" in verdict.detail for verdict in verdicts)


def test_an_instruction_that_cannot_be_followed_is_named_with_those_that_can():
    reference = {"instruction_id_list": ["language:response_language"], "kwargs": [{"language": "de"}]}
    task = Task(
        task_id="x",
        domain="instruction_following",
        prompt="?",
        reference=reference,
        metadata={"dataset": "language"},
    )
    with pytest.raises(ValueError, match=r"'language:response_language'.*keywords:existence.*`instructions`"):
        worked_solution(task, random.Random(0), 0.0)


METADATA = {
    "gcd": {"numbers": [18, 12]},
    "product": {"factors": [12, 7]},
    "rotate_matrix": {"matrix": [[1, 2], [3, 4]], "solution": [[3, 1], [4, 2]]},
    "spell_backward": {"word": "tree"},
    "sum_chain": {"terms": [4, 7, -3]},
    "word_sequence_reversal": {"words": ["a", "b"]},
}


@pytest.mark.parametrize("dataset", sorted(METADATA))
def test_every_step_goes_wrong_when_asked_to(dataset):
    task = task_of(dataset, **METADATA[dataset])
    right = SOLVERS[dataset](task, random.Random(0), 0.0)
    assert all(SOLVERS[dataset](task, random.Random(seed), 1.0) != right for seed in range(50))


def test_an_unknown_data_set_is_named_with_the_known_ones():
    with pytest.raises(ValueError, match=r"'percent'.*gcd, .*product, .*spell_backward, .*word_sequence_reversal"):
        worked_solution(task_of("percent"), random.Random(0), 0.0)
