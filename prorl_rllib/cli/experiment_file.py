"""Load an experiment: a Python file that defines `config`, and perhaps `stop` and `tune_config`."""

import importlib.util
import os
import pkgutil
import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from ray import cloudpickle, tune
from ray.rllib.algorithms.algorithm_config import AlgorithmConfig

from prorl_rllib.cli.errors import CommandError, describe
from prorl_rllib.cli.options import check_stop

EXAMPLES = "prorl_rllib.tuned_examples"
_NAME = re.compile(r"[A-Za-z_]\w*([./][A-Za-z_]\w*)*")


@dataclass(frozen=True)
class Experiment:
    """What an experiment file defines.

    Attributes:
        path: the file.
        config: the algorithm's configuration.
        stop: stop criteria; empty when the file has none.
        tune_config: sampling and scheduling of trials, or None.
    """

    path: Path
    config: AlgorithmConfig
    stop: dict[str, Any]
    tune_config: tune.TuneConfig | None

    @property
    def file_option(self) -> str:
        """What `rllib evaluate` needs to know what the file registers; empty for the packaged examples."""
        packaged = any(self.path.is_relative_to(Path(folder).resolve()) for folder in _example_folders())
        return "" if packaged else f" --file {shlex.quote(str(self.path))}"


def _example_folders() -> list[str]:
    """List the folders of the packaged examples."""
    package = importlib.util.find_spec(EXAMPLES)
    return list(package.submodule_search_locations or []) if package else []


def packaged_examples() -> list[str]:
    """List the ids of the experiments that ship with the package, such as `prorl/quickstart`."""
    modules = pkgutil.walk_packages(_example_folders(), f"{EXAMPLES}.")
    return sorted(m.name.removeprefix(f"{EXAMPLES}.").replace(".", "/") for m in modules if not m.ispkg)


def _module_file(name: str) -> Path | None:
    """Return the file of the importable module `name`, or None."""
    try:
        spec = importlib.util.find_spec(name)
    except ImportError:
        return None
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        return None
    return Path(spec.origin)


def resolve_experiment(reference: str) -> Path:
    """Find the file that `reference` names.

    Args:
        reference: a path, the id of a packaged example (`prorl/quickstart`), or a dotted module name.

    Returns:
        An existing Python file.

    Raises:
        CommandError: if there is no such file, or it is of another type.
    """
    path = Path(reference).expanduser()
    if path.suffix in (".yaml", ".yml"):
        raise CommandError(
            f"{reference}: YAML experiments are not supported in this version. Write the experiment as a .py file "
            "that defines `config` (and `stop`), and pass that."
        )
    if path.is_file():
        if path.suffix != ".py":
            raise CommandError(f"Unknown file type of {reference}: {path.suffix!r}; an experiment is a .py file.")
        return path.resolve()
    if path.is_dir():
        raise CommandError(f"{reference} is a folder; name one of the .py files in it.")
    if _NAME.fullmatch(reference) and path.suffix != ".py":
        dotted = reference.replace("/", ".")
        found = _module_file(f"{EXAMPLES}.{dotted}") or (_module_file(reference) if "/" not in reference else None)
        if found is not None:
            return found
    known = ", ".join(packaged_examples())
    raise CommandError(f"There is no experiment {reference!r}: no such file or module. Packaged examples: {known}.")


def _make_importable(folder: str) -> None:
    """Put a folder on the path of this process, as Python does with a script's, and of a Ray that it starts."""
    if folder not in sys.path:
        sys.path.insert(0, folder)
    given = os.environ.get("PYTHONPATH", "")
    if folder not in given.split(os.pathsep):
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (folder, given)))


def _load_module(path: Path) -> ModuleType:
    """Execute the file at `path` as a module of its own, which may import what lies beside it, as a script may."""
    name = f"rllib_experiment_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise CommandError(f"{path} cannot be loaded as a Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    _make_importable(str(path.parent))
    # Workers cannot import this file by name: what it defines travels to them by value. Known before it is executed,
    # because `register_env` pickles its function at once.
    cloudpickle.register_pickle_by_value(module)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        cloudpickle.unregister_pickle_by_value(module)
        del sys.modules[name]
        raise CommandError(f"{path} could not be loaded. {describe(error)}") from error
    return module


def load_experiment(reference: str) -> Experiment:
    """Load the experiment that `reference` names and check the types of what it defines.

    Args:
        reference: see `resolve_experiment`.

    Returns:
        The experiment.

    Raises:
        CommandError: if the file cannot be found, executed or understood.
    """
    path = resolve_experiment(reference)
    module = _load_module(path)
    config = getattr(module, "config", None)
    stop = getattr(module, "stop", None) or {}
    tune_config = getattr(module, "tune_config", None)
    if config is None:
        raise CommandError(
            f"{path} defines no `config`. It must set `config` to an AlgorithmConfig such as ProRLConfig()."
        )
    for name, value, kind in (
        ("config", config, AlgorithmConfig),
        ("stop", stop, dict),
        ("tune_config", tune_config, tune.TuneConfig | None),
    ):
        if not isinstance(value, kind):
            expected = getattr(kind, "__name__", "ray.tune.TuneConfig")
            raise CommandError(f"`{name}` in {path} is of type {type(value).__name__}; it must be of type {expected}.")
    check_stop(stop, f"`stop` in {path}")
    return Experiment(path=path, config=config, stop=stop, tune_config=tune_config)
