import importlib
import sys

import pytest

LIBRARIES = {
    "gem": ("gem", "gem-llm>=0.1,<0.2"),
    "nemo_gym": ("nemo_gym", "nemo-gym>=0.4,<0.5"),
    "openenv": ("openenv", "openenv>=0.10,<0.11"),
    "verifiers": ("verifiers", "verifiers>=0.4,<0.5"),
}


@pytest.mark.parametrize("adapter", LIBRARIES)
def test_an_adapter_without_its_library_names_the_package_and_the_tested_range(adapter, monkeypatch):
    library, requirement = LIBRARIES[adapter]
    module = f"prorl_rllib.interop.{adapter}"
    monkeypatch.delitem(sys.modules, module, raising=False)
    for name in [name for name in sys.modules if name.partition(".")[0] == library]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ImportError, match=f"{module} needs a library.*pip install '{requirement}'"):
        importlib.import_module(module)


def test_the_package_of_adapters_imports_none_of_their_libraries():
    import subprocess

    code = "import sys, prorl_rllib.interop.scoring; print(sorted(set(sys.modules) & set(sys.argv[1:])))"
    libraries = [library for library, _ in LIBRARIES.values()]
    ran = subprocess.run([sys.executable, "-c", code, *libraries], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
