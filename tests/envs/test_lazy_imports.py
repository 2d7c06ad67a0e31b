import subprocess
import sys

import pytest

import prorl_rllib.envs
from prorl_rllib.envs.domain import BUILT_IN
from prorl_rllib.envs.registration import ENVIRONMENTS


def modules_after(code):
    """The modules of this package that are loaded after some code ran in a new process."""
    show = "import sys\nprint(*(name for name in sys.modules if name.startswith('prorl_rllib.envs')))"
    done = subprocess.run([sys.executable, "-c", f"{code}\n{show}"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_importing_the_package_registers_the_ids_and_loads_no_domain():
    code = "import gymnasium, prorl_rllib\nassert 'prorl/Math-v0' in gymnasium.registry"
    assert modules_after(code) == {"prorl_rllib.envs", "prorl_rllib.envs.registration"}


def test_a_domain_is_loaded_when_it_is_named_and_the_others_are_not():
    loaded = modules_after("from prorl_rllib.envs import domain_names, get_domain\ndomain_names()\nget_domain('math')")
    assert "prorl_rllib.envs.math.domain" in loaded
    assert not any(name.startswith(("prorl_rllib.envs.code", "prorl_rllib.envs.logic")) for name in loaded)


def test_every_public_name_is_there_and_a_wrong_one_is_not():
    for name in prorl_rllib.envs.__all__:
        assert getattr(prorl_rllib.envs, name).__name__ == name
    with pytest.raises(AttributeError, match="no_such_name"):
        prorl_rllib.envs.no_such_name  # noqa: B018 - looking it up is the test


def test_the_built_in_domains_are_those_of_the_environments():
    modules = {entry_point.partition(":")[0].rpartition(".")[2] for entry_point in ENVIRONMENTS.values()}
    assert modules - {"mixture"} == set(BUILT_IN)


def test_a_name_of_a_built_in_domain_cannot_be_taken_before_that_is_loaded():
    code = (
        "from prorl_rllib.envs import Domain, EnvConfigError, register_domain\nfrom pydantic import BaseModel\n"
        "class Mine(Domain):\n"
        "    name, reference_model = 'stem', BaseModel\n"
        "    def extract(self, response): return response\n"
        "    def scorer(self, reference, options): return None\n"
        "try:\n    register_domain(Mine())\n"
        "except EnvConfigError as error:\n    assert 'already registered' in str(error)\n"
        "else:\n    raise SystemExit('accepted')\n"
    )
    assert "prorl_rllib.envs.stem" in modules_after(code)
