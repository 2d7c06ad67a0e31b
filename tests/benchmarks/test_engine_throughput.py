import importlib.util
import json
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "engine_throughput.py"
UNDER = {"machine": "a machine", "torch": "1"}


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("engine_throughput", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def size(parameters, sampling, update=None):
    return {"parameters": parameters, "start": {"vllm": 9.0}, "sampling": sampling, "update": update or {}}


def cell(ratio):
    speeds = {"transformers": {"cpu": 100.0, "clock": 90.0}, "vllm": {"cpu": 100.0 * ratio, "clock": 80.0}}
    return {"rounds": 3, **speeds, "ratio": ratio, "ratio_range": [ratio - 0.1, ratio + 0.1]}


def test_parts_that_were_measured_one_by_one_make_one_table(script):
    update = {"vllm": {"cpu": 0.02, "clock": 0.03, "updates": 50, "memory_mib": 500.0, "growth_mib": 0.5}}
    results = script.merged({}, {"5M": size(5e6, {"16": cell(1.5)}, update)}, UNDER)
    results = script.merged(results, {"1M": size(1e6, {"64": cell(0.9)})}, UNDER)
    results = script.merged(results, {"5M": size(5e6, {"256": cell(2.0), "16": cell(1.4)})}, UNDER)
    rows = [line for line in script.tables(results).splitlines() if line.startswith("|")]
    assert [row for row in rows if " M |" in row] == [
        "| 1 M | 64 | 100 | 90 | 0.90 (0.80 to 1.00) |",
        "| 5 M | 16 | 100 | 140 | 1.40 (1.30 to 1.50) |",
        "| 5 M | 256 | 100 | 200 | 2.00 (1.90 to 2.10) |",
        "| 5 M | vllm | 9 | 0.020 | 50 | 500 | +0.5 |",
    ]


def test_results_of_two_machines_are_not_mixed(script):
    earlier = script.merged({}, {}, UNDER)
    with pytest.raises(SystemExit, match="choose another --out"):
        script.merged(earlier, {}, {**UNDER, "machine": "another"})


@pytest.mark.parametrize("rows", [16, 64, 256])
def test_each_round_samples_as_many_tokens(script, rows):
    for number in range(2):
        requests = script.make_requests(rows, number)
        assert sum(request.n for request in requests) == rows
        assert sum(request.n * request.max_new_tokens for request in requests) == 64 * rows


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the script reads /proc")
def test_the_script_measures_an_engine(script, tmp_path, monkeypatch, capsys):
    part = ["--sizes", "1M", "--batches", "8", "--seconds", "0", "--updates", "2", "--engines", "transformers"]
    monkeypatch.setattr(sys, "argv", ["engine_throughput.py", *part, "--out", str(tmp_path)])
    script.main()
    results = json.loads((tmp_path / "engine_throughput.json").read_text())
    assert results["sizes"]["1M"]["sampling"]["8"]["transformers"]["cpu"] > 0
    assert "| 1.12 M | 8 |" in (tmp_path / "engine_throughput.md").read_text()
    assert "transformers" in capsys.readouterr().out
