"""The logic domain: the puzzles of Reasoning Gym, scored in a worker."""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from prorl_rllib.envs.answers import check_length, visible_text
from prorl_rllib.envs.domain import Domain, Draft, Score
from prorl_rllib.envs.errors import EnvConfigError, TaskError, UnparseableAnswer
from prorl_rllib.envs.logic import move_by_move, reasoning_gym
from prorl_rllib.envs.logic.curriculum import MAX_DIFFICULTY, level_config
from prorl_rllib.envs.logic.examined import BLEND, HELD_OUT_DATASETS, refusal
from prorl_rllib.envs.logic.examples import example_answer
from prorl_rllib.envs.logic.move_by_move import check_playable
from prorl_rllib.envs.logic.reference import LogicReference, check_dataset, check_version, regenerate
from prorl_rllib.envs.logic.scorers import ScorerName, check_upstream, score_entry
from prorl_rllib.envs.logic.stable_order import UNSTABLE_METADATA
from prorl_rllib.envs.task import Message, Task

MAX_ANSWER_CHARS = 20_000
MAX_ATTEMPTS = 100
"""Entries drawn for one task: a few have no answer, or an empty one."""
MAX_METADATA_CHARS = 10_000
"""Longest value of an entry's metadata, as JSON, that is kept in a task's."""
OPEN, CLOSE = "<answer>", "</answer>"


class LogicOptions(BaseModel):
    """The keys that the logic domain adds to `env_config`.

    Attributes:
        scorer: "own" for scorers that reward solutions only, "upstream" for Reasoning Gym's as they are, for
            comparison; those that execute the model's answer are never used.
        move_by_move: play a puzzle in turns, one move each; for the data sets of `move_by_move.GAMES`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    scorer: ScorerName = "own"
    move_by_move: bool = False


class LogicDomain(Domain):
    """Puzzles with answers in `<answer></answer>`.

    Difficulty 1 is each data set's default config; d above it is level d - 1 of the data set's curriculum.
    """

    name = "logic"
    reference_model = LogicReference
    options_model = LogicOptions
    answer_instruction = "Put the final answer in <answer></answer>."
    difficulties = (1, MAX_DIFFICULTY)

    def dataset_names(self) -> tuple[str, ...]:
        """Return the names of all data sets of the installed release; those that are refused too, to say why."""
        return reasoning_gym.all_names()

    def default_datasets(self) -> tuple[str, ...]:
        """Return all data sets but the paper's out-of-distribution ones, the blend, and any that is refused."""
        left_out = {*HELD_OUT_DATASETS, BLEND}
        return tuple(name for name in self.dataset_names() if name not in left_out and refusal(name) is None)

    def dataset_config(self, dataset: str, config: Mapping[str, Any], difficulty: int) -> str:
        """Return the config as canonical JSON, what it leaves open filled from the difficulty.

        Raises:
            EnvConfigError: for a refused data set or a wrong config.
        """
        if reason := refusal(dataset):
            raise EnvConfigError(f"data set {dataset!r} of domain 'logic' is refused: {reason}")
        return reasoning_gym.check_config(dataset, {**level_config(dataset, difficulty, config), **config})

    def dataset_of(self, task: Task) -> str:
        """Return the data set that the task's reference names."""
        return LogicReference.model_validate(task.reference).dataset

    def check_datasets(self, names: Iterable[str], options: LogicOptions) -> None:
        """Raise when a data set cannot be played, or not be scored, as the options ask.

        Raises:
            EnvConfigError: naming the data set and the key.
        """
        if options.move_by_move:
            check_playable(names)
        if options.scorer == "upstream":
            try:
                for name in names:
                    check_upstream(name)
            except TaskError as error:
                raise EnvConfigError(f"{error}, or leave it out of `datasets`") from None

    def generate(self, dataset: str, config: str, rng: random.Random) -> Draft:
        """Make one puzzle that has an answer."""
        for _ in range(MAX_ATTEMPTS):
            index = reasoning_gym.draw_index(dataset, config, rng)
            entry = reasoning_gym.entry(dataset, config, 0, index)
            source = reasoning_gym.source_of(dataset, entry)
            answer = example_answer(source, entry)
            if answer if answer is not None else source in NO_EXAMPLES:
                return draft_of(dataset, config, index, entry, None if source in UNSTABLE else answer)
        raise TaskError(f"none of {MAX_ATTEMPTS} entries of {dataset!r} (config {config}) has an answer")

    def extract(self, response: str) -> str:
        """Return what stands between the last `<answer>` that is closed and its first `</answer>`, stripped."""
        return check_length(tagged(response), MAX_ANSWER_CHARS)

    def check_reference(self, task: Task) -> LogicReference:
        """Return a task's reference, checked as far as that needs no generating.

        Raises:
            TaskError: for an unknown or refused data set, a wrong config, another version, or another question's hash.
        """
        reference: LogicReference = super().check_reference(task)
        try:
            check_dataset(reference.dataset, reference.config)
            check_version(reference.version)
        except TaskError as error:
            raise TaskError(f"task {task.task_id!r}: {error}") from None
        asked = task.messages[-1]["content"]
        if reference.question_sha256 not in (None, reasoning_gym.question_hash(asked)):
            raise TaskError(
                f"task {task.task_id!r}: question_sha256 of its reference is not the digest of its prompt: one of the "
                f"two was changed"
            )
        if reference.question is not None and reference.question not in asked:
            raise TaskError(
                f"task {task.task_id!r}: its prompt does not hold the question of the entry in its reference"
            )
        return reference

    def quick_score(self, reference: LogicReference, answer: str, options: LogicOptions) -> Score | None:
        """Accept the entry's own example answer word for word; a worker judges anything else."""
        if reference.answer is None or answer != reference.answer.strip() or options.scorer == "upstream":
            return None
        puzzle = regenerate(reference)  # the reference may say anything; the entry is the authority
        example = example_answer(puzzle.name, puzzle.entry)
        return Score(1.0, "the example answer") if example is not None and answer == example.strip() else None

    def scorer(self, reference: LogicReference, options: LogicOptions) -> Callable[[str], Score]:
        """Make the entry again and return its scorer.

        Raises:
            TaskError: when the entry cannot be made, the installed Reasoning Gym makes another, or upstream's scorer
                was asked for and would execute the answer.
        """
        puzzle = regenerate(reference)
        if options.scorer == "upstream":
            check_upstream(puzzle.name)
        return lambda answer: score_entry(puzzle.name, puzzle.dataset, puzzle.entry, answer, options.scorer)

    def instruction(self, options: LogicOptions) -> str:
        """Return how to give the answer, or one move of it."""
        return move_by_move.INSTRUCTION if options.move_by_move else self.answer_instruction

    def respond(self, reference: LogicReference, messages: Sequence[Message], options: LogicOptions) -> str | None:
        """Return the position after the last move, None when the puzzle is solved, given up, or not played in turns."""
        if not options.move_by_move:
            return None
        return move_by_move.respond(self._game(reference), moves_of(messages))

    def final_response(self, reference: LogicReference, messages: Sequence[Message], options: LogicOptions) -> str:
        """Return the last answer; of a puzzle played in turns all legal moves, as the data set wants them."""
        if not options.move_by_move:
            return super().final_response(reference, messages, options)
        return f"{OPEN}{move_by_move.answer_of(self._game(reference), moves_of(messages))}{CLOSE}"

    def example_response(self, reference: LogicReference) -> str | None:
        """Return the example answer, tagged."""
        answer = reference.answer
        if answer is None and reference.entry is not None:
            puzzle = regenerate(reference)
            answer = example_answer(puzzle.name, puzzle.entry)
        return None if answer is None else f"{OPEN}{answer}{CLOSE}"

    def hostile_responses(self) -> tuple[str, ...]:
        """Return answers that hurt scorers which evaluate, parse recursively or split."""
        attacks = ("9**9**9**9", "(" * 9000, "[" * 9000, "__import__('os').abort()", "1," * 9000, "nan", "\ud800")
        return tuple(f"{OPEN}{attack}{CLOSE}" for attack in attacks)

    def _game(self, reference: LogicReference) -> "move_by_move.Game":
        """Return the puzzle of a reference as a game at its start.

        Raises:
            EnvConfigError: when its data set is not played in turns.
        """
        puzzle = regenerate(reference)
        return move_by_move.game_of(puzzle.name, puzzle.entry)


