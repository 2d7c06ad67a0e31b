import ast
import inspect
import sys

import pytest

from prorl_rllib.envs import EnvConfigError, LogicEnv
from prorl_rllib.envs.logic import reasoning_gym as rg
from prorl_rllib.envs.logic.scorers import REFUSED

EVALUATORS = {"eval", "exec", "parse_expr", "sympify", "simplify", "S", "literal_eval", "__import__"}
OWN_DATA_ONLY = {
    "basic_arithmetic": "evaluates the expression it generated",
    "bitwise_arithmetic": "evaluates the problem in the entry; the answer goes through int()",
    "dice": "simplify is its own reduction of a fraction",
    "number_sorting": "evaluates the entry's answer; the model's goes through json.loads",
}
EVALUATE_MODEL_TEXT = {
    "binary_matrix",
    "countdown",
    "intermediate_integration",
    "n_queens",
    "polynomial_multiplication",
    "puzzle24",
    "simple_integration",
    "spiral_matrix",
    "string_insertion",
}


def evaluators_called_in(module):
    """Names of evaluating functions that a module calls, wherever."""
    calls = [node.func for node in ast.walk(ast.parse(inspect.getsource(module))) if isinstance(node, ast.Call)]
    names = {call.id if isinstance(call, ast.Name) else getattr(call, "attr", "") for call in calls}
    return names & EVALUATORS


def datasets():
    rg.load()
    from reasoning_gym.factory import DATASETS

    return {name: sys.modules[dataset.__module__] for name, (dataset, _) in DATASETS.items()}


def test_no_other_dataset_evaluates_anything():
    evaluating = {name for name, module in datasets().items() if evaluators_called_in(module)}
    assert evaluating - set(REFUSED) == set(OWN_DATA_ONLY)


def test_the_scan_finds_the_scorers_that_are_known_to_evaluate():
    evaluating = {name for name, module in datasets().items() if evaluators_called_in(module)}
    assert evaluating >= EVALUATE_MODEL_TEXT
    assert set(REFUSED) >= EVALUATE_MODEL_TEXT


@pytest.mark.parametrize("name", REFUSED)
def test_scorers_that_evaluate_model_text_are_refused(name):
    with pytest.raises(EnvConfigError, match=f"'{name}' of domain 'logic' is refused: "):
        LogicEnv(datasets=[name])


def test_the_default_has_no_refused_or_out_of_distribution_dataset():
    names = set(LogicEnv().source.weights)
    assert not names & (set(REFUSED) | {"acre", "boxnet", "game_of_life_halting"})
    assert len(names) > 80
