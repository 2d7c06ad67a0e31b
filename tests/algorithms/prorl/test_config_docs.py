"""The table of settings in the docs, and the docstrings, name every key with its default."""

import re
from ast import literal_eval
from inspect import getdoc
from pathlib import Path

import pytest

from prorl_rllib.algorithms import ProRLConfig
from prorl_rllib.algorithms.prorl.config_checks import RULES

PAGE = Path(__file__).parents[3] / "docs" / "settings.md"
METHODS = {
    "training": "",
    "objective": "",
    "generation": "",
    "evaluation": "",
    "learners": "",
    "rewards": "",
    "reference_reset": "reset_",
    "stages": "",
    "curriculum": "curriculum_",
    "reporting_samples": "samples_log_",
    "checkpointing": "",
    "health_monitor": "monitor_",
}
ARGUMENT = re.compile(r"^    (\w+): (.*\n(?:        .*\n)*)", re.MULTILINE)
SOURCES = re.compile(r"\b(ours|paper|report|v1|v2|DAPO|OpenRLHF)\b")
ROW = re.compile(r"^\| `(\w+)` \| [^|]*(?:\\\|[^|]*)* \| `([^`]*)` \|", re.MULTILINE)


def test_the_docs_name_every_key_with_its_default():
    rows = dict(ROW.findall(PAGE.read_text()))
    config = ProRLConfig()
    keys = {attribute: ProRLConfig.DICT_KEYS.get(attribute, attribute) for attribute, _, _ in RULES}
    assert set(rows) == set(keys.values())
    for attribute, key in keys.items():
        assert rows[key] == str(getattr(config, attribute)), key


def documented():
    """What the docstrings say of each key, with the introduction of the method that takes it."""
    found = {}
    for method, prefix in METHODS.items():
        introduction, _, arguments = getdoc(getattr(ProRLConfig, method)).partition("Args:\n")
        for name, text in ARGUMENT.findall(arguments.partition("\n\n")[0] + "\n"):
            found[prefix + name] = (" ".join(text.split()), introduction)
    return found


OWN_DOCS = documented()


@pytest.mark.parametrize("attribute", [attribute for attribute, _, _ in RULES])
def test_the_docstrings_say_default_and_source_of_each_key(attribute):
    key = ProRLConfig.DICT_KEYS.get(attribute, attribute)
    if key not in OWN_DOCS:  # one of RLlib's, which stands in the text of a method's **kwargs or of the class
        texts = [getdoc(ProRLConfig), *(getdoc(getattr(ProRLConfig, method)) for method in METHODS)]
        assert any(f"`{key}`" in text or f"({key}=" in text for text in texts)
        return
    text, introduction = OWN_DOCS[key]
    default = re.search(r"Default (\(.*?\)|\"\w+\"|\{\}|\[\]|[\w.-]*\w)", text)
    assert default, text
    assert literal_eval(default[1]) == getattr(ProRLConfig(), attribute)
    assert SOURCES.search(text + introduction) or default[1] in ("None", "{}"), text
