"""The warm start as an RLlib algorithm: supervised learning on worked solutions, no sampling."""

import time
from pathlib import Path
from typing import Any

from ray.rllib.algorithms.algorithm import Algorithm
from ray.rllib.utils.annotations import override
from ray.rllib.utils.checkpoints import Checkpointable
from ray.rllib.utils.metrics import LEARNER_RESULTS, TIMERS

from prorl_rllib.algorithms.warm_start.config import WarmStartConfig
from prorl_rllib.algorithms.warm_start.model import create_initial_model
from prorl_rllib.algorithms.warm_start.solutions import check_dataset
from prorl_rllib.algorithms.warm_start.training_data import SolutionSampler, WarmStartData, vocabulary_texts
from prorl_rllib.engines.chat_tokenizer import ChatTokenizer
from prorl_rllib.envs import TextEnv


class WarmStart(Algorithm):
    """Teaches a small random model to solve an environment's tasks, imperfectly.

    One training iteration takes `steps_per_iteration` optimizer steps; after `num_steps` in all the result says
    `done` and further iterations are refused.
    """

    config: WarmStartConfig

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
            ValueError: if a task of the environment has no solver, or it is no text environment.
        """
        env = self._make_env()
        check_dataset(env.task(0), self.config.all_solvers())
        texts = vocabulary_texts(env, self.config)
        folder = create_initial_model(self.config, texts, Path(self.logdir) / "initial_model")
        resolved = self.config.copy(copy_frozen=False)
        resolved.initial_model = str(folder)
        resolved.freeze()
        self.config = resolved
        self._sampler = SolutionSampler(env, ChatTokenizer(str(folder)), self.config)
        super().setup(self.config)

    def _make_env(self) -> TextEnv:
        """Make the environment; its wrappers have no tasks, so they come off."""
        env = self.env_creator(self.config.env_config).unwrapped
        if not isinstance(env, TextEnv):
            raise ValueError(
                f"env={self.config.env!r} makes a {type(env).__name__}; the warm start needs a TextEnv, whose "
                "tasks it can solve, such as 'prorl_rllib:prorl/Math-v0'."
            )
        return env

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

    @override(Algorithm)
    def restore_from_path(self, path: str | Path, *args: Any, **kwargs: Any) -> None:
        """Restore a checkpoint; RLlib's own method then syncs env runners, of which there are none.

        Args:
            path: The checkpoint.
            *args: As RLlib's.
            **kwargs: As RLlib's.
        """
        Checkpointable.restore_from_path(self, path, *args, **kwargs)

    def export(self, folder: str | Path) -> Path:
        """Write the model and its tokenizer as a Hugging Face folder.

        Args:
            folder: Must not exist.

        Returns:
            Its path.
        """
        results = self.learner_group.foreach_learner(lambda learner: learner.export(folder))
        return next(result.get() for result in results)

    def __repr__(self) -> str:
        """Return the name alone: it is the prefix of every line that Ray prints."""
        return "WarmStart"
