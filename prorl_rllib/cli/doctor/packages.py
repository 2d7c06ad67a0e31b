"""What `rllib doctor` looks at in the installation: the versions, and whether it is this installation that is used."""

import importlib.util
import platform
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from prorl_rllib.cli.doctor.diagnosis import Finding

DISTRIBUTION = "prorl-rllib"
NEEDED_EXTRA = "rllib"
"""What the command needs; the other extras are additions."""
TOOLS_EXTRA = "dev"
OF_INTEREST_IN_TOOLS = ("trl",)
"""Packages of the developers' extra that are no tools of theirs: other trainers, whose use is tested."""


def versions() -> Iterator[Finding]:
    """Compare Python and each package with the versions that this installation was made and tested for."""
    try:
        own = metadata.distribution(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        yield Finding(
            DISTRIBUTION,
            "problem",
            "its code is found, but it is not installed",
            "install it, `make setup` or `pip install '.[rllib]'` in a clone: a bare PYTHONPATH does not do",
        )
        return
    yield Finding(DISTRIBUTION, "ok", f"{own.version}, {_package_folder()}")
    yield compare("python", platform.python_version(), SpecifierSet(own.metadata["Requires-Python"] or ""))
    for requirement, extra in wanted(own.requires or []):
        yield of_package(requirement, extra)


def wanted(requires: list[str]) -> list[tuple[Requirement, str]]:
    """Return the packages to look at, each once, with the extra that it belongs to; "" for the base install.

    Args:
        requires: the requirements in the form of the package's metadata.
    """
    found: dict[str, tuple[Requirement, str]] = {}
    for requirement in map(Requirement, requires):
        extra = _extra_of(requirement)
        if extra != TOOLS_EXTRA or requirement.name in OF_INTEREST_IN_TOOLS:
            found.setdefault(requirement.name, (requirement, extra))
    return list(found.values())


def of_package(requirement: Requirement, extra: str) -> Finding:
    """Compare one package with its range of tested versions.

    Args:
        requirement: name and range.
        extra: the extra that it belongs to; "" for the base install.
    """
    name = requirement.name
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        if extra in ("", NEEDED_EXTRA):
            return Finding(name, "problem", "not installed", f"pip install '{requirement.name}{requirement.specifier}'")
        return Finding(name, "ok", f"not installed; optional (extra {extra!r})")
    return compare(name, version, requirement.specifier)


def compare(name: str, version: str, tested: SpecifierSet) -> Finding:
    """Compare a version with a range.

    Args:
        name: of the package.
        version: the installed one.
        tested: the range.
    """
    if tested.contains(version, prereleases=True):
        return Finding(name, "ok", version)
    return Finding(
        name,
        "warning",
        f"{version}, outside of the tested range {tested}",
        f"pip install '{name}{tested}'" if name != "python" else "make setup PYTHON=... takes another Python",
    )


def working_directory() -> Finding:
    """Look for a folder here that hides the installation from a Python that is started here."""
    here, installed = Path.cwd() / "prorl_rllib", _package_folder()
    if not here.is_dir() or (installed is not None and here.resolve() == installed.resolve()):
        return Finding("working directory", "ok", f"{Path.cwd()}: nothing in it hides the installation")
    return Finding(
        "working directory",
        "warning",
        f"{here} hides the installed package ({installed}) from a Python that is started here",
        "start scripts from another folder, or rename that one",
    )


def _package_folder() -> Path | None:
    """Return the folder that the running package is from."""
    spec = importlib.util.find_spec("prorl_rllib")
    return Path(spec.origin).parent if spec is not None and spec.origin is not None else None


def _extra_of(requirement: Requirement) -> str:
    """Return the extra in a requirement's marker; "" if it has none."""
    marker = str(requirement.marker or "")
    return marker.partition("extra ==")[2].split("and")[0].strip(" \"')") if "extra ==" in marker else ""
