import pytest


@pytest.fixture
def make_record():
    """A function from overrides to a `SampleRecord`."""
    from prorl_rllib.evaluation.sample_records import SampleRecord

    values = {
        "task_id": "math/1",
        "domain": "math",
        "dataset": None,
        "prompt_index": 0,
        "group_id": "evaluation-000000",
        "sample_index": 0,
        "seed": 7,
        "prompt": "1 + 1?",
        "prompt_tokens": 9,
        "response": "2",
        "later_turns": None,
        "num_tokens": 4,
        "logprob_sum": -1.5,
        "finish_reason": "stop",
        "reward": 1.0,
        "correct": True,
        "status": "scored",
        "answer": "2",
        "detail": "",
        "isolation_level": None,
        "judged": True,
    }
    return lambda **overrides: SampleRecord(**{**values, **overrides})
