import subprocess
import sys

import pytest

from prorl_rllib.cli.env_facts import attributes, example, facts_of, settings_of
from prorl_rllib.envs.domain import get_domain
from prorl_rllib.envs.registration import ENVIRONMENTS
from prorl_rllib.envs.settings import MixtureSettings, TextEnvSettings


def test_the_table_has_a_line_for_each_environment(rllib):
    done = rllib("envs")
    assert done.exit_code == 0
    lines = {line.split()[0]: line for line in done.stdout.splitlines() if line.startswith("prorl/")}
    assert list(lines) == list(ENVIRONMENTS)
    assert "0 or 1" in lines["prorl/Math-v0"] and "deepscaler" in lines["prorl/Math-v0"]
    assert "partial" in lines["prorl/Code-v0"] and "sandbox" in lines["prorl/Code-v0"]
    assert all("10000 / 10000" in line for line in lines.values())


@pytest.mark.parametrize("env_id", ENVIRONMENTS)
def test_each_key_of_the_config_is_shown_with_its_default_and_its_meaning(env_id):
    facts = facts_of(env_id)
    keys = settings_of(facts)
    assert all(meaning and "\n" not in meaning for _, _, meaning in keys), keys
    models = [MixtureSettings] if facts.is_blend else [TextEnvSettings, facts.domains[0].options_model]
    assert [name for name, _, _ in keys] == [name for model in models for name in model.model_fields]
    assert ("seed", 0) in [(name, default) for name, default, _ in keys]


@pytest.mark.parametrize("env_id", [name for name in ENVIRONMENTS if "Logic" not in name])
def test_the_example_is_a_task_with_the_rewards_of_a_right_and_a_wrong_answer(env_id):
    facts = facts_of(env_id)
    prompt, rewards = example(facts)
    task = facts.env.task(0)
    assert task.messages[-1]["content"] in prompt
    right = get_domain(task.domain).example_response(get_domain(task.domain).check_reference(task))
    assert rewards[right] == 1.0
    assert min(rewards.values()) < 1.0


def test_details_show_an_environment(rllib):
    done = rllib("envs", "prorl_rllib:prorl/Math-v0")
    assert done.exit_code == 0
    for text in ("verifier_timeout_s", "sum_chain", "difficulty 1 to 10", "deepscaler", "An answer that scores 1:"):
        assert text in done.stdout
    assert "\\boxed{" in done.stdout.partition("Task 0:")[2]


def test_data_sets_that_have_to_be_named_are_told_apart(rllib):
    out = rllib("envs", "prorl/Logic-v0").stdout
    (line,) = [line for line in out.splitlines() if "only where `datasets` names them" in line]
    assert "game_of_life_halting" in line and "spell_backward" not in line


def test_an_unknown_id_is_refused_with_the_nearest(rllib):
    done = rllib("envs", "prorl/Maths-v0")
    assert done.exit_code == 2
    assert "did you mean 'prorl/Math-v0'?" in done.stderr and "prorl/Mixture-v0" in done.stderr


def test_neither_ray_nor_torch_is_imported():
    code = (
        "import sys\nfrom prorl_rllib.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        "assert not {'ray', 'torch', 'transformers'} & set(sys.modules)\n"
    )
    arguments = [sys.executable, "-c", code, "envs", "prorl/Math-v0"]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_attributes_are_read_out_of_a_docstring():
    docstring = """Something.

    Attributes:
        a: one
            and more: of it.
        b_2: two.

    Raises:
        ValueError: never.
    """
    assert {name: text for name, text in attributes(docstring).items() if name in "ab_2"} == {
        "a": "one and more: of it.",
        "b_2": "two.",
    }
