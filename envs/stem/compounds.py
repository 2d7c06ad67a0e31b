"""Names and formulas of compounds: ionic ones from their ions, molecular ones from numeral prefixes."""

import math
import random

CATIONS = (
    ("lithium", "Li", 1),
    ("sodium", "Na", 1),
    ("potassium", "K", 1),
    ("rubidium", "Rb", 1),
    ("caesium", "Cs", 1),
    ("silver", "Ag", 1),
    ("magnesium", "Mg", 2),
    ("calcium", "Ca", 2),
    ("strontium", "Sr", 2),
    ("barium", "Ba", 2),
    ("zinc", "Zn", 2),
    ("aluminium", "Al", 3),
)
"""Cations of one charge: name, symbol, charge."""
VARIABLE_CATIONS = (
    ("iron(II)", "Fe", 2),
    ("iron(III)", "Fe", 3),
    ("copper(I)", "Cu", 1),
    ("copper(II)", "Cu", 2),
    ("tin(II)", "Sn", 2),
    ("tin(IV)", "Sn", 4),
    ("lead(II)", "Pb", 2),
    ("lead(IV)", "Pb", 4),
    ("chromium(III)", "Cr", 3),
    ("cobalt(II)", "Co", 2),
    ("nickel(II)", "Ni", 2),
    ("manganese(II)", "Mn", 2),
    ("ammonium", "NH4", 1),
)
ANIONS = (
    ("fluoride", "F", 1),
    ("chloride", "Cl", 1),
    ("bromide", "Br", 1),
    ("iodide", "I", 1),
    ("oxide", "O", 2),
    ("sulfide", "S", 2),
    ("nitride", "N", 3),
    ("phosphide", "P", 3),
)
POLYATOMIC_ANIONS = (
    ("hydroxide", "OH", 1),
    ("nitrate", "NO3", 1),
    ("nitrite", "NO2", 1),
    ("chlorate", "ClO3", 1),
    ("perchlorate", "ClO4", 1),
    ("permanganate", "MnO4", 1),
    ("hydrogencarbonate", "HCO3", 1),
    ("carbonate", "CO3", 2),
    ("sulfate", "SO4", 2),
    ("sulfite", "SO3", 2),
    ("chromate", "CrO4", 2),
    ("dichromate", "Cr2O7", 2),
    ("phosphate", "PO4", 3),
)
MASSES = {
    "H": "1.008",
    "Li": "6.94",
    "C": "12.011",
    "N": "14.007",
    "O": "15.999",
    "F": "18.998",
    "Na": "22.990",
    "Mg": "24.305",
    "Al": "26.982",
    "P": "30.974",
    "S": "32.06",
    "Cl": "35.45",
    "K": "39.098",
    "Ca": "40.078",
    "Cr": "51.996",
    "Mn": "54.938",
    "Fe": "55.845",
    "Co": "58.933",
    "Ni": "58.693",
    "Cu": "63.546",
    "Zn": "65.38",
    "Br": "79.904",
    "Rb": "85.468",
    "Sr": "87.62",
    "Ag": "107.868",
    "Sn": "118.71",
    "I": "126.904",
    "Cs": "132.905",
    "Ba": "137.327",
    "Pb": "207.2",
}
"""Standard atomic masses in g/mol, rounded to three decimals (IUPAC 2021, abridged)."""

Ion = tuple[str, str, int]


def draw_ions(polyatomic: bool, variable: bool, rng: random.Random) -> tuple[Ion, Ion]:
    """Return a cation and an anion.

    Args:
        polyatomic: whether anions of several atoms may be drawn.
        variable: whether cations of several charges may be drawn.
        rng: the source of chance.
    """
    cations = CATIONS + (VARIABLE_CATIONS if variable else ())
    return rng.choice(cations), rng.choice(ANIONS + (POLYATOMIC_ANIONS if polyatomic else ()))


def ionic_name(cation: Ion, anion: Ion) -> str:
    """Return a name such as "iron(III) sulfate"."""
    return f"{cation[0]} {anion[0]}"


def ionic_formula(cation: Ion, anion: Ion) -> str:
    """Return the formula in which the charges cancel, such as Fe2(SO4)3."""
    charge = math.lcm(cation[2], anion[2])
    return _part(cation[1], charge // cation[2]) + _part(anion[1], charge // anion[2])


def wrong_formulas(cation: Ion, anion: Ion) -> list[str]:
    """Return formulas of typical mistakes: charges ignored, not crossed, not reduced."""
    counts = [(1, 1), (cation[2], anion[2]), (anion[2], cation[2]), (2, 1), (1, 2), (2, 3), (3, 2), (3, 1)]
    made = [_part(cation[1], first) + _part(anion[1], second) for first, second in counts]
    return [formula for formula in dict.fromkeys(made) if formula != ionic_formula(cation, anion)]


def _part(ion: str, count: int) -> str:
    """Return an ion with its count, in brackets where it has several atoms."""
    if count == 1:
        return ion
    several = sum(char.isupper() for char in ion) > 1 or any(char.isdigit() for char in ion)
    return f"({ion}){count}" if several else f"{ion}{count}"
