import importlib.util
from pathlib import Path

import pytest

from prorl_rllib.envs.stem.reference import StemOptions, StemReference
from prorl_rllib.envs.stem.scoring import quick_correct, thoroughly_correct


def load_pairs():
    """Reads the table beside this file, which is no package."""
    spec = importlib.util.spec_from_file_location("labelled_pairs", Path(__file__).with_name("labelled_pairs.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TABLE = load_pairs()


def correct(reference, answer, **options):
    return thoroughly_correct(StemReference.model_validate(reference), answer, StemOptions(**options))


@pytest.mark.parametrize(("reference", "answer", "expected"), TABLE.PAIRS)
def test_answers_are_scored_as_labelled_by_hand(reference, answer, expected):
    assert correct(reference, answer) is expected


@pytest.mark.parametrize(("reference", "answer", "expected"), TABLE.REQUIRED_UNITS)
def test_a_missing_unit_is_wrong_where_it_is_required(reference, answer, expected):
    assert correct(reference, answer, require_unit=True) is expected


@pytest.mark.parametrize("reference", [reference for reference, _, _ in TABLE.PAIRS])
def test_every_reference_is_met_by_itself(reference):
    assert correct(reference, reference["answer"])


def test_choices_and_names_never_need_a_worker():
    for reference, answer, expected in TABLE.CHOICES + TABLE.NAMES:
        assert quick_correct(StemReference.model_validate(reference), answer, StemOptions()) is expected
