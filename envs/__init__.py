"""Text environments with programmatic verifiers, for Gymnasium. Needs neither ray nor torch."""

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
