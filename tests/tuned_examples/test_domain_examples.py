"""The examples of one domain each: they run, on the domain they name, from base models of their own."""

import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from prorl_rllib.cli.examples import packaged_examples
from prorl_rllib.cli.experiment.experiment_file import load_experiment

EXAMPLES = {
    "math": "math_products",
    "code": "code_list_programs",
    "stem": "stem_units",
    "logic": "logic_matrix_rotation",
    "instruction_following": "instruction_following_texts",
}
"""Domain -> its example in prorl/, and the warm start of the same name."""


@pytest.mark.parametrize("domain", EXAMPLES)
def test_the_example_of_a_domain_trains_and_is_evaluated_on_it(domain, shortened):
    config = shortened(EXAMPLES[domain])
    # Enough for prompts that are short enough.
    config.warm_start.vocabulary(vocabulary_prompts=100)
    algorithm = config.build_algo()
    try:
        results = [algorithm.train() for _ in range(2)]
    finally:
        algorithm.stop()
    before, after = results[0]["evaluation_initial"], results[1]["evaluation"]
    for evaluation in (before, after):
        assert evaluation["env_runners"]["domains"][domain]["num_tasks"] == 4
        assert evaluation["env_runners"]["verifier_error_share"] == 0
    assert set(results[1]["env_runners"]["domains"]) == {domain}


@pytest.mark.parametrize("example", EXAMPLES.values())
def test_the_warm_start_of_an_example_is_the_packaged_one(example):
    base, packaged = load_experiment(f"prorl/{example}").config.warm_start, load_experiment(f"warm_start/{example}")
    assert base.cache_key() == packaged.config.cache_key()
    assert packaged.stop["training_iteration"] * base.steps_per_iteration == base.num_steps


def test_no_example_is_called_like_a_module_that_others_import():
    # A copy of an example is run with its folder on the path of all processes.
    taken = {*sys.stdlib_module_names, *packages_distributions()}
    names = {Path(example).name.partition(".")[0] for example in packaged_examples()}
    assert names & taken == set()
