"""Find the experiment that a command names, and load it: Python or YAML, a file here, in the package or on the web."""

import importlib.util
import os
import re
import shlex
import sys
from pathlib import Path
from types import ModuleType

from ray import cloudpickle, tune
from ray.rllib.algorithms.algorithm_config import AlgorithmConfig

from prorl_rllib.cli.errors import CommandError, describe
from prorl_rllib.cli.examples import example_file, example_folders, packaged_examples
from prorl_rllib.cli.experiment.download import fetch, is_url
from prorl_rllib.cli.experiment.experiment import Experiment, folder_name
from prorl_rllib.cli.experiment.experiment_yaml import load_yaml_experiments
from prorl_rllib.cli.paths import user_path
from prorl_rllib.cli.training.options import check_stop
from prorl_rllib.envs.settings import did_you_mean

SUFFIXES = (".py", ".yaml", ".yml")
_NAME = re.compile(r"[A-Za-z_]\w*([./][A-Za-z_]\w*)*")


def _module_file(name: str) -> Path | None:
    """Return the file of the importable module `name`, or None."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return None
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        return None
    return Path(spec.origin)


def resolve_experiment(reference: str) -> Path:
    """Find the file that `reference` names.

    Args:
        reference: a path, the id of a packaged example (`prorl/quickstart`), a dotted module name, or a URL, which is
            fetched.

    Returns:
        An existing Python or YAML file.

    Raises:
        CommandError: if there is no such file, it is of another type, or it cannot be fetched.
    """
    if is_url(reference):
        return _known_type(fetch(reference), reference)
    path = user_path(reference, "the experiment")
    if path.is_file():
        return _known_type(path.resolve(), reference)
    if path.is_dir():
        raise CommandError(f"{reference} is a folder; name one of the .py or .yaml files in it.")
    if found := example_file(reference) or _packaged_module(reference):
        return found
    known = packaged_examples()
    near = did_you_mean(reference, known)
    raise CommandError(
        f"There is no experiment {reference!r}: no such file, example or module{near}. Packaged examples: "
        f"{', '.join(known)}."
    )


def _known_type(path: Path, reference: str) -> Path:
    """Refuse other types of files."""
    if path.suffix not in SUFFIXES:
        raise CommandError(
            f"Unknown file type of {reference}: {path.suffix!r}; an experiment is a .py, .yaml or .yml file."
        )
    return path


def _packaged_module(reference: str) -> Path | None:
    """Return the file of a module that is named with dots, the packaged examples first; None if there is none."""
    if not _NAME.fullmatch(reference) or "/" in reference or reference.endswith(SUFFIXES):
        return None
    return example_file(reference.replace(".", "/")) or _module_file(reference)


def _is_packaged(path: Path) -> bool:
    """Whether a file is one of the packaged examples."""
    return any(path.is_relative_to(folder.resolve()) for folder in example_folders())


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
    # The packaged ones import each other by their full names, and some are called like modules of others.
    if not _is_packaged(path.resolve()):
        _make_importable(str(path.parent))
    # Workers cannot import this file by name: what it defines travels to them by value. Known before it is executed,
    # because `register_env` pickles its function at once.
    cloudpickle.register_pickle_by_value(module)
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit, GeneratorExit) as error:
        cloudpickle.unregister_pickle_by_value(module)
        del sys.modules[name]
        raise CommandError(f"{path} could not be loaded. {describe(error)}") from error
    return module


def load_experiments(reference: str) -> list[Experiment]:
    """Load what `reference` names: one experiment of a Python file, or those of a YAML file.

    Args:
        reference: see `resolve_experiment`.

    Raises:
        CommandError: if the file cannot be found, executed or understood.
    """
    path = resolve_experiment(reference)
    if path.suffix == ".py":
        return [_load_python(path, reference)]
    return load_yaml_experiments(path, reference if is_url(reference) else str(path))


def load_experiment(reference: str) -> Experiment:
    """Load the one experiment that `reference` names.

    Args:
        reference: see `resolve_experiment`.

    Raises:
        CommandError: if the file cannot be found, executed or understood, or holds several.
    """
    experiments = load_experiments(reference)
    if len(experiments) > 1:
        names = ", ".join(experiment.name for experiment in experiments)
        raise CommandError(f"{reference} holds {len(experiments)} experiments ({names}); expected is one.")
    return experiments[0]


def _load_python(path: Path, reference: str) -> Experiment:
    """Execute a Python file and check the types of what it defines."""
    module, source = _load_module(path), reference if is_url(reference) else str(path)
    config = getattr(module, "config", None)
    if config is None:
        raise CommandError(
            f"{path} defines no `config`. It must set `config` to an AlgorithmConfig such as ProRLConfig()."
        )
    stop, tune_config = getattr(module, "stop", None) or {}, getattr(module, "tune_config", None)
    report = getattr(module, "report", None)
    _check_types(path, config=config, stop=stop, tune_config=tune_config, report=report)
    check_stop(stop, f"`stop` in {path}")
    return Experiment(
        name=folder_name(path.stem),
        source=source,
        config=config,
        stop=stop,
        tune_config=tune_config,
        report=report,
        file_option="" if _is_packaged(path) else f" --file {shlex.quote(source)}",
    )


def _check_types(path: Path, *, config: object, stop: object, tune_config: object, report: object) -> None:
    """Refuse what is of another type than it must be."""
    for name, right, value, expected in (
        ("config", isinstance(config, AlgorithmConfig), config, "AlgorithmConfig"),
        ("stop", isinstance(stop, dict), stop, "dict"),
        ("tune_config", isinstance(tune_config, tune.TuneConfig | None), tune_config, "ray.tune.TuneConfig"),
        ("report", report is None or callable(report), report, "function"),
    ):
        if not right:
            raise CommandError(f"`{name}` in {path} is of type {type(value).__name__}; it must be of type {expected}.")
