import json
import math
import subprocess
import sys

import pytest

from prorl_rllib.envs import EnvConfigError, LogicEnv, MathEnv, MixtureEnv, Task, TaskError
from prorl_rllib.interop.scoring import answers_of, reward_of, score, score_batch
from prorl_rllib.interop.task_rows import as_task, iterate_tasks, prompt_messages, task_to_json

SUM = Task(task_id="a", domain="math", prompt="2 + 2?", reference={"answer": "4"})
RIGHT = r"\boxed{4}"
HARD = r"\boxed{\int_0^4 \cos(\pi x)^2 + \frac{1}{2} dx}"  # needs a worker


def test_a_hundred_responses_score_as_verify_does_in_each_form_of_task_and_response(samples, outcome):
    forms = [lambda task: task, task_to_json, lambda task: json.loads(task.model_dump_json())]
    tasks = [forms[index % 3](sample.task) for index, sample in enumerate(samples)]
    chat = [{"role": "assistant", "content": sample.response} for sample in samples]
    responses = [[chat[i]] if i % 2 else sample.response for i, sample in enumerate(samples)]
    found = score_batch(tasks, responses)
    assert len(found) == 100
    assert [outcome(verdict) for verdict in found] == [outcome(sample.verdict) for sample in samples]


def test_the_last_assistant_message_is_the_answer():
    chat = [
        {"role": "assistant", "content": r"\boxed{3}"},
        {"role": "user", "content": "Sure?"},
        {"role": "assistant", "content": [{"type": "text", "text": r"\boxed"}, {"type": "text", "text": "{4}"}]},
        {"role": "tool", "content": r"\boxed{5}"},
    ]
    assert score(SUM, chat).reward == 1.0
    assert score(SUM, [{"role": "assistant", "content": None, "tool_calls": []}]).status == "unparseable"


def test_a_task_played_in_turns_is_scored_by_all_its_moves():
    env = LogicEnv(datasets=["tower_of_hanoi"], move_by_move=True)
    task = next(iterate_tasks(env, 1))
    moves = task.reference["answer"].splitlines()
    chat = []
    for move in moves:
        chat += [{"role": "user", "content": "?"}, {"role": "assistant", "content": f"<answer>{move}</answer>"}]
    options = {"logic": {"move_by_move": True}}
    assert score(task, chat, options=options).reward == 1.0
    assert score(task, chat[:-2], options=options).reward < 1.0


@pytest.mark.parametrize(
    ("response", "message"),
    [
        ([], "must hold one of role assistant"),
        ([{"role": "user", "content": "x"}], "must hold one of role assistant"),
        (5, "must be a str or messages, got int"),
        (b"x", "must be a str or messages, got bytes"),
        ([{"content": "x"}], "mapping with role and content"),
        (["x"], "mapping with role and content"),
    ],
)
def test_what_is_no_response_is_an_error(response, message):
    with pytest.raises(TypeError, match=message):
        score(SUM, response)


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ("{", "must be JSON as `task_to_json` writes it"),
        ("[1]", "a Task, a mapping or JSON, got list"),
        ({"task_id": "a"}, "not a task: domain"),
        ({**SUM.model_dump(), "reference": {}}, "reference.*answer"),
    ],
)
def test_what_is_no_task_is_an_error(task, message):
    with pytest.raises(TaskError, match=message):
        score(task, RIGHT)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"maths": {}}, "unknown domain 'maths'.*did you mean 'math'"),
        ({"code": {"binry": True}}, "did you mean 'binary'"),
        (["code"], "must map domains"),
    ],
)
def test_wrong_options_are_an_error_even_for_a_domain_without_a_task(options, message):
    with pytest.raises(EnvConfigError, match=message):
        score(SUM, RIGHT, options=options)


def test_the_numbers_of_tasks_and_responses_must_agree():
    with pytest.raises(ValueError, match="2 tasks for 1 responses"):
        score_batch([SUM, SUM], [RIGHT])


def test_a_failure_of_the_machinery_has_no_reward(failing_machinery):
    verdict = score(SUM, HARD)
    assert verdict.status == "error" and reward_of(verdict) is None
    assert reward_of(score(SUM, "nothing")) == 0.0


def test_a_task_comes_back_from_its_json_unchanged():
    odd = Task(task_id="b", domain="code", prompt="½?", reference={"tests": [math.inf, 10**30, "\ud800", None]})
    for task in [odd, *iterate_tasks(MixtureEnv(), 20)]:
        assert as_task(task_to_json(task)) == task
        assert task_to_json(task).isascii()


def test_prompts_are_those_of_the_environment():
    env = MixtureEnv()
    for index, task in enumerate(iterate_tasks(env, 20)):
        assert prompt_messages(task) == env.reset(options={"task_index": index})[1]["messages"]
    assert prompt_messages(SUM, answer_instruction="")[-1]["content"] == "2 + 2?"
    turns = prompt_messages(next(iterate_tasks(LogicEnv(), 1)), options={"logic": {"move_by_move": True}})
    assert "move by move" in turns[-1]["content"]


def test_tasks_are_taken_in_order_and_up_to_the_limit():
    env = MathEnv(size=5)
    assert list(iterate_tasks(env)) == [env.task(index) for index in range(5)] == list(iterate_tasks(env, 9))
    assert list(iterate_tasks([SUM, SUM], 1)) == [SUM]
    with pytest.raises(EnvConfigError, match="limit = 0"):
        next(iterate_tasks(env, 0))
    with pytest.raises(TypeError, match="got str: 'x'"):
        next(iterate_tasks(["x"]))


def test_messages_keep_role_and_text_only():
    chat = [{"role": "assistant", "content": [{"type": "image"}, {"type": "text", "text": "a"}], "name": "b"}]
    assert answers_of(chat) == [{"role": "assistant", "content": "a"}]


BLOCKED = """
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("ray", "torch", "transformers", "datasets", "pyarrow", "trl", "verl", "openrlhf"):
            raise ModuleNotFoundError(f"{name} is blocked")
sys.meta_path.insert(0, Block())
import prorl_rllib.interop.trl, prorl_rllib.interop.verl, prorl_rllib.interop.openrlhf
from prorl_rllib.envs import MathEnv
from prorl_rllib.interop.scoring import score
from prorl_rllib.interop.task_rows import task_to_json
task = MathEnv().task(0)
answer = chr(92) + "boxed{" + task.reference["answer"] + "}"
row = task_to_json(task)
print(score(row, answer).reward)
print(prorl_rllib.interop.trl.make_reward_function()(["?"], [answer], prorl_task=[row])[0])
print(prorl_rllib.interop.verl.compute_score("prorl/math", answer, row)["score"])
"""


def test_the_base_install_without_ray_and_torch_is_enough():
    done = subprocess.run([sys.executable, "-c", BLOCKED], capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["1.0", "1.0", "1.0"], done.stderr
