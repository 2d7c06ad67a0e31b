import json

import pytest

from prorl_rllib.envs import MathEnv
from prorl_rllib.interop.loopback_server import serving

pytest.importorskip("nemo_gym", reason="nemo-gym is not installed")

import requests
from nemo_gym.base_resources_server import BaseVerifyResponse

from prorl_rllib.interop.nemo_gym import make_server, messages_of, to_rows
from tests.docs.snippets import run_snippet, snippets_of
from tests.interop.number_game import NumberGameEnv, guesses_for

pytestmark = pytest.mark.interop


def response_of(*texts):
    """A Responses API object with one assistant message a text."""
    output = [
        {
            "id": f"msg_{index}",
            "type": "message",
            "role": "assistant",
            "status": "completed",
            "content": [{"type": "output_text", "text": text, "annotations": []}],
        }
        for index, text in enumerate(texts)
    ]
    return {
        "id": "resp_1",
        "created_at": 0,
        "model": "model",
        "object": "response",
        "output": output,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
    }


@pytest.fixture(scope="module")
def address():
    with serving(make_server().setup_webserver()) as address:
        yield address


def verified(address, row, *texts):
    return requests.post(f"{address}/verify", json=row | {"response": response_of(*texts)}, timeout=60)


def test_a_hundred_responses_get_the_verdicts_of_verify(samples, address):
    for sample in samples:
        (row,) = to_rows([sample.task])
        reply = verified(address, row, sample.response)
        assert reply.status_code == 200, reply.text
        got = reply.json()
        assert (got["reward"], got["status"], got["answer"]) == (
            sample.verdict.reward,
            sample.verdict.status,
            sample.verdict.answer,
        )
        assert got["prorl_task"] == row["prorl_task"]


def test_a_row_asks_as_the_environment_does():
    env = MathEnv(datasets=["sum_chain"])
    rows = list(to_rows(env, limit=2))
    asked = [env.reset(options={"task_index": index})[1]["messages"] for index in range(2)]
    assert [row["responses_create_params"]["input"] for row in rows] == asked
    assert json.loads(json.dumps(rows)) == rows


def test_all_answers_of_a_game_in_turns_are_scored(address):
    env = NumberGameEnv()
    (row,) = to_rows(env, limit=1)
    guesses = [guess for guess, _ in guesses_for(env.task(0).reference["number"])]
    assert verified(address, row, *guesses).json()["reward"] == pytest.approx(1 / 3)


def test_reasoning_and_tool_calls_are_no_answer(address):
    (row,) = to_rows(MathEnv(datasets=["sum_chain"]), limit=1)
    body = response_of()
    body["output"] = [{"id": "rs_1", "type": "reasoning", "summary": [{"type": "summary_text", "text": r"\boxed{1}"}]}]
    reply = requests.post(f"{address}/verify", json=row | {"response": body}, timeout=60)
    assert (reply.json()["reward"], reply.json()["status"]) == (0.0, "unparseable")


def test_a_failure_of_the_machinery_is_no_reward_of_0(samples, address, failing_machinery):
    sample = next(each for each in samples if each.verdict.seconds)
    (row,) = to_rows([sample.task])
    reply = verified(address, row, sample.response)
    if "mask_sample" in BaseVerifyResponse.model_fields:
        got = reply.json()
        assert (got["mask_sample"], got["failure_kind"], got["failure_reason"]) == (
            True,
            "verifier_error",
            "the worker died twice",
        )
    else:
        assert reply.status_code == 503
        assert "the answer was not scored: the worker died twice" in reply.text


def test_wrong_options_are_refused_before_anything_is_served():
    with pytest.raises(ValueError, match="unknown key 'binry' in options of domain 'code'"):
        make_server({"code": {"binry": True}})


def test_the_options_of_the_server_are_used(samples):
    partial = [each for each in samples if 0 < each.verdict.reward < 1]
    sample = next(each for each in partial if each.task.domain in ("code", "instruction_following"))
    options = {sample.task.domain: {"binary": True}}
    with serving(make_server(options).setup_webserver()) as address:
        (row,) = to_rows([sample.task], options=options)
        assert verified(address, row, sample.response).json()["reward"] == 0.0


def test_messages_of_keeps_the_text_as_it_is(samples):
    from nemo_gym.openai_utils import NeMoGymResponse

    text = "  two\n\nlines \u00e9 \n"
    assert messages_of(NeMoGymResponse.model_validate(response_of(text))) == [{"role": "assistant", "content": text}]


@pytest.mark.parametrize("snippet", snippets_of(__file__))
def test_the_snippets_of_the_documentation_run(snippet, tmp_path):
    run_snippet(snippet, tmp_path)
