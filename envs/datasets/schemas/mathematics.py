"""DeepScaleR, MATH-500 and AIME: a problem and its answer."""

import re
from typing import Any

from prorl_rllib.envs.datasets.columns import ANSWER, PROBLEM, facts, text_of
from prorl_rllib.envs.datasets.final_answer import bare_answer
from prorl_rllib.envs.datasets.rows import Columns, ParsedRow, RowRejected
from prorl_rllib.envs.datasets.schema import Schema

AIME_ANSWERS = range(1000)
LEVEL = re.compile(r"(?:level )?([0-9]{1,2})", re.IGNORECASE)


def parse_problem(row: Columns) -> ParsedRow:
    """Return the task of a row of problem and answer; a worked solution beside them is left out."""
    return _task(row, bare_answer(text_of(row, ANSWER)), {})


def parse_math500(row: Columns) -> ParsedRow:
    """Return the task of a row of MATH-500, with its subject and level."""
    metadata = facts(row, "subject", "unique_id", "type")
    level = LEVEL.fullmatch(str(row.get("level", "")).strip())
    if level is not None:
        metadata["level"] = int(level[1])
    return _task(row, bare_answer(text_of(row, ANSWER)), metadata)


def parse_aime(row: Columns) -> ParsedRow:
    """Return the task of a row of an AIME; "033" is 33.

    Raises:
        RowRejected: when the answer is no integer from 0 to 999.
    """
    written = bare_answer(text_of(row, ANSWER))
    digits = written.removesuffix(".0")
    if not re.fullmatch(r"[0-9]{1,9}", digits) or int(digits) not in AIME_ANSWERS:
        raise RowRejected("the answer is no integer from 0 to 999", written[:100])
    return _task(row, str(int(digits)), facts(row, "id", "year", "url"))


def _task(row: Columns, answer: str, metadata: dict[str, Any]) -> ParsedRow:
    """Return a mathematics task."""
    return ParsedRow("math", text_of(row, PROBLEM), {"answer": answer}, metadata)


SCHEMAS = (
    Schema("deepscaler", ("math",), parse_problem),
    Schema("math500", ("math",), parse_math500),
    Schema("aime", ("math",), parse_aime),
)
