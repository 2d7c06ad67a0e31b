import random
from fractions import Fraction

import pytest

from prorl_rllib.envs import EnvConfigError, MathEnv, verify
from prorl_rllib.envs.math.generator import FAMILIES

ENV_SIZE = 200


@pytest.mark.parametrize("family", FAMILIES)
def test_every_gold_answer_scores_one(family):
    env = MathEnv(datasets=[family])
    for index in range(40):
        task = env.task(index)
        assert verify(task, rf"\boxed{{{task.reference['answer']}}}").reward == 1.0
        assert task.metadata["dataset"] == family and task.metadata["difficulty"] == 1


def arithmetic(expression):
    """Evaluates an expression of our own generators, over the rationals."""
    return eval(expression, {"__builtins__": {}, "F": Fraction})


def test_sum_chain_holds_its_prompt_terms_and_answer_together():
    env = MathEnv(datasets={"sum_chain": {"min_terms": 2, "max_terms": 5, "max_value": 20}})
    for index in range(ENV_SIZE):
        task = env.task(index)
        terms = task.metadata["terms"]
        expression = task.prompt.removeprefix("Compute ").removesuffix(".")
        assert 2 <= len(terms) <= 5 and all(1 <= abs(term) <= 20 for term in terms)
        assert terms[0] > 0
        assert arithmetic(expression) == sum(terms) == int(task.reference["answer"])


@pytest.mark.parametrize(("difficulty", "most_terms", "largest"), [(1, 3, 9), (3, 5, 9), (4, 6, 99)])
def test_sum_chain_grows_with_difficulty(difficulty, most_terms, largest):
    env = MathEnv(datasets=["sum_chain"], difficulty=difficulty)
    terms = [env.task(index).metadata["terms"] for index in range(ENV_SIZE)]
    assert max(len(chain) for chain in terms) == most_terms
    assert max(abs(term) for chain in terms for term in chain) <= largest


def test_expressions_and_products_are_right():
    env = MathEnv(datasets=["evaluate_expression", "product", "percent", "fraction_sum"])
    for index in range(ENV_SIZE):
        task = env.task(index)
        text = task.prompt.split(" ", 1)[1].removesuffix(".")
        if task.dataset == "percent":
            percent, base = task.prompt.removeprefix("What is ").removesuffix("?").split("% of ")
            expected = Fraction(int(percent) * int(base), 100)
        elif task.dataset == "fraction_sum":
            expected = sum(Fraction(part) for part in text.split(" as ")[0].split(" + "))
        else:
            expected = arithmetic(text)
        answer = f"{expected.numerator}/{expected.denominator}"
        assert verify(task, rf"\boxed{{{answer}}}").reward == 1.0


def test_solutions_of_linear_equations_hold():
    env = MathEnv(datasets=["linear_equation"])
    for index in range(ENV_SIZE):
        task = env.task(index)
        left, right = task.prompt.removeprefix("Solve ").removesuffix(" for x.").split(" = ")
        assert arithmetic(left.replace("x", f"*({task.reference['answer']})")) == int(right)


def test_generators_use_no_other_source_of_chance():
    for family in FAMILIES.values():
        config = family.config_model.model_validate(family.defaults(2))
        assert family.make(config, random.Random(3)) == family.make(config, random.Random(3))


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"sum_chain": {"max_term": 3}}, "did you mean 'max_terms'"),
        ({"sum_chain": {"min_terms": 9}}, "min_terms = 9 is above max_terms = 3"),
        ({"sum_chain": {"max_value": 0}}, "max_value = 0"),
        ({"sum_chian": {}}, "did you mean 'sum_chain'"),
    ],
)
def test_wrong_family_configs_are_named(config, message):
    with pytest.raises(EnvConfigError, match=message):
        MathEnv(datasets=config)
