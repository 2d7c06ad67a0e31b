"""The 25 instructions of IFEval: what each takes, when a response follows it, how it is put into words."""

from prorl_rllib.envs.instruction_following.instructions.registry import INSTRUCTIONS, Asked, ask

__all__ = ["INSTRUCTIONS", "Asked", "ask"]
