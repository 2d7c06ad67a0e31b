"""What Reasoning Gym's scorers do with an answer, read in its source: a release that executes more of it fails here."""

import ast
import inspect
import sys
import textwrap

import pytest

from prorl_rllib.envs import EnvConfigError, LogicEnv
from prorl_rllib.envs.logic import reasoning_gym as rg
from prorl_rllib.envs.logic.examined import EXAMINED, EXECUTE_ANSWERS, refusal
from prorl_rllib.envs.logic.own_scorers import OWN_SCORERS

EVALUATORS = {"eval", "exec", "compile", "parse_expr", "sympify", "simplify", "literal_eval", "lambdify", "__import__"}
EVALUATORS |= {"import_module", "run", "Popen", "system", "S"}
NOT_ON_ANSWERS = {
    "bitwise_arithmetic": "evaluates the problem in the entry; the answer goes through int()",
    "number_sorting": "evaluates the entry's answer; replaced by an own scorer all the same",
    "propositional_logic": "its parse_expr is a parser of its own, in the same module",
}


def registered():
    rg.load()
    from reasoning_gym.factory import DATASETS

    return {name: dataset for name, (dataset, _) in DATASETS.items()}


def calls_in(function):
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    return [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]


def called(call, module, cls):
    """The function, or all functions of the class, that a call in a module reaches within Reasoning Gym."""
    if isinstance(call, ast.Name):
        found = getattr(module, call.id, None)
    elif isinstance(call, ast.Attribute) and isinstance(call.value, ast.Name):
        owner = cls if call.value.id in ("self", "cls") else getattr(module, call.value.id, None)
        found = getattr(owner, call.attr, None)
    else:
        return []
    if not getattr(found, "__module__", None) or not found.__module__.startswith("reasoning_gym"):
        return []
    return [f for f in vars(found).values() if inspect.isfunction(f)] if inspect.isclass(found) else [unbound(found)]


def unbound(function):
    return getattr(function, "__func__", function)


def evaluators_reached(cls):
    """Names of the evaluating functions that the scorer of a data set calls, itself or through others."""
    waiting, seen, names = [unbound(cls.score_answer)], set(), set()
    while waiting:
        function = waiting.pop()
        if function in seen or not inspect.isfunction(function):
            continue
        seen.add(function)
        module = sys.modules[function.__module__]
        for call in calls_in(function):
            names.add(call.id if isinstance(call, ast.Name) else getattr(call, "attr", ""))
            waiting += called(call, module, cls)
    return names & EVALUATORS


def test_the_scorers_that_evaluate_are_those_that_are_known_to():
    evaluating = {name for name, cls in registered().items() if evaluators_reached(cls)}
    assert evaluating == set(EXECUTE_ANSWERS) | set(NOT_ON_ANSWERS)


def test_every_scorer_that_executes_answers_is_replaced():
    assert set(OWN_SCORERS) >= set(EXECUTE_ANSWERS)


def test_the_scan_follows_helpers_and_classes():
    reached = evaluators_reached(registered()["bitwise_arithmetic"])
    assert reached == {"eval"}  # in verify_solution, beside the class


def test_every_registered_dataset_was_examined_and_none_is_refused():
    assert set(registered()) == EXAMINED
    assert not any(map(refusal, EXAMINED))


def test_a_dataset_of_a_newer_release_is_refused_by_name(monkeypatch):
    from reasoning_gym.factory import DATASETS

    monkeypatch.setitem(DATASETS, "brand_new", DATASETS["gcd"])
    with pytest.raises(EnvConfigError, match="'brand_new' of domain 'logic' is refused: its scorer was not examined"):
        LogicEnv(datasets=["brand_new"])
    assert "brand_new" not in LogicEnv().source.weights


def test_the_default_has_no_out_of_distribution_dataset_and_no_blend():
    names = set(LogicEnv().source.weights)
    assert names == EXAMINED - {"acre", "boxnet", "game_of_life_halting", "composite"}
