import json
from datetime import date
from pathlib import Path

import numpy as np

from prorl_rllib.cli.evaluate.header import plain_settings


def shaped(reward):
    return reward


class Judge:
    pass


def test_settings_without_a_form_in_json_are_written_the_same_in_each_process():
    settings = {
        "shaping": shaped,
        "judge": Judge,
        "made": Judge(),
        "where": Path("a/b"),
        "weights": np.array([1.0, 2.0]),
        "k": np.int64(3),
        "words": {"b", "a"},
        "day": date(2026, 1, 2),
    }
    plain = plain_settings(settings)
    assert plain == json.loads(json.dumps(plain))
    assert plain == {
        "shaping": f"{__name__}.shaped",
        "judge": f"{__name__}.Judge",
        "made": f"{__name__}.Judge",
        "where": "a/b",
        "weights": [1.0, 2.0],
        "k": 3,
        "words": ["a", "b"],
        "day": "2026-01-02",
    }
