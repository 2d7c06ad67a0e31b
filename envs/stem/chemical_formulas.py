"""The family `chemical_formulas`: the formula of a named compound, its name, its atoms and its molar mass."""

import random
import re
from decimal import Decimal
from typing import Any, Literal

from pydantic import Field

from prorl_rllib.envs.domain import Draft
from prorl_rllib.envs.settings import Integer
from prorl_rllib.envs.stem.compounds import MASSES, draw_ions, ionic_formula, ionic_name
from prorl_rllib.envs.stem.family import Family, FamilyConfig
from prorl_rllib.envs.stem.formula import rounded

Question = Literal["formula", "name", "atoms", "molar_mass", "mass"]


class ChemicalFormulasConfig(FamilyConfig):
    """Config of `chemical_formulas`.

    Attributes:
        polyatomic: whether anions of several atoms occur.
        variable: whether metals that form several cations, and ammonium, occur.
        questions: what may be asked for: the formula, the name, the atoms in a number of formula units, the molar mass,
            the mass of an amount.
        max_amount: largest number of formula units and of moles.
    """

    polyatomic: bool
    variable: bool
    questions: tuple[Question, ...] = Field(min_length=1)
    max_amount: Integer = Field(ge=2, le=10**6)


def make_chemical_formula(config: ChemicalFormulasConfig, rng: random.Random) -> Draft:
    """Make one question on an ionic compound."""
    cation, anion = draw_ions(config.polyatomic, config.variable, rng)
    name, formula = ionic_name(cation, anion), ionic_formula(cation, anion)
    asked = rng.choice(config.questions)
    amount = rng.randint(2, config.max_amount)
    reference: dict[str, Any]
    if asked == "formula":
        prompt, reference = f"Write the chemical formula of {name}.", {"answer": formula}
    elif asked == "name":
        prompt = f"Name the ionic compound {formula}. Use a Roman numeral where the metal forms several cations."
        reference = {"answer": name}
    elif asked == "atoms":
        prompt = f"How many atoms are there in {amount} formula units of {name}?"
        reference = {"answer": str(amount * sum(atoms(formula).values()))}
    else:
        mass = molar_mass(formula)
        table = ", ".join(f"{symbol} {MASSES[symbol]}" for symbol in atoms(formula))
        moles = 1 if asked == "molar_mass" else amount
        what = f"molar mass of {name}, in g/mol" if moles == 1 else f"mass of {moles} mol of {name}, in grams"
        prompt = f"Find the {what}, to 4 significant figures. The atomic masses in g/mol are {table}."
        unit = "g/mol" if moles == 1 else "g"
        reference = {"answer": rounded(mass * moles, 4), "unit": unit, "rel_tol": 0.002}
    return Draft(prompt, reference, {"formula": asked})


def atoms(formula: str) -> dict[str, int]:
    """Return how many atoms of each element a formula without nested brackets holds."""
    counts: dict[str, int] = {}
    for group, times, symbol, number in re.findall(r"\(([^()]+)\)(\d*)|([A-Z][a-z]?)(\d*)", formula):
        inner = atoms(group) if group else {symbol: int(number or 1)}
        for element, count in inner.items():
            counts[element] = counts.get(element, 0) + count * int(times or 1)
    return counts


def molar_mass(formula: str) -> Decimal:
    """Return the molar mass of a formula, in g/mol."""
    return sum((Decimal(MASSES[symbol]) * count for symbol, count in atoms(formula).items()), Decimal(0))


def chemical_formulas_defaults(difficulty: int) -> dict[str, Any]:
    """Return simple ions up to difficulty 2, more kinds of them and longer questions above."""
    questions: tuple[Question, ...] = ("formula", "atoms") if difficulty <= 3 else ("formula", "name", "atoms")
    if difficulty >= 5:
        questions += ("molar_mass", "mass")
    return {
        "polyatomic": difficulty >= 3,
        "variable": difficulty >= 5,
        "questions": questions,
        "max_amount": 25 * 2 ** min(difficulty, 9),
    }


CHEMICAL_FORMULAS = Family(ChemicalFormulasConfig, chemical_formulas_defaults, make_chemical_formula)
