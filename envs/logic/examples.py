"""An answer to each entry that must score 1, as far as one is known."""

import json
from typing import Any

from prorl_rllib.envs.logic.own_scorers.expression_tree import parse
from prorl_rllib.envs.logic.own_scorers.propositions import example_conclusion
from prorl_rllib.envs.logic.own_scorers.symbolic import to_sympy

NO_SOLUTIONS = '""'
"""How polynomial_equations wants an empty list of solutions."""


def example_answer(name: str, entry: dict[str, Any]) -> str | None:
    """Return an answer that scores 1, None when none is known.

    Args:
        name: of the data set.
        entry: one of its entries.
    """
    metadata, answer = entry["metadata"], entry["answer"]
    if name == "propositional_logic":
        return example_conclusion(entry)
    if name == "graph_color":
        return json.dumps({str(vertex): color for vertex, color in metadata["possible_answer"].items()})
    if name == "rubiks_cube":
        return metadata["example_correct_answer"] or None  # known for cubes of size 3
    if name == "intermediate_integration" and "Integral" in answer:
        return antiderivative(metadata["integrand"], metadata["variable"])
    if name == "polynomial_equations" and answer == "":
        return NO_SOLUTIONS
    return None if answer is None else str(answer)


def antiderivative(integrand: str, name: str) -> str:
    """Return an antiderivative that Reasoning Gym did not find: it takes sin and cos of such integrands for unknown.

    Args:
        integrand: of an entry, not of a model.
        name: of the variable.
    """
    import sympy

    variable = sympy.Symbol(name)
    return f"{sympy.integrate(to_sympy(parse(integrand), {name: variable}), variable)} + C"
