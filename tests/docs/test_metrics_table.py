"""Each metric of a real run is in docs/metrics.md, by its full name."""

import re
from pathlib import Path

import pytest
from ray.tune.utils import flatten_dict

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"
HEADING = re.compile(r"^## .*?(?:`(?P<prefix>[^`]+/)`)?$")
NAME = re.compile(r"`([^`]+)`")


def documented(text):
    """The patterns of the first column of each table; a heading's path goes before the names of its section."""
    prefix, patterns = "", []
    for line in text.partition("## summary.json")[0].splitlines():
        if found := HEADING.match(line):
            prefix = found["prefix"] or ""
        elif line.startswith("|"):
            patterns += [prefix + name for name in NAME.findall(line.split("|")[1])]
    return patterns


def matcher(pattern):
    """`<domain>` and the like stand for a part of a path, `*` for anything."""
    parts = re.split(r"(<[^>]+>|\*)", pattern)
    wild = {"*": ".*"}
    return re.compile("".join(wild.get(p, "[^/]+" if p.startswith("<") else re.escape(p)) for p in parts))


def undocumented(results, text):
    """The keys of results that the page lacks."""
    known = [matcher(pattern) for pattern in documented(text)]
    keys = {key.replace("evaluation_initial/", "evaluation/", 1) for result in results for key in flatten_dict(result)}
    return sorted(key for key in keys if not any(pattern.fullmatch(key) for pattern in known))


def test_names_are_read_with_the_path_of_their_section():
    text = "## Sampling: `a/`\n\n| metric |\n|---|\n| `x`, `d/<domain>/y` |\n\n## Time\n\n| `t/*` |\n"
    assert documented(text) == ["a/x", "a/d/<domain>/y", "t/*"]
    assert undocumented([{"a": {"x": 1, "d": {"math": {"y": 1, "z": 1}}}, "t": {"u": 1}, "x": 2}], text) == [
        "a/d/math/z",
        "x",
    ]


@pytest.fixture(scope="module")
def results(tiny_model_path, ray_cluster):
    """Results of two iterations that have about all that a run can report: evaluation, curriculum, corrections."""
    from prorl_rllib.algorithms import ProRLConfig

    algorithm = (
        ProRLConfig()
        # Texts of a random model follow some instructions and break others, so there is something to learn from.
        .environment("prorl_rllib:prorl/InstructionFollowing-v0", env_config={"size": 100})
        .training(model=tiny_model_path, prompts_per_step=4, prompts_per_optimizer_step=4, group_size=8, lr=1e-3)
        .objective(mismatch_correction="icepop")
        .rewards(cosine_length={"min": -1.0, "max": 0.0, "weight": 1.0})
        .generation(max_completion_length=16)
        .curriculum(enabled=True)
        .evaluation(evaluation_interval=1, evaluation_duration=2)
        .env_runners(num_env_runners=0)
        .reporting_samples(interval=None)
        .build_algo()
    )
    try:
        yield [algorithm.train() for _ in range(2)]
    finally:
        algorithm.stop()


def test_each_metric_of_a_run_is_in_the_table(results):
    assert {"evaluation_initial", "evaluation", "prorl", "learners"} <= results[0].keys() | results[1].keys()
    assert undocumented(results, PAGE.read_text()) == []
