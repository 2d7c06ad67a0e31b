import sys
from pathlib import Path

import gymnasium
import pytest

from prorl_rllib.envs import (
    Domain,
    EnvConfigError,
    MathEnv,
    MixtureEnv,
    Task,
    TextEnv,
    get_domain,
    register_domain,
    verify,
)
from prorl_rllib.envs.text_env import TextVectorEnv, vector_entry_point

sys.path.append(str(Path(__file__).parent))  # workers are handed sys.path, so that they can import guessing_domain

GUESSING = "guessing_domain:GuessingDomain"


class GuessingEnv(TextEnv):
    domain_name = GUESSING


def play(env, guesses):
    return [env.step(guess)[:4] for guess in guesses]


def guesses_of(number):
    return str((number + 1) % 10), str(number)


def test_a_domain_is_named_by_module_and_class():
    domain = get_domain(GUESSING)
    assert domain.name == "guessing" and get_domain("guessing") is domain is get_domain(GUESSING)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no_such_module:X", "cannot import module 'no_such_module': .* must be on PYTHONPATH in every process"),
        ("guessing_domain:Nothing", "module 'guessing_domain' has no class 'Nothing'"),
        ("guessing_domain:NoDomain", "must name a subclass of prorl_rllib.envs.Domain"),
        ("prorl_rllib.envs:Domain", r"Domain.name = None: must be a text without ':'"),
        (":X", "cannot import module '': must be a module's dotted name"),
        ("./guessing_domain:X", "cannot import module './guessing_domain': must be a module's dotted name"),
        ("maths", "unknown domain 'maths' .did you mean 'math'.*domains: "),
    ],
)
def test_a_wrong_domain_name_says_what_is_wrong(name, message):
    with pytest.raises(EnvConfigError, match=message):
        get_domain(name)


UNFINISHED = """
from prorl_rllib.envs import Domain, NAMES
class NoModel(Domain):
    name = "unfinished"
class NoMethods(Domain):
    name, reference_model = "unfinished", Domain.options_model
"""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 / 0", "cannot import module .*: ZeroDivisionError: division by zero"),
        ("def f(:", "cannot import module .*: SyntaxError"),
        (UNFINISHED, "cannot import module .*: ImportError: cannot import name 'NAMES'"),
        (UNFINISHED.replace(", NAMES", ""), "NoModel.reference_model = None: must be a pydantic model"),
        (UNFINISHED.replace(", NAMES", "").replace("NoModel", "_"), "module .* has no class 'NoModel'"),
        (UNFINISHED.replace(", NAMES", "").replace("NoMethods", "NoModel"), "cannot be made: TypeError: .*abstract"),
    ],
)
def test_an_unfinished_domain_is_a_wrong_configuration(tmp_path, monkeypatch, text, message):
    name = f"unfinished_{abs(hash(text))}"
    (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(EnvConfigError, match=message):
        get_domain(f"{name}:NoModel")


def test_a_domain_without_register_domain_is_scored_in_a_worker():
    get_domain(GUESSING)
    task = Task(task_id="g", domain="guessing", prompt="p", reference={"number": 4})
    assert verify(task, "1 4").reward == 1.0
    assert verify(task, "1 4", options={"credit": "half"}).reward == 0.5
    assert verify(task, "4 1", options={"credit": "half"}).reward == 0.0


def test_options_of_a_domain_are_keys_of_env_config():
    env = GuessingEnv(turns=2, credit="half", difficulty=1)
    observation, info = env.reset(options={"task_index": 0})
    assert observation.endswith("You have 2 guesses.") and info["referee"] == "present"
    number = env.task(0).reference["number"]
    (_, first, done, _), (_, second, over, _) = play(env, guesses_of(number))
    assert (first, done, second, over) == (0.0, False, 0.5, True)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"turn": 2}, "unknown key 'turn' in env_config.*did you mean 'turns'"),
        ({"turns": 0}, "turns = 0"),
        ({"credit": "none"}, "credit = 'none'"),
        ({"referee": "away"}, "referee = 'away': must be 'present'"),
    ],
)
def test_wrong_options_are_refused_when_the_environment_is_made(config, message):
    with pytest.raises(EnvConfigError, match=message):
        GuessingEnv(config)


