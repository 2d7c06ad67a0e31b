"""One task a problem: repeated prompts, prompts with two answers, and ids that stand twice."""

import hashlib
import unicodedata
from collections.abc import Iterable

from prorl_rllib.envs.domain import get_domain
from prorl_rllib.envs.errors import TaskError, UnparseableAnswer
from prorl_rllib.envs.task import Task, prompt_text


class DistinctTasks:
    """Tasks by problem; prompts that differ in outer space or Unicode form are one problem."""

    def __init__(self) -> None:
        """Begin without tasks."""
        self._by_problem: dict[str, tuple[str, Task]] = {}
        self._by_id: dict[str, str] = {}

    def add(self, place: str, task: Task) -> bool:
        """Add a task unless its problem is known.

        Args:
            place: where it stands, for errors.
            task: to add.

        Returns:
            Whether the problem is new.

        Raises:
            ConflictingAnswers: when the problem is known with another answer.
            TaskError: when another problem has the task's id.
        """
        problem = problem_hash(task)
        known_place, known = self._by_problem.setdefault(problem, (place, task))
        if known is not task:
            if not same_answer(known, task):
                raise ConflictingAnswers(problem, (known_place, place), (known, task))
            return False
        if task.task_id in self._by_id:
            other = self._by_problem[self._by_id[task.task_id]][0]
            raise TaskError(f"{other} and {place} are different problems with one task_id, {task.task_id!r}")
        self._by_id[task.task_id] = problem
        return True

    def tasks(self, without: Iterable[str] = ()) -> list[Task]:
        """Return the tasks in the order they were added.

        Args:
            without: hashes of problems to leave out.
        """
        left_out = set(without)
        return [task for problem, (_, task) in self._by_problem.items() if problem not in left_out]


class ConflictingAnswers(TaskError):
    """One prompt stands there with two answers.

    Attributes:
        problem: hash of the problem.
        places: of the two rows.
    """

    def __init__(self, problem: str, places: tuple[str, str], tasks: tuple[Task, Task]) -> None:
        """Name both rows and answers."""
        answers = [example_response(task) or "" for task in tasks]
        super().__init__(
            f"{places[0]} and {places[1]} have the same prompt and different answers, {answers[0]:.100} and "
            f"{answers[1]:.100}: keep one of them"
        )
        self.problem, self.places = problem, places


def problem_hash(task: Task) -> str:
    """Return a hash that tasks of one problem share."""
    text = unicodedata.normalize("NFC", prompt_text(task.prompt).strip())
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def example_response(task: Task) -> str | None:
    """Return a response that must score 1, None where the domain knows none."""
    domain = get_domain(task.domain)
    return domain.example_response(domain.check_reference(task))


def same_answer(first: Task, second: Task) -> bool:
    """Tell whether two tasks of one problem have the same answer; where none is known they are taken to.

    Equal are answers that are equal as text, or that the domain finds equal without a worker.
    """
    if first.domain != second.domain:
        return False
    answers = example_response(first), example_response(second)
    if answers[0] is None or answers[1] is None or answers[0] == answers[1]:
        return True
    domain = get_domain(first.domain)
    try:
        answer = domain.extract(answers[1])
    except UnparseableAnswer:
        return False
    score = domain.quick_score(domain.check_reference(first), answer, domain.check_options(None))
    return score is not None and score.reward == 1.0
