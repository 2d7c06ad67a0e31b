"""ProRL for Ray RLlib: text environments with verifiers, and the algorithm that trains on them.

Importing this package registers the Gymnasium ids and nothing else; the names of the algorithm resolve on first use
(PEP 562), so that the environments stay usable without ray and torch.
"""

from typing import TYPE_CHECKING

from prorl_rllib.envs.registration import register_environments
from prorl_rllib.lazy_names import import_on_first_use

if TYPE_CHECKING:
    from prorl_rllib.algorithms import ProRL, ProRLConfig

__version__ = "0.1.0"

__all__ = ["ProRL", "ProRLConfig", "__version__"]

register_environments()

__getattr__ = import_on_first_use(__name__, {"ProRL": "algorithms", "ProRLConfig": "algorithms"})
