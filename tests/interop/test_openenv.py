import socket
import urllib.error
import urllib.request

import pytest

from prorl_rllib.envs import EnvConfigError, MathEnv
from prorl_rllib.interop.task_rows import task_to_json

pytest.importorskip("openenv", reason="openenv is not installed")

from prorl_rllib.interop.openenv import ProRLEnvironment, TextAction, TextEnvClient, create_app, serve
from tests.docs.snippets import run_snippet, snippets_of
from tests.interop.number_game import NumberGameEnv, guesses_for

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def address():
    with serve("prorl/Mixture-v0") as address:
        yield address


def test_a_hundred_responses_over_the_client_get_the_verdicts_of_verify(samples, outcome, address):
    with TextEnvClient(address).sync() as client:
        for sample in samples:
            asked = client.reset(task=task_to_json(sample.task))
            assert (asked.done, asked.reward, asked.observation.task_id) == (False, None, sample.task.task_id)
            result = client.step(TextAction(response=sample.response))
            assert (result.done, result.reward) == (True, sample.verdict.reward)
            assert outcome(result.observation.verdict) == outcome(sample.verdict)
        assert client.state().step_count == 1


def test_sessions_of_two_clients_do_not_meet(address):
    with TextEnvClient(address).sync() as one, TextEnvClient(address).sync() as two:
        first = one.reset(task_index=0, episode_id="mine").observation
        second = two.reset(task_index=1).observation
        assert first.task_id != second.task_id
        assert one.state().episode_id == "mine" != two.state().episode_id
        assert one.step(TextAction(response="no answer")).done
        assert two.state().step_count == 0


def test_a_task_is_asked_as_the_environment_asks_it():
    env = MathEnv(datasets=["sum_chain"])
    prompt, info = env.reset(options={"task_index": 3})
    with serve(env) as address, TextEnvClient(address).sync() as client:
        observation = client.reset(task_index=3).observation
    assert (observation.prompt, observation.messages) == (prompt, info["messages"])
    assert (observation.domain, observation.dataset) == ("math", "sum_chain")


def test_a_game_in_turns_is_played_over_the_client():
    with serve(NumberGameEnv) as address, TextEnvClient(address).sync() as client:
        client.reset(task_index=0)
        *hints, (last, _) = guesses_for(NumberGameEnv().task(0).reference["number"])
        for guess, hint in hints:
            result = client.step(TextAction(response=guess))
            assert (result.observation.prompt, result.done, result.observation.verdict) == (hint, False, None)
            assert result.observation.messages[-1] == {"role": "user", "content": hint}
        result = client.step(TextAction(response=last))
        assert (result.done, result.reward, client.state().step_count) == (True, pytest.approx(1 / 3), 3)


def test_a_failure_of_the_machinery_is_a_reward_of_none(samples, address, failing_machinery):
    sample = next(each for each in samples if each.verdict.seconds)
    with TextEnvClient(address).sync() as client:
        client.reset(task=task_to_json(sample.task))
        result = client.step(TextAction(response=sample.response))
    assert (result.done, result.reward) == (True, None)
    assert (result.observation.verdict.status, result.observation.verdict.detail) == ("error", "the worker died twice")


def test_a_wrong_request_is_told_to_the_client_whose_session_goes_on(address):
    with TextEnvClient(address).sync() as client:
        with pytest.raises(RuntimeError, match=r"task_index = 99999: must be 0\.\."):
            client.reset(task_index=99999)
        with pytest.raises(RuntimeError, match="a task must be JSON"):
            client.reset(task="no task")
        client.reset(task_index=0)
        client.step(TextAction(response="no answer"))
        with pytest.raises(RuntimeError, match="call reset"):
            client.step(TextAction(response="too late"))
        assert client.reset(task_index=0).observation.prompt


def test_a_taken_port_is_a_clear_error_and_the_server_is_gone_afterwards():
    with serve(MathEnv(datasets=["sum_chain"])) as address:
        assert address.startswith("http://127.0.0.1:")
        port = int(address.rpartition(":")[2])
        with pytest.raises(OSError, match=f"port = {port} of 127.0.0.1: .*in use; choose another"), serve(port=port):
            raise AssertionError("the port is taken")
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{address}/health", timeout=5)
    with socket.socket() as free:
        free.bind(("127.0.0.1", port))


def test_a_wrong_config_is_refused_before_anything_is_served():
    with pytest.raises(EnvConfigError, match="dificulty"):
        create_app("prorl/Math-v0", {"dificulty": 2})


def test_one_client_too_many_is_refused():
    with serve(MathEnv(datasets=["sum_chain"]), max_sessions=1) as address, TextEnvClient(address).sync() as first:
        first.reset()
        with pytest.raises(Exception, match=r"(?i)capacity|sessions"), TextEnvClient(address).sync() as second:
            second.reset()


def test_the_environment_itself_is_one_of_openenvs():
    from openenv.core.env_server import Environment

    env = ProRLEnvironment("prorl/Math-v0", {"datasets": ["sum_chain"]})
    assert isinstance(env, Environment)
    assert env.reset(seed=1).prompt == env.reset(seed=1).prompt


@pytest.mark.parametrize("snippet", snippets_of(__file__))
def test_the_snippets_of_the_documentation_run(snippet, tmp_path):
    run_snippet(snippet, tmp_path)