def test_wrong_options_of_a_verification_are_refused():
    task = Task(task_id="m", domain="math", prompt="p", reference={"answer": "4"})
    with pytest.raises(EnvConfigError, match="unknown key 'turns' in options of domain 'math'"):
        verify(task, "\\boxed{4}", options={"turns": 1})


def test_a_chat_goes_on_until_the_domain_ends_it():
    env = GuessingEnv()
    env.reset(options={"task_index": 3})
    number = env.task(3).reference["number"]
    wrong, right = guesses_of(number)
    assert [step[2] for step in play(env, [wrong, wrong, wrong])] == [False, False, True]
    env.reset(options={"task_index": 3})
    observation, reward, terminated, _, info = env.step(wrong)
    assert observation in ("higher", "lower") and (reward, terminated) == (0.0, False)
    assert [message["role"] for message in info["messages"]] == ["user", "assistant", "user"]
    _, reward, terminated, _, info = env.step(right)
    assert (reward, terminated, info["verdict"].answer) == (1.0, True, f"{wrong} {right}")


def test_a_mixture_holds_a_multi_turn_domain_beside_others():
    env = MixtureEnv(domains={GUESSING: {"turns": 5}, "math": {"datasets": ["sum_chain"]}})
    tasks = {env.task(index).domain: env.task(index) for index in range(20)}
    observation, _ = env.reset(options={"task": tasks["guessing"]})
    assert observation.endswith("You have 5 guesses.")
    wrong, right = guesses_of(tasks["guessing"].reference["number"])
    assert [step[1:3] for step in play(env, [wrong, right])] == [(0.0, False), (1.0, True)]
    env.reset(options={"task": tasks["math"]})
    assert env.step(f"\\boxed{{{tasks['math'].reference['answer']}}}")[1:3] == (1.0, True)


def test_a_mixture_refuses_one_domain_under_two_names():
    get_domain(GUESSING)
    with pytest.raises(EnvConfigError, match="'guessing', which `domains` names twice"):
        MixtureEnv(domains={GUESSING: {}, "guessing": {}})


def test_slots_of_a_vector_environment_play_their_own_chats():
    envs = vector_entry_point(GuessingEnv)(num_envs=2)
    assert isinstance(envs, TextVectorEnv)
    envs.reset(options={"task_index": 3})
    wrong, right = guesses_of(envs.envs[0].task(3).reference["number"])
    _, rewards, terminated, _, _ = envs.step([wrong, right])
    assert rewards.tolist() == [0.0, 1.0] and terminated.tolist() == [False, True]
    _, rewards, terminated, _, _ = envs.step([right, "0"])
    assert rewards[0] == 1.0 and terminated[0]


def test_a_domain_for_rows_only_asks_for_a_file(tmp_path):
    class RowsDomain(Domain):
        name = "rows"
        reference_model = type(get_domain("math")).reference_model

        def extract(self, response):
            return response

        def scorer(self, reference, options):
            raise AssertionError("not scored here")

    from prorl_rllib.envs.task_source import make_source

    register_domain(RowsDomain())
    with pytest.raises(EnvConfigError, match="domain 'rows' has no generator: set `tasks`"):
        make_source(RowsDomain(), {})
    (tmp_path / "rows.jsonl").write_text(
        '{"task_id": "1", "domain": "rows", "prompt": "Two?", "reference": {"answer": "2"}}\n'
    )
    source = make_source(RowsDomain(), {"tasks": str(tmp_path / "rows.jsonl"), "split": "train"})
    assert source.task(0).reference == {"answer": "2"}


def test_an_environment_with_options_is_made_by_gymnasium_and_pickled():
    import pickle

    gymnasium.register("test/Guessing-v0", entry_point=GuessingEnv)
    env = gymnasium.make("test/Guessing-v0", turns=4).unwrapped
    source = pickle.loads(pickle.dumps(env.source))
    assert source.options == env.source.options and source.task(5) == env.task(5)
    assert MathEnv().source.facts == {}
