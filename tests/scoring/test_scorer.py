import subprocess
import sys

import pytest

from prorl_rllib.envs import LogicEnv, get_domain, verify_batch
from prorl_rllib.envs.errors import EnvConfigError, TaskError
from prorl_rllib.envs.task import Task, Verdict
from prorl_rllib.envs.verification import WorkerPool
from prorl_rllib.scoring import ScoredRow, ScoringSettings, score_rows
from prorl_rllib.scoring.scorer import WINDOW

RIGHT = {"domain": "math", "reference": {"answer": "3"}, "response": "\\boxed{3}"}


def test_rows_get_the_verdicts_of_verify_batch_in_order(pairs, rows):
    expected = verify_batch([task for task, _ in pairs], [response for _, response in pairs])
    scored = list(score_rows(rows))
    facts = [(v.reward, v.status, v.answer, v.detail) for v in expected]
    assert [tuple(row.fields().values()) for row in scored] == facts
    assert len({fact[:2] for fact in facts}) > 2


def test_a_row_that_is_wrong_does_not_cost_the_others_their_verdicts():
    scored = list(score_rows([RIGHT, {"response": "x"}, {**RIGHT, "domain": "alchemy"}, RIGHT]))
    assert [row.rejected for row in scored] == [None, "no task", "unknown domain", None]
    assert [row.fields()["reward"] for row in scored] == [1.0, None, None, 1.0]


def test_a_rejected_row_says_its_reason_once():
    (scored,) = score_rows([{**RIGHT, "domain": "alchemy"}])
    assert (scored.rejected, scored.fields()["detail"]) == ("unknown domain", "'alchemy'")


@pytest.fixture
def game():
    """A puzzle that was solved move by move: its task, and the chat after the prompt."""
    env = LogicEnv(datasets=["tower_of_hanoi"], move_by_move=True, size=4)
    env.reset(seed=1)
    task, logic = env.current_task, get_domain("logic")
    answer = logic.example_response(logic.check_reference(task))
    chat = []
    for move in answer.removeprefix("<answer>").removesuffix("</answer>").splitlines():
        position, reward, done, _, _ = env.step(f"<answer>{move}</answer>")
        chat += [{"role": "assistant", "content": f"<answer>{move}</answer>"}, {"role": "user", "content": position}]
    assert done and reward == 1.0
    return task, chat[:-1]


def test_an_episode_of_several_turns_is_not_judged_by_its_last_turn(game):
    task, chat = game
    assert len(chat) > 3
    sample = {"task": task.model_dump(mode="json"), "response": chat[-1]["content"], "later_turns": chat}
    (scored,) = score_rows([sample])
    assert (scored.verdict, scored.rejected) == (None, "an episode of several turns")


def test_a_chat_is_scored_by_its_last_answer_and_where_the_options_say_so_by_all_moves(game):
    task, chat = game
    row = {"task": task.model_dump(mode="json"), "response": chat}
    right = {**RIGHT, "response": [{"role": "assistant", "content": "\\boxed{3}"}]}
    assert [scored.fields()["reward"] for scored in score_rows([right, row])] == [1.0, 0.0]
    settings = ScoringSettings(options={"logic": {"move_by_move": True}})
    env = LogicEnv(datasets=["zebra_puzzles"], size=1)
    other = {"task": env.task(0).model_dump(mode="json"), "response": right["response"]}
    played, refused = score_rows([row, other], settings)
    assert played.fields()["reward"] == 1.0
    assert (refused.rejected, refused.verdict) == ("the task cannot be scored", None)


def test_a_failure_of_the_machinery_has_no_reward(rows):
    pool = WorkerPool(1)
    pool.close()
    scored = list(score_rows(rows, pool=pool))
    failed = [row for row in scored if row.verdict.status == "error"]
    assert failed and len(failed) < len(scored)
    assert all(row.fields()["reward"] is None and "closed" in row.verdict.detail for row in failed)


def test_no_row_is_begun_after_a_stop():
    asked = []
    scored = score_rows((asked.append(i) or RIGHT for i in range(1000)), stopped=lambda: len(asked) > WINDOW + 2)
    assert len(list(scored)) < len(asked) == WINDOW + 3


def test_settings_of_an_unknown_domain_or_option_are_refused():
    with pytest.raises(EnvConfigError, match="did you mean 'math'"):
        ScoringSettings(options={"maths": {}}).prepare()
    with pytest.raises(EnvConfigError, match="binry"):
        ScoringSettings(options={"code": {"binry": True}}).prepare()


def test_tasks_of_a_file_are_named_by_id_and_an_id_stands_for_one_task(tmp_path):
    task = Task(task_id="t1", domain="math", prompt="", reference={"answer": "3"})
    path = tmp_path / "tasks.jsonl"
    path.write_text(task.model_dump_json() + "\n")
    (scored,) = score_rows([{"task_id": "t1", "response": "\\boxed{3}"}], ScoringSettings(tasks=str(path)))
    assert scored == ScoredRow("math", Verdict(reward=1.0, status="scored", answer="3", detail="equal"))
    other = tmp_path / "other.jsonl"
    other.write_text(path.read_text() + task.model_copy(update={"reference": {"answer": "4"}}).model_dump_json() + "\n")
    with pytest.raises(TaskError, match=r"other.jsonl:2.*'t1'"):
        ScoringSettings(tasks=str(other)).tasks_by_id()


def test_rows_and_client_need_neither_ray_nor_torch():
    code = (
        "import sys\nfrom prorl_rllib.scoring import ScoringClient, score_rows\n"
        "assert not {'ray', 'torch', 'starlette'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
