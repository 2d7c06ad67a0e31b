import itertools
import random
from decimal import Decimal
from fractions import Fraction

import pytest

from prorl_rllib.envs import EnvConfigError, verify_batch
from prorl_rllib.envs.stem import STEMDomain, STEMEnv
from prorl_rllib.envs.stem.chemical_formulas import atoms, molar_mass
from prorl_rllib.envs.stem.compounds import ANIONS, CATIONS, POLYATOMIC_ANIONS, VARIABLE_CATIONS, ionic_formula
from prorl_rllib.envs.stem.formula import Formula, Given, make_problem, rounded
from prorl_rllib.envs.stem.generator import FAMILIES, TOPICS, formula_defaults
from prorl_rllib.envs.stem.genetics import offspring, share
from prorl_rllib.envs.stem.reference import StemOptions, StemReference
from prorl_rllib.envs.stem.scoring import kind_of, quick_correct, thoroughly_correct

DOMAIN = STEMDomain()
FORMULAS = {formula.name: formula for formulas in TOPICS.values() for formula in formulas}


def drafts(family, difficulty, count):
    config = DOMAIN.dataset_config(family, {}, difficulty)
    return [DOMAIN.generate(family, config, random.Random(seed)) for seed in range(count)]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("difficulty", [1, 5, 10])
def test_gold_answers_are_right_and_wrong_ones_are_not(family, difficulty):
    strict = StemOptions(require_unit=True)
    for draft in drafts(family, difficulty, 60):
        reference = StemReference.model_validate(draft.reference)
        answer = DOMAIN.extract(DOMAIN.example_response(reference))
        assert quick_correct(reference, answer, strict) is True
        assert thoroughly_correct(reference, "no such answer", strict) is False
        if reference.options is not None:
            wrong = [letter for letter in reference.options if letter != reference.answer]
            assert not any(quick_correct(reference, letter, strict) for letter in wrong)
        elif kind_of(reference) == "quantity":
            doubled = Fraction(reference.answer) * 2
            assert quick_correct(reference, f"{doubled.numerator}/{doubled.denominator}", StemOptions()) is False


def test_gold_answers_score_one_through_the_environment():
    env = STEMEnv(difficulty=7)
    tasks = [env.task(index) for index in range(60)]
    responses = [DOMAIN.example_response(DOMAIN.check_reference(task)) for task in tasks]
    assert [verdict.reward for verdict in verify_batch(tasks, responses, timeout_s=30.0)] == [1.0] * len(tasks)


@pytest.mark.parametrize("family", FAMILIES)
def test_problems_are_many_and_follow_from_the_seed(family):
    first, second = drafts(family, 4, 1000), drafts(family, 4, 1000)
    assert first == second
    assert len({draft.prompt for draft in first}) > 600
    assert all("\\boxed" not in draft.prompt for draft in first)


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_has_formulas_of_every_length(topic):
    assert {formula.steps for formula in TOPICS[topic]} == {1, 2, 3}


def test_longer_chains_and_other_units_come_with_difficulty():
    for difficulty in range(1, 11):
        steps = {draft.metadata["steps"] for draft in drafts("mechanics", difficulty, 60)}
        defaults = formula_defaults(difficulty)
        assert steps == set(range(defaults["min_steps"], defaults["max_steps"] + 1))
    assert not any("km/h" in draft.prompt for draft in drafts("mechanics", 1, 100))
    assert any("km/h" in draft.prompt for draft in drafts("mechanics", 8, 100))


