"""A model that evaluations sample with, one after another: written out once, hashed once, its engine started once."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from prorl_rllib.algorithms import ProRLConfig
from prorl_rllib.cli.evaluate.checkpoint import SavedAlgorithm
from prorl_rllib.cli.evaluate.config import checkpoint_config, model_config
from prorl_rllib.cli.evaluate.header import model_facts
from prorl_rllib.cli.evaluate.options import EvaluateOptions
from prorl_rllib.cli.evaluate.policy import policy_folder
from prorl_rllib.env_runners.runner_engine import RunnerEngine
from prorl_rllib.env_runners.text_env_runner import TextEnvRunner


class OpenModel:
    """A checkpoint's policy, or a Hugging Face folder; what was made for one evaluation is kept for the next.

    Args:
        source: a ProRL checkpoint, or a Hugging Face folder.
    """

    def __init__(self, source: SavedAlgorithm | Path) -> None:
        self.source = source
        self._stack = ExitStack()
        self._engine: RunnerEngine | None = None

    def config(self, options: EvaluateOptions) -> ProRLConfig:
        """Return the config that the model comes with.

        Args:
            options: of an evaluation.

        Raises:
            CommandError: if a folder is given without an environment, or cannot be read.
        """
        if isinstance(self.source, SavedAlgorithm):
            return checkpoint_config(self.source)
        return model_config(self.source, options)

    @cached_property
    def folder(self) -> Path:
        """The Hugging Face folder; of a checkpoint it is there until `close`.

        Raises:
            CommandError: if the checkpoint cannot be read.
        """
        if isinstance(self.source, SavedAlgorithm):
            return self._stack.enter_context(policy_folder(self.source.folder, checkpoint_config(self.source)))
        return self.source

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What the file of samples says of the model, see `model_facts`."""
        return model_facts(self.source, self.folder)

    @contextmanager
    def engine_for(self, runner: TextEnvRunner) -> Iterator[None]:
        """Let a runner sample with the engine of the evaluation before, if it would start one like it.

        Args:
            runner: an env runner on `folder`, whose engine has not been started. What it has at the end is kept, unless
                the `with` block failed: then the runner closes it.
        """
        if self._engine is not None:
            kept, self._engine = self._engine, None
            if kept.is_like(own := runner.swap_engine(kept)):
                own.close()
            else:
                runner.swap_engine(own)
                kept.close()
        yield
        self._engine = runner.swap_engine(runner.make_engine())

    def close(self) -> None:
        """Close the engine, and remove what was written out."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None
        self._stack.close()

    def __enter__(self) -> Self:
        """Return the model."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the model."""
        self.close()
