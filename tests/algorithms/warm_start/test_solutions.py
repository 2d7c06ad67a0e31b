import random

import pytest

from prorl_rllib.algorithms.warm_start.solutions import SOLVERS, worked_solution
from prorl_rllib.envs import MathEnv, Task, verify_batch


def test_without_mistakes_every_solution_is_verified_right(tasks):
    answers = [worked_solution(task, random.Random(task.task_id), 0.0) for task in tasks]
    verdicts = verify_batch(tasks, answers)
    assert [
        (task.prompt, answer)
        for task, answer, verdict in zip(tasks, answers, verdicts, strict=True)
        if verdict.reward < 1
    ] == []


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


def test_each_letter_is_wrong_as_often_as_stated():
    rng = random.Random(0)
    letters = "".join(SOLVERS["spell_backward"]({"word": "abcdefghij"}, rng, 0.2)[1] for _ in range(200))
    wrong = sum(letter != "jihgfedcba"[place % 10] for place, letter in enumerate(letters))
    assert 330 <= wrong <= 470  # 3.9 standard deviations of the binomial


def test_a_wrong_step_is_gone_on_from():
    steps, answer = SOLVERS["sum_chain"]({"terms": [4, 7, -3]}, random.Random(0), 1.0)
    first, second, third = steps.split(" -> ")
    assert first == "4 + 7"
    total, sign, term = second.split()
    assert (int(total) != 11, sign, term, third) == (True, "-", "3", "")
    assert int(answer) != int(total) - 3


@pytest.mark.parametrize("dataset", sorted(SOLVERS))
def test_every_solver_makes_mistakes_when_asked_to(dataset):
    metadata = {"terms": [4, 7, -3], "word": "tree", "words": ["a", "b"], "factors": [12, 7], "numbers": [18, 12]}
    right = SOLVERS[dataset](metadata, random.Random(0), 0.0)
    assert all(SOLVERS[dataset](metadata, random.Random(seed), 1.0) != right for seed in range(50))


def test_an_unknown_data_set_is_named_with_the_known_ones():
    task = Task(task_id="x", domain="math", prompt="?", reference={"answer": "1"}, metadata={"dataset": "percent"})
    with pytest.raises(ValueError, match=r"'percent'.*gcd, product, spell_backward, sum_chain, word_sequence_reversal"):
        worked_solution(task, random.Random(0), 0.0)
