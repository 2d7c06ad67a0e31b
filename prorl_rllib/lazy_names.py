"""Public names of a package that are imported on first use (PEP 562)."""

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any


def import_on_first_use(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """Return what a package takes as its `__getattr__`.

    Args:
        package: its name.
        homes: public name -> the module of the package that defines it.
    """

    def load(name: str) -> Any:
        """Import the module of a public name.

        Raises:
            AttributeError: if `name` is no public name of the package.
        """
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{package}.{homes[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return load
