"""SCP-116K, whose solutions are free text, and GPQA, whose questions have four options."""

import hashlib
import random
from typing import Any

from prorl_rllib.envs.datasets.columns import ANSWER, PROBLEM, facts, first_of, is_empty, text_of
from prorl_rllib.envs.datasets.final_answer import bare_answer, final_answer
from prorl_rllib.envs.datasets.rows import Columns, ParsedRow, RowRejected
from prorl_rllib.envs.datasets.schema import Schema

SOLUTION = ("matched_solution", "solution")
AGREED = {True: True, False: False, "true": True, "false": False, "1": True, "0": False}
"""How files write whether a model's solution agrees with the reference; 1 and 0 are equal to True and False."""
CHOICES = ("correct_answer", "incorrect_answer_1", "incorrect_answer_2", "incorrect_answer_3")


def parse_scp116k(row: Columns) -> ParsedRow:
    """Return the task of a row of SCP-116K: its answer column, or the short answer that ends its solution.

    Raises:
        RowRejected: when there is no short answer, or an `is_*_same*` column says that a model's solution disagrees.
    """
    problem = text_of(row, PROBLEM)
    for name, value in row.items():
        if name.startswith("is_") and "same" in name and not is_empty(value) and not _agrees(name, value):
            raise RowRejected("a model's solution disagrees with the reference", name)
    given = first_of(row, ANSWER)
    answer = final_answer(text_of(row, SOLUTION)) if given is None else bare_answer(text_of(row, ANSWER))
    return ParsedRow("stem", problem, {"answer": answer}, facts(row, subject="domain"))


def _agrees(name: str, value: Any) -> bool:
    """Return what a column of agreement says.

    Raises:
        RowRejected: when it is no truth value.
    """
    key = value.strip().lower() if isinstance(value, str) else value
    try:
        return AGREED[key]
    except (KeyError, TypeError):
        raise RowRejected("an agreement is no truth value", f"{name} = {value!r:.100}") from None


def parse_gpqa(row: Columns) -> ParsedRow:
    """Return the task of a row of GPQA; the order of its options is drawn from a hash of the question.

    Raises:
        RowRejected: when an option is missing, or two are alike.
    """
    question = text_of(row, ("question",))
    texts = [text_of(row, (name,)) for name in CHOICES]
    if len({text.casefold() for text in texts}) < len(texts):
        raise RowRejected("two options are alike", f"{texts!r:.200}")
    correct = texts[0]
    random.Random(hashlib.sha256(question.encode("utf-8", "replace")).digest()).shuffle(texts)
    options = dict(zip("ABCD", texts, strict=True))
    answer = next(letter for letter, text in options.items() if text == correct)
    prompt = "\n".join([question, "", *(f"{letter}. {text}" for letter, text in options.items())])
    metadata = facts(row, subject="high-level_domain", subdomain="subdomain", record_id="record_id")
    return ParsedRow("stem", prompt, {"answer": answer, "options": options}, metadata)


SCHEMAS = (
    Schema("scp116k", ("stem",), parse_scp116k),
    Schema("gpqa", ("stem",), parse_gpqa, hub_files=("gpqa_diamond.csv",)),
)
