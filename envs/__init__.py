"""Text environments with programmatic verifiers, for Gymnasium. Needs neither ray nor torch."""

from prorl_rllib.envs.domain import Domain, Draft, Score, domain_names, get_domain, register_domain
from prorl_rllib.envs.errors import EnvConfigError, TaskError, UnparseableAnswer, VerifierError
from prorl_rllib.envs.logic import LogicEnv
from prorl_rllib.envs.math import MathEnv
from prorl_rllib.envs.mixture import MixtureEnv
from prorl_rllib.envs.spaces import TextSpace
from prorl_rllib.envs.task import Task, Verdict
from prorl_rllib.envs.text_env import TextEnv, TextVectorEnv
from prorl_rllib.envs.verification import verify, verify_batch

__all__ = [
    "Domain",
    "Draft",
    "EnvConfigError",
    "LogicEnv",
    "MathEnv",
    "MixtureEnv",
    "Score",
    "Task",
    "TaskError",
    "TextEnv",
    "TextSpace",
    "TextVectorEnv",
    "UnparseableAnswer",
    "Verdict",
    "VerifierError",
    "domain_names",
    "get_domain",
    "register_domain",
    "verify",
    "verify_batch",
]