@pytest.mark.parametrize(
    ("name", "givens", "expected"),
    [
        ("kinetic_energy", {"m": "2", "v": "3"}, "9.00"),
        ("fall_time", {"h": "20"}, "2.02"),
        ("pendulum", {"y": "1"}, "2.01"),
        ("hoist_power", {"m": "100", "h": "10", "t": "20", "e": "50"}, "981"),
        ("inelastic_collision", {"m": "2", "v": "3", "k": "1"}, "6.00"),
        ("series_parallel_power", {"r": "5", "s": "10", "t": "10", "u": "10"}, "5.00"),
        ("coulomb_law", {"p": "1", "q": "1", "r": "1"}, "0.00899"),
        ("thin_lens", {"g": "30", "f": "10"}, "15.0"),
        ("photon_wavelength", {"y": "500"}, "2.48"),
        ("doppler", {"f": "400", "v": "34", "c": "340"}, "444"),
        ("carnot", {"h": "500", "c": "300"}, "40.0"),
        ("mixing", {"m": "1", "a": "80", "n": "3", "b": "20"}, "35.0"),
        ("gas_heating", {"v": "0.1", "p": "100000", "t": "300", "u": "400"}, "5000"),
        ("torricelli", {"h": "5", "a": "0.001"}, "9.90"),
        ("venturi", {"v": "1", "d": "10", "e": "5"}, "7500"),
        ("ph", {"c": "1"}, "3.00"),
        ("half_life", {"h": "5", "m": "40", "t": "15"}, "5.00"),
        ("ideal_gas_volume", {"n": "1", "p": "1", "t": "273.15"}, "22.4"),
        ("combustion_mass", {"m": "16.04"}, "36.0"),
        ("titration_mass", {"v": "20", "c": "1", "x": "50"}, "1.96"),
        ("hardy_weinberg_carriers", {"q": "0.3"}, "0.420"),
        ("hardy_weinberg_affected", {"x": "4"}, "0.0392"),
        ("doubling", {"n": "100", "d": "20", "t": "60"}, "800"),
        ("logistic_growth", {"n": "500", "k": "1000", "r": "0.5", "h": "25"}, "100"),
        ("mark_and_recapture", {"m": "80", "c": "100", "k": "20"}, "400"),
        ("kepler", {"a": "4"}, "8.00"),
        ("parallax", {"p": "0.5"}, "2.00"),
        ("surface_gravity", {"m": "5.972", "r": "6.371"}, "9.82"),
        ("escape_velocity", {"m": "5.972", "r": "6.371"}, "11200"),
        ("satellite_period", {"m": "5.972", "r": "6.371", "h": "400"}, "92.4"),
        ("torque_power", {"m": "100", "n": "3000"}, "31400"),
        ("elongation", {"y": "2", "a": "0.0001", "f": "10000"}, "1.00"),
    ],
)
def test_formulas_give_what_a_hand_calculation_gives(name, givens, expected):
    values = {key: Decimal(value) for key, value in givens.items()}
    assert rounded(FORMULAS[name].compute(**values), 3) == expected


def test_a_problem_holds_its_numbers_in_the_units_it_states():
    formula = Formula(
        "f", 1, "{d} in {t}", "m/s", {"d": Given("100", "900", "m"), "t": Given("10", "90", "s")}, lambda d, t: d / t
    )
    sizes = {"m": 1, "cm": 0.01, "mm": 0.001, "km": 1000, "s": 1, "ms": 0.001, "min": 60}
    for seed in range(200):
        problem = make_problem(formula, 3, 3, random.Random(seed))
        distance, time = (part.split(" ") for part in problem.text.split(" in "))
        speed = float(distance[0]) * sizes[distance[1]] / (float(time[0]) * sizes[time[1]])
        shown = {"m/s": 1, "km/h": 3.6, "cm/s": 100}[problem.unit] * speed
        assert float(problem.result) == pytest.approx(shown, rel=1e-9)


def test_options_are_well_apart_and_the_right_one_is_anywhere():
    made = [draft for draft in drafts("multiple_choice", 3, 300) if draft.metadata["formula"] != "chemical_formula"]
    assert {draft.reference["answer"] for draft in made} == set("ABCD")
    for draft in made:
        values = sorted(float(text.split(" ")[0].rstrip("%")) for text in draft.reference["options"].values())
        assert all(second - first > 0.02 * abs(first) for first, second in itertools.pairwise(values))


def test_charges_cancel_in_every_ionic_formula():
    for cation in CATIONS + VARIABLE_CATIONS:
        for anion in ANIONS + POLYATOMIC_ANIONS:
            counts = atoms(ionic_formula(cation, anion))
            first, second = atoms(cation[1]), atoms(anion[1])
            own = next(iter(set(first) - set(second)), None)
            other = next(iter(set(second) - set(first)), None)
            if own and other:
                assert counts[own] // first[own] * cation[2] == counts[other] // second[other] * anion[2]
    assert ionic_formula(("aluminium", "Al", 3), ("sulfate", "SO4", 2)) == "Al2(SO4)3"
    assert ionic_formula(("lead(IV)", "Pb", 4), ("oxide", "O", 2)) == "PbO2"
    assert molar_mass("Ca(OH)2") == Decimal("74.092")


def test_crosses_follow_mendel():
    assert sorted(offspring("Aa", "Aa")) == ["AA", "Aa", "Aa", "aa"]
    assert share("Aa", "Aa", "Aa", phenotype=True) == Fraction(3, 4)
    assert share("Aa", "Aa", "Aa", phenotype=False) == Fraction(1, 2)
    assert share("Aa", "aa", "aa", phenotype=True) == Fraction(1, 2)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"mechanics": {"step": 3}}, "did you mean"),
        ({"mechanics": {"min_steps": 3, "max_steps": 2}}, "min_steps = 3 is above max_steps = 2"),
        ({"multiple_choice": {"options": 1}}, "options = 1"),
        ({"mechanic": {}}, "did you mean 'mechanics'"),
    ],
)
def test_wrong_family_configs_are_named(config, message):
    with pytest.raises(EnvConfigError, match=message):
        STEMEnv(datasets=config)
