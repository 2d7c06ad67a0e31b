import base64
import json
import pickle
import zlib

import prorl_rllib.envs.code  # noqa: F401
from prorl_rllib.envs.datasets import load_tasks

PROMPT = 'def add(a: int, b: int) -> int:\n    """Add two numbers."""\n'
CHECK = "def check(candidate):\n    assert candidate(1, 2) == 3, 'sum'\n    assert candidate(-1, 1) == 0\n"
TABLE = """
import numpy as np

def assertion(out, exp, atol):
    assert out == exp

def check(candidate):
    inputs = [[1, 2], [3, 4]]
    results = [3, 7]
    for i, (inp, exp) in enumerate(zip(inputs, results)):
        assertion(candidate(*inp), exp, 0)
"""


def human_eval(number, **changes):
    row = {"task_id": f"HumanEval/{number}", "prompt": f"# Problem {number}\n{PROMPT}", "entry_point": "add"}
    return {**row, "canonical_solution": "    return a + b\n", "test": CHECK, **changes}


def test_humanevalplus_asks_for_the_whole_function_and_runs_the_solution(write_file, counts):
    rows = [
        human_eval(0),
        human_eval(1, test=TABLE),
        human_eval(2, canonical_solution="    return a - b\n"),
        human_eval(3, canonical_solution=PROMPT + "    return a + b\n"),
        human_eval(4, canonical_solution=None),
        human_eval(5, test=""),
        human_eval(6, test="def check(candidate):\n    for n in range(9):\n        assert candidate(n, n) == 2 * n\n"),
        human_eval(7, entry_point=""),
        human_eval(8, prompt=""),
        human_eval(9, entry_point="not a name"),
    ]
    loaded = load_tasks("humanevalplus", write_file("HumanEvalPlus.jsonl.gz", rows))
    assert [task.metadata["source_id"][-1] for task in loaded] == ["0", "1", "3", "4"]
    assert loaded[0].prompt == (
        "Complete this Python function. Write the whole function, with all it needs.\n\n"
        f"```python\n# Problem 0\n{PROMPT.strip()}\n```"
    )
    assert loaded[0].reference == {
        "tests": {"type": "asserts", "asserts": ["assert add(1, 2) == 3", "assert add(-1, 1) == 0"]},
        "solution": f"# Problem 0\n{PROMPT}    return a + b\n",
    }
    assert loaded[1].reference["tests"]["inputs"] == [[1, 2], [3, 4]]
    assert loaded.unverified == 1 and "solution" not in loaded[3].reference
    assert counts(loaded) == {
        "the gold answer does not verify": 1,
        "no test": 1,
        "the tests cannot be read without running them": 1,
        "no entry_point": 1,
        "no prompt": 1,
        "the tested function has no name": 1,
    }


def packed(value):
    return base64.b64encode(zlib.compress(pickle.dumps(json.dumps(value)))).decode()


def live_code(number, **changes):
    row = {
        "question_title": f"Problem {number}",
        "question_content": f"Read {number} and print its double.",
        "platform": "atcoder",
        "question_id": f"abc{number}",
        "contest_id": "abc",
        "contest_date": "2024-01-06T00:00:00",
        "starter_code": "",
        "difficulty": "easy",
        "public_test_cases": json.dumps([{"input": "1\n", "output": "2\n", "testtype": "stdin"}]),
        "private_test_cases": packed([{"input": "5\n", "output": "10\n", "testtype": "stdin"}]),
        "metadata": "{}",
    }
    return {**row, **changes}


FUNCTIONAL = json.dumps([{"input": '[1, 2]\n"a"', "output": "[2, 4]", "testtype": "functional"}])
STARTER = "class Solution:\n    def double(self, numbers: list[int], name: str) -> list[int]:\n        "


class Malicious:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_livecodebench_has_public_and_private_tests(write_file, counts, tmp_path):
    trace = tmp_path / "trace"
    attack = base64.b64encode(zlib.compress(pickle.dumps(Malicious(trace)))).decode()
    functional = {"public_test_cases": FUNCTIONAL, "private_test_cases": FUNCTIONAL, "starter_code": STARTER}
    rows = [
        live_code(1),
        live_code(2, **functional, metadata='{"func_name": "double"}'),
        live_code(3, private_test_cases='[{"input": "4", "output": "8", "testtype": "stdin"}]'),
        live_code(4, private_test_cases=attack),
        live_code(5, private_test_cases="%%%"),
        live_code(6, private_test_cases=FUNCTIONAL),
        live_code(7, **functional),
        live_code(8, public_test_cases="[]", private_test_cases=None),
        live_code(9, public_test_cases='[{"input": 1, "output": "2", "testtype": "stdin"}]'),
        live_code(10, question_content=""),
    ]
    loaded = load_tasks("livecodebench", write_file("test.jsonl", rows))
    assert not trace.exists()
    assert [task.reference["tests"] for task in loaded] == [
        {"type": "stdin", "inputs": ["1\n", "5\n"], "outputs": ["2\n", "10\n"]},
        {"type": "fn", "fn_name": "double", "inputs": [[[1, 2], "a"]] * 2, "outputs": [[2, 4]] * 2},
        {"type": "stdin", "inputs": ["1\n", "4"], "outputs": ["2\n", "8"]},
    ]
    assert loaded[1].prompt.endswith(f"Start from this code:\n\n```python\n{STARTER.strip()}\n```")
    assert loaded[0].metadata["level"] == "easy" and loaded[0].metadata["platform"] == "atcoder"
    assert counts(loaded) == {
        "a pickle holds more than one text": 1,
        "packed data are damaged": 1,
        "testtype is not all stdin or all functional": 1,
        "the tested function has no name": 1,
        "no tests": 1,
        "a test is no text": 1,
        "no question_content": 1,
    }