NO_EXAMPLES = frozenset({"boxnet", "rubiks_cube", "rush_hour"})
"""Data sets that bring no solution along, or not for every entry."""
UNSTABLE = reasoning_gym.UNSTABLE_EXAMPLES


def draft_of(dataset: str, config: str, index: int, entry: dict[str, Any], answer: str | None) -> Draft:
    """Return the draft of an entry.

    Args:
        dataset: name of the data set.
        config: its config as canonical JSON.
        index: of the entry, with seed 0.
        entry: the entry.
        answer: an example answer, None when none is known.
    """
    metadata = reasoning_gym.json_able(entry["metadata"])
    if dataset == reasoning_gym.RUNS_PROGRAMS:  # what its programs gave is kept, so that scoring runs none
        entry = {"question": entry["question"], "answer": entry["answer"], "metadata": metadata}
        reference = {**entry, "config": config, "version": reasoning_gym.version()}
    else:
        reference = {
            "dataset": dataset,
            "config": config,
            "seed": 0,
            "index": index,
            "question_sha256": reasoning_gym.question_hash(entry["question"]),
            "version": reasoning_gym.version(),
            "answer": answer,
        }
    shown = {key: value for key, value in metadata.items() if reasoning_gym.size_of(value) <= MAX_METADATA_CHARS}
    for key in UNSTABLE_METADATA.get(reasoning_gym.source_of(dataset, entry), ()):
        shown.pop(key, None)
    shown["source_difficulty"] = shown.pop("difficulty", None)
    return Draft(entry["question"], reference, shown)


def tagged(response: str) -> str:
    """Return what stands between the last `<answer>` that is closed and its first `</answer>`, stripped.

    Raises:
        UnparseableAnswer: when there is none.
    """
    text = visible_text(response)
    start = text.rfind(OPEN, 0, max(text.rfind(CLOSE), 0))
    if start < 0:
        raise UnparseableAnswer(f"no {OPEN}{CLOSE} in the response")
    return text[start + len(OPEN) : text.find(CLOSE, start)].strip()


def moves_of(messages: Sequence[Message]) -> list[str]:
    """Return the move of each answer of a chat, "" for an answer without one."""
    moves = []
    for message in messages:
        if message["role"] == "assistant":
            try:
                moves.append(tagged(message["content"]))
            except UnparseableAnswer:
                moves.append("")
    return moves
