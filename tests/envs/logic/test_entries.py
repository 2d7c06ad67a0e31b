"""References that are whole entries of Reasoning Gym, as they come from a file."""

import json
import random

import pytest

from prorl_rllib.envs import LogicEnv, Task, TaskError, verify
from prorl_rllib.envs.logic import LogicDomain, LogicOptions
from prorl_rllib.envs.logic import reasoning_gym as rg
from prorl_rllib.envs.logic.examples import example_answer
from prorl_rllib.envs.logic.reference import LogicReference

SAMPLE = (
    "advanced_geometry",
    "arc_agi",
    "complex_arithmetic",
    "countdown",
    "course_schedule",
    "futoshiki",
    "graph_color",
)
SAMPLE += (
    "jugs",
    "knights_knaves",
    "n_queens",
    "rearc",
    "rubiks_cube",
    "string_synthesis",
    "word_ladder",
    "word_sorting",
)
OTHERS = [name for name in rg.all_names() if name not in SAMPLE and name not in ("composite", "boxnet", "rush_hour")]


def row(name, index=7, config="{}"):
    """An entry as a row of a file, and an answer to it."""
    entry = rg.entry(name, config, 0, index)
    plain = json.loads(json.dumps(rg.json_able(entry)))
    task = Task(task_id=f"{name}-{index}", domain="logic", prompt=plain["question"], reference=plain)
    return Task.model_validate_json(task.model_dump_json()), example_answer(name, entry)


@pytest.mark.parametrize("name", [*SAMPLE, *[pytest.param(name, marks=pytest.mark.slow) for name in OTHERS]])
def test_the_answer_to_an_entry_from_json_scores_one(name):
    domain = LogicDomain()
    for index in range(3, 9):
        task, answer = row(name, index)
        if answer is None:
            continue
        reference = domain.check_reference(task)
        assert domain.scorer(reference, LogicOptions())(answer.strip()).reward == 1.0
        assert domain.scorer(reference, LogicOptions())("?!").reward == 0.0
        assert domain.example_response(reference) is not None


def test_the_entry_itself_is_the_authority():
    task, _ = row("gcd")
    changed = task.model_copy(update={"reference": {**task.reference, "answer": "forty-two"}})
    assert verify(changed, "<answer>forty-two</answer>").reward == 1.0


def test_a_file_of_entries_makes_an_environment(tmp_path):
    rows = [row("gcd", index)[0] for index in range(20)]
    path = tmp_path / "entries.jsonl"
    path.write_text("\n".join(task.model_dump_json() for task in rows))
    env = LogicEnv(tasks=str(path))
    env.reset(options={"task_index": 0})
    assert env.step(f"<answer>{env.task(0).reference['answer']}</answer>")[1] == 1.0


def test_a_config_beside_the_entry_is_used():
    config = json.dumps({"max_num_decimal_places": 2, "min_num_decimal_places": 2, "precision": 6})
    domain = LogicDomain()
    task, answer = row("decimal_arithmetic", config=config)
    near = f"{float(answer) + 0.005:.6f}"
    strict = domain.scorer(domain.check_reference(task), LogicOptions())
    loose = task.model_copy(update={"reference": {**task.reference, "config": config}})
    assert strict(near).reward == 0.0
    assert domain.scorer(domain.check_reference(loose), LogicOptions())(near).reward == 1.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"metadata": {}}, "must name its source_dataset"),
        ({"metadata": {"source_dataset": "gdc"}}, "did you mean 'gcd'"),
        ({"question": "another"}, "does not hold the question"),
        ({"config": {"max_num": 3}}, "unknown key 'max_num'"),
        ({"extra": 1}, "extra"),
    ],
)
def test_wrong_entries_are_named(change, message):
    task, _ = row("gcd")
    with pytest.raises(TaskError, match=message):
        verify(task.model_copy(update={"reference": {**task.reference, **change}}), "<answer>1</answer>")


def test_a_prompt_around_the_question_is_allowed():
    task, answer = row("gcd")
    assert verify(
        task.model_copy(update={"prompt": f"Please: {task.prompt} Thanks."}), f"<answer>{answer}</answer>"
    ).reward


def test_an_empty_list_of_solutions_can_be_answered():
    entry = {"question": "Solve x**2 + 1 = 0", "answer": "", "metadata": {"source_dataset": "polynomial_equations"}}
    task = Task(task_id="a", domain="logic", prompt=entry["question"], reference=entry)
    example = LogicDomain().example_response(LogicReference.model_validate(entry))
    assert verify(task, example).reward == 1.0


def test_generated_tasks_have_an_answer_that_is_not_empty():
    domain = LogicDomain()
    for name in ("propositional_logic", "string_manipulation", "ab"):
        config = domain.dataset_config(name, {}, 1)
        references = [domain.generate(name, config, random.Random(seed)).reference for seed in range(40)]
        assert all(reference["answer"] for reference in references)


def test_a_generator_leaves_the_precision_of_decimals_as_it_was_and_does_not_depend_on_it():
    import decimal

    first = rg.entry("decimal_chain_sum", "{}", 0, 5)
    with decimal.localcontext(prec=3):
        made = rg.entry("decimal_arithmetic", "{}", 0, 5)
        assert decimal.getcontext().prec == 3
        assert rg.entry("decimal_chain_sum", "{}", 0, 5) == first
        assert rg.entry("decimal_arithmetic", "{}", 0, 5) == made
    assert decimal.getcontext().prec == 28
