"""Text environments with programmatic verifiers, for Gymnasium. Needs neither ray nor torch.

Names are imported on first use (PEP 562): registering the ids, which `import prorl_rllib` does, loads no domain.
"""

from typing import TYPE_CHECKING

from prorl_rllib.lazy_names import import_on_first_use

if TYPE_CHECKING:
    from prorl_rllib.envs.code import CodeEnv
    from prorl_rllib.envs.datasets import check_disjoint, load_tasks, save_tasks
    from prorl_rllib.envs.domain import Domain, Draft, Score, domain_names, get_domain, register_domain
    from prorl_rllib.envs.errors import EnvConfigError, TaskError, UnparseableAnswer, VerifierError
    from prorl_rllib.envs.instruction_following import InstructionFollowingEnv
    from prorl_rllib.envs.logic import LogicEnv
    from prorl_rllib.envs.math import MathEnv
    from prorl_rllib.envs.mixture import MixtureEnv
    from prorl_rllib.envs.spaces import TextSpace
    from prorl_rllib.envs.stem import STEMEnv
    from prorl_rllib.envs.task import Task, Verdict
    from prorl_rllib.envs.text_env import TextEnv, TextVectorEnv
    from prorl_rllib.envs.verification import verify, verify_batch

_MODULES = {
    "code": ("CodeEnv",),
    "datasets": ("check_disjoint", "load_tasks", "save_tasks"),
    "domain": ("Domain", "Draft", "Score", "domain_names", "get_domain", "register_domain"),
    "errors": ("EnvConfigError", "TaskError", "UnparseableAnswer", "VerifierError"),
    "instruction_following": ("InstructionFollowingEnv",),
    "logic": ("LogicEnv",),
    "math": ("MathEnv",),
    "mixture": ("MixtureEnv",),
    "spaces": ("TextSpace",),
    "stem": ("STEMEnv",),
    "task": ("Task", "Verdict"),
    "text_env": ("TextEnv", "TextVectorEnv"),
    "verification": ("verify", "verify_batch"),
}
"""Module of this package -> the public names it defines."""
_HOME = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "CodeEnv",
    "Domain",
    "Draft",
    "EnvConfigError",
    "InstructionFollowingEnv",
    "LogicEnv",
    "MathEnv",
    "MixtureEnv",
    "STEMEnv",
    "Score",
    "Task",
    "TaskError",
    "TextEnv",
    "TextSpace",
    "TextVectorEnv",
    "UnparseableAnswer",
    "Verdict",
    "VerifierError",
    "check_disjoint",
    "domain_names",
    "get_domain",
    "load_tasks",
    "register_domain",
    "save_tasks",
    "verify",
    "verify_batch",
]


__getattr__ = import_on_first_use(__name__, _HOME)
