import math
import random

import pytest

from prorl_rllib.envs import EnvConfigError, MathEnv, VerifierError
from prorl_rllib.envs.registration import ENVIRONMENTS

gem = pytest.importorskip("gem", reason="gem-llm is not installed")

from gem.utils.constants import TERMINAL_STATE  # noqa: E402
from gem.wrappers.observation_wrapper import ObservationWrapper  # noqa: E402

from prorl_rllib.interop.gem import ProRLGemEnv, register_environments  # noqa: E402
from tests.docs.snippets import run_snippet, snippets_of  # noqa: E402
from tests.interop.number_game import NumberGameEnv, guesses_for  # noqa: E402

pytestmark = pytest.mark.interop


@pytest.fixture(autouse=True)
def _registered():
    register_environments()


def answer_of(info):
    return rf"\boxed{{{MathEnv(datasets=['sum_chain']).task(info['task_index']).reference['answer']}}}"


def test_every_environment_is_made_by_its_gem_id():
    assert register_environments() == tuple(env_id.replace("/", ":") for env_id in ENVIRONMENTS)
    for gem_id in register_environments():
        env = gem.make(gem_id, seed=1)
        prompt, info = env.reset()
        assert isinstance(env, gem.Env) and env.env_id == gem_id
        assert prompt == info["messages"][-1]["content"]


def test_a_hundred_responses_get_the_verdicts_of_verify(samples, outcome):
    env = gem.make("prorl:Mixture-v0")
    for sample in samples:
        env.reset(task=sample.task)
        observation, reward, terminated, truncated, info = env.step(sample.response)
        assert (observation, terminated, truncated) == (TERMINAL_STATE, True, False)
        assert (reward, outcome(info["verdict"])) == (sample.verdict.reward, outcome(sample.verdict))


@pytest.mark.parametrize("async_mode", [False, True])
def test_gems_vector_environments_give_each_slot_its_own_tasks_and_rewards(async_mode):
    ids = ["prorl:Math-v0"] * 3
    envs = gem.make_vec(ids, seed=5, async_mode=async_mode, datasets=["sum_chain"])
    prompts, infos = envs.reset()
    again, _ = gem.make_vec(ids, seed=5, datasets=["sum_chain"]).reset()
    assert len(set(prompts)) == 3 and prompts == again
    following, rewards, *_ = envs.step([answer_of(infos[0]), "no answer", answer_of(infos[2])])
    assert list(rewards) == [1.0, 0.0, 1.0]
    assert set(following).isdisjoint(prompts), "a slot whose episode ended starts the next"


def test_a_seed_picks_the_same_task_again_and_touches_no_global_generator():
    env = ProRLGemEnv("prorl/Math-v0")
    random.seed(1)
    before = random.getstate()
    first, _ = env.reset(seed=3)
    second, _ = env.reset()
    assert (env.reset(seed=3)[0], random.getstate()) == (first, before)
    assert second != first


def test_a_game_in_turns_goes_through_gems_observation_wrapper():
    env = ObservationWrapper(ProRLGemEnv(NumberGameEnv), include_chat_template=False)
    prompt, _ = env.reset(seed=0)
    number = env.unwrapped._env.current_task.reference["number"]
    *hints, last = guesses_for(number)
    for guess, hint in hints:
        observation, reward, terminated, _, _ = env.step(guess)
        assert (reward, terminated) == (0.0, False)
        assert observation.endswith(f"{guess}\n{hint}\n") and observation.startswith(prompt)
    _, reward, terminated, _, _ = env.step(last[0])
    assert (reward, terminated) == (pytest.approx(1 / 3), True)


def test_spawn_stands_where_the_episode_stands_or_starts_anew():
    env = ProRLGemEnv(NumberGameEnv, seed=0, on_error="nan")
    env.reset()
    number = env._env.current_task.reference["number"]
    guesses = [guess for guess, _ in guesses_for(number)]
    env.step(guesses[0])
    twin = env.spawn(same_state=True)
    assert twin._env.messages == env._env.messages
    for each in (env, twin):
        each.step(guesses[1])
        assert each.step(guesses[2])[1] == pytest.approx(1 / 3)
    other = env.spawn(seed=7)
    assert other.reset()[0] == ProRLGemEnv(NumberGameEnv).reset(seed=7)[0]
    assert other.sample_random_action()


def test_a_failure_of_the_machinery_is_an_error_or_nan_and_never_a_reward_of_0(samples, failing_machinery):
    sample = next(each for each in samples if each.verdict.seconds)
    env = ProRLGemEnv("prorl/Mixture-v0")
    env.reset(task=sample.task)
    with pytest.raises(VerifierError, match=f"{sample.task.task_id}.* was not scored.*the worker died twice"):
        env.step(sample.response)
    env = ProRLGemEnv("prorl/Mixture-v0", on_error="nan")
    env.reset(task=sample.task)
    _, reward, terminated, truncated, info = env.step(sample.response)
    assert math.isnan(reward) and (terminated, truncated, info["verdict"].status) == (False, True, "error")


def test_wrong_arguments_are_refused():
    with pytest.raises(EnvConfigError, match="on_error = 'zero': must be 'raise' or 'nan'"):
        ProRLGemEnv(on_error="zero")
    with pytest.raises(EnvConfigError, match="env = 'prorl/Maths-v0'"):
        ProRLGemEnv("prorl/Maths-v0")
    with pytest.raises(EnvConfigError, match="must be empty beside an environment"):
        ProRLGemEnv(MathEnv(), difficulty=2)
    with pytest.raises(EnvConfigError, match="dificulty"):
        ProRLGemEnv("prorl/Math-v0", dificulty=2)


@pytest.mark.parametrize("snippet", snippets_of(__file__))
def test_the_snippets_of_the_documentation_run(snippet, tmp_path):
    run_snippet(snippet, tmp_path)
