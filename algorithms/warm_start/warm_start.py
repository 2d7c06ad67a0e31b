"""The warm start as an RLlib algorithm: supervised learning on worked solutions, no sampling."""

import time
from pathlib import Path
from typing import Any

from ray.rllib.algorithms.algorithm import Algorithm
from ray.rllib.core import DEFAULT_MODULE_ID
from ray.rllib.utils.annotations import override
from ray.rllib.utils.metrics import LEARNER_RESULTS, TIMERS

from prorl_rllib.algorithms.warm_start.config import WarmStartConfig
from prorl_rllib.algorithms.warm_start.model import create_initial_model
from prorl_rllib.algorithms.warm_start.solutions import check_dataset
from prorl_rllib.algorithms.warm_start.training_data import SolutionSampler, WarmStartData, prompt_texts
from prorl_rllib.engines.chat_tokenizer import ChatTokenizer
from prorl_rllib.rl_modules.export import export_hugging_face


class WarmStart(Algorithm):
    """Teaches a small random model to solve an environment's tasks, imperfectly.

    One training iteration takes `steps_per_iteration` optimizer steps; after `num_steps` in all the result says
    `done` and further iterations are refused.
    """

    @classmethod
    @override(Algorithm)
    def get_default_config(cls) -> WarmStartConfig:
        """Return the quick start's model and optimization."""
        return WarmStartConfig()

    @override(Algorithm)
    def setup(self, config: WarmStartConfig) -> None:
        """Train the tokenizer, draw the initial model, then build the learner.

        Args:
            config: The algorithm's config.

        Raises:
            ValueError: if a task of the environment has no solver.
        """
        env = self.env_creator(self.config.env_config)
        check_dataset(env.unwrapped.task(0))
        prompts = prompt_texts(env, self.config.vocabulary_prompts, self.config.seed)
        folder = create_initial_model(self.config, prompts, Path(self.logdir) / "initial_model")
        resolved = self.config.copy(copy_frozen=False)
        resolved.initial_model = str(folder)
        resolved.freeze()
        self.config = resolved
        self._sampler = SolutionSampler(env.unwrapped, ChatTokenizer(str(folder)), self.config)
        super().setup(self.config)

    @property
    def steps_taken(self) -> int:
        """Optimizer steps taken so far."""
        return self.iteration * self.config.steps_per_iteration

    @override(Algorithm)
    def training_step(self) -> None:
        """Write worked solutions, and learn them.

        Raises:
            RuntimeError: after the last step.
        """
        start = time.monotonic()
        first = self.steps_taken
        last = min(first + self.config.steps_per_iteration, self.config.num_steps)
        if first >= last:
            raise RuntimeError(f"the warm start is over: all num_steps={self.config.num_steps} steps were taken.")
        with self.metrics.log_time((TIMERS, "sample")):
            batches = [self._sampler.batch(step) for step in range(first, last)]
        with self.metrics.log_time((TIMERS, "update")):
            results = self.learner_group.update(training_data=WarmStartData(token_batches=batches), timesteps={})
        self.metrics.aggregate(results, key=LEARNER_RESULTS)
        tokens = sum(int(batch.tokens.numel()) for batch in batches)
        self.metrics.log_value(("warm_start", "tokens_per_s"), tokens / (time.monotonic() - start), window=1)
        self.metrics.log_value(("warm_start", "steps"), last, window=1)

    @override(Algorithm)
    def step(self) -> dict[str, Any]:
        """Run one iteration; the last one says that the run is done."""
        result = super().step()
        result["done"] = (self.iteration + 1) * self.config.steps_per_iteration >= self.config.num_steps
        return result

    def export(self, folder: str | Path) -> Path:
        """Write the model and its tokenizer as a Hugging Face folder.

        Args:
            folder: Must not exist.

        Returns:
            Its path.
        """
        module = self.get_module(DEFAULT_MODULE_ID)
        return export_hugging_face(module, str(self.config.initial_model), folder)

    def __repr__(self) -> str:
        """Return the name alone: it is the prefix of every line that Ray prints."""
        return "WarmStart"
