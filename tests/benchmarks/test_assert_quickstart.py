import copy
import importlib.util
import json
import os
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "assert_quickstart.py"
GOOD = {
    "pass@1": {"before": {"all": 0.3, "math": 0.3, "logic": 0.3}, "after": {"all": 0.6, "math": 0.45, "logic": 0.75}},
    "num_tasks": {"all": 200, "math": 100, "logic": 100},
    "reference_resets": 1,
    "seconds": {"total": 1.0},
}


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("assert_quickstart", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def changed(*keys, value):
    summary = copy.deepcopy(GOOD)
    place = summary
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    return summary


def test_a_run_that_keeps_the_promise_exactly_passes(script):
    assert script.shortcomings(GOOD) == []


@pytest.mark.parametrize(
    ("summary", "words"),
    [
        (changed("pass@1", "after", "all", value=0.59), "pass@1 of all rose by 0.290"),
        (changed("pass@1", "after", "math", value=0.44), "pass@1 of math rose by 0.140"),
        (changed("pass@1", "before", value={}), "not measured"),
        (changed("pass@1", "after", value={"all": 0.9}), "fewer than two domains"),
        (changed("num_tasks", "all", value=199), "199 held-out tasks"),
        (changed("reference_resets", value=0), "0 reference resets"),
    ],
)
def test_each_broken_promise_is_named(script, summary, words):
    (found,) = script.shortcomings(summary)
    assert words in found


def test_the_newest_run_is_judged(script, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["assert_quickstart.py", str(tmp_path)])
    assert script.main() == 2
    for name, summary, age in (("old", GOOD, 100), ("new", changed("reference_resets", value=0), 1)):
        (tmp_path / name).mkdir()
        path = tmp_path / name / "summary.json"
        path.write_text(json.dumps(summary))
        os.utime(path, (path.stat().st_atime, path.stat().st_mtime - age))
    assert script.main() == 1
    assert "0 reference resets" in capsys.readouterr().err
