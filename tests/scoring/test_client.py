import json
import math

from prorl_rllib.envs import Task
from prorl_rllib.scoring.client import ScoringClient


def test_a_task_reaches_the_service_as_it_is():
    task = Task(task_id="a", domain="math", prompt="?", reference={"answer": math.inf, "half": "\ud800"})

    class Service(ScoringClient):
        def score(self, rows):
            (row,) = json.loads(json.dumps(rows))
            self.received = Task.model_validate(row["task"]), row["response"]
            return [{"reward": 1.0, "status": "scored", "answer": "3", "detail": "", "rejected": None}]

    client = Service("http://127.0.0.1:1", token="x" * 16)
    assert client.verify(task, "\\boxed{3}").reward == 1.0
    # Pydantic's own JSON would make null of the infinity: a verdict on another task.
    assert client.received == (task, "\\boxed{3}")
