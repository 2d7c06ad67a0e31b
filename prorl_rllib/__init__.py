"""ProRL for Ray RLlib: text environments with verifiers, and the algorithm that trains on them.

Importing this package registers the Gymnasium ids and nothing else; the names of the algorithm resolve on first use
(PEP 562), so that the environments stay usable without ray and torch.
"""

from typing import Any

from prorl_rllib.envs.registration import register_environments

__version__ = "0.1.0"

_LAZY = ("ProRL", "ProRLConfig")

__all__ = ["ProRL", "ProRLConfig", "__version__"]

register_environments()


def __getattr__(name: str) -> Any:
    """Resolve the algorithm's names on first use.

    Raises:
        AttributeError: if `name` is not a public name of the package.
    """
    if name in _LAZY:
        from prorl_rllib import algorithms

        return getattr(algorithms, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
