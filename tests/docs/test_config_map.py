"""The page for those who come from other trainers names keys that exist, here and there."""

import dataclasses
import re
from pathlib import Path

import trl

from prorl_rllib.algorithms import ProRLConfig
from prorl_rllib.algorithms.prorl.config_checks import RULES

PAGE = Path(__file__).parents[2] / "docs" / "config_map.md"
ROWS = [[cell.strip() for cell in line.split("|")[1:-1]] for line in PAGE.read_text().splitlines() if line[:2] == "| "]
# Arguments of the trainer itself, and what is no key.
NO_KEYS = {"model", "peft_config", "RLOOTrainer", "GRPOTrainer", "accelerate"}


def keys(cell):
    return {key.split(".")[0] for key in re.findall(r"`(\w[\w.]*)`", cell)}


def test_our_keys_are_ours():
    ours = {ProRLConfig.DICT_KEYS.get(key, key) for key, _, _ in RULES}
    assert len(ROWS) > 30
    for ours_cell, _, _, _ in ROWS[1:]:
        assert keys(ours_cell) <= ours, ours_cell


def test_keys_of_trl_are_fields_of_its_config():
    fields = {field.name for field in dataclasses.fields(trl.GRPOConfig)}
    for _, trl_cell, _, difference in ROWS[1:]:
        assert keys(trl_cell) - NO_KEYS <= fields, trl_cell
        if named := re.findall(r"TRL's `(\w+)`", difference):
            assert set(named) <= fields
