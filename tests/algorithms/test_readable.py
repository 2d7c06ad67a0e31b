"""What a reader is promised: an iteration on one screen, an objective on a few."""

import inspect
from pathlib import Path

import pytest

from prorl_rllib.algorithms import ProRL, objectives

OBJECTIVES = sorted(Path(objectives.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("path", OBJECTIVES, ids=lambda path: path.name)
def test_an_objective_is_one_file_under_150_lines(path):
    assert len(path.read_text().splitlines()) < 150


def test_training_step_fits_one_screen():
    assert len(inspect.getsource(ProRL.training_step).splitlines()) <= 24
