"""The env runner that samples with vLLM."""

from ray.rllib.utils.annotations import override

from prorl_rllib.engines.selection import EngineChoice
from prorl_rllib.env_runners.runner_engine import RunnerEngine
from prorl_rllib.env_runners.text_env_runner import TextEnvRunner


class VLLMEnvRunner(TextEnvRunner):
    """A `TextEnvRunner` with vLLM, whatever `engine` says: one engine a runner.

    The engine lives in the runner's own process, or, with `engine_in_own_process`, in a process of its own, which is
    ended with the runner however that ends. In a Ray actor an engine that hangs ends the actor, and Ray starts another.
    """

    @override(TextEnvRunner)
    def make_engine(self) -> RunnerEngine:
        """Return a vLLM engine, not started yet."""
        choice = self.config.engine_choice
        if choice is None or choice.name != "vllm":
            choice = EngineChoice("vllm", "as the class of the env runners says")
        return self._engine_of(choice)
