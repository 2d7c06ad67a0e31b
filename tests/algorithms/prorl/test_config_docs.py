"""The table of settings in the docs names every key with its default."""

import re
from pathlib import Path

from prorl_rllib.algorithms import ProRLConfig
from prorl_rllib.algorithms.prorl.config_checks import RULES

PAGE = Path(__file__).parents[3] / "docs" / "settings.md"
ROW = re.compile(r"^\| `(\w+)` \| [^|]*(?:\\\|[^|]*)* \| `([^`]*)` \|", re.MULTILINE)


def test_the_docs_name_every_key_with_its_default():
    rows = dict(ROW.findall(PAGE.read_text()))
    config = ProRLConfig()
    keys = {attribute: ProRLConfig.DICT_KEYS.get(attribute, attribute) for attribute, _, _ in RULES}
    assert set(rows) == set(keys.values())
    for attribute, key in keys.items():
        assert rows[key] == str(getattr(config, attribute)), key
