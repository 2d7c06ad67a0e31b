"""What the warm start learns from: worked solutions of the environment's train split, as padded token batches."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from ray.rllib.core.learner.training_data import TrainingData
from ray.rllib.utils.annotations import override
from torch import Tensor

from prorl_rllib.algorithms.warm_start.config import WarmStartConfig
from prorl_rllib.algorithms.warm_start.solutions import worked_solution
from prorl_rllib.engines.chat_tokenizer import ChatTokenizer
from prorl_rllib.envs import TextEnv

Example = tuple[list[int], list[int]]
"""Token ids of a prompt and of its worked solution."""


@dataclass(frozen=True)
class TokenBatch:
    """Prompts with worked solutions.

    Attributes:
        tokens: `[batch, time]` int64, padded on the right.
        completion_mask: `[batch, time]` bool, True on the solution's tokens, the end-of-turn token among them.
    """

    tokens: Tensor
    completion_mask: Tensor


@dataclass
class WarmStartData(TrainingData):
    """The batches of one `update`, one an optimizer step.

    Attributes:
        token_batches: The batches, in order.
    """

    token_batches: list[TokenBatch] = field(default_factory=list)

    @override(TrainingData)
    def validate(self) -> None:
        """Check that there is something to train on.

        Raises:
            ValueError: if there is no batch.
        """
        if not self.token_batches:
            raise ValueError("WarmStartData needs at least one batch.")

    @override(TrainingData)
    def solve_refs(self) -> None:
        """Do nothing: the batches are here already."""


class SolutionSampler:
    """Draws tasks of an environment and writes worked solutions for them; a function of (seed, step)."""

    def __init__(self, env: TextEnv, tokenizer: ChatTokenizer, config: WarmStartConfig) -> None:
        """Keep what batches are made of.

        Args:
            env: Its tasks must be of data sets that have a solver.
            tokenizer: Encodes prompts exactly as the env runners do.
            config: Batch size, mistake rates, seed and context length.
        """
        self._env = env
        self._tokenizer = tokenizer
        self._config = config

    def batch(self, step: int) -> TokenBatch:
        """Make the batch of an optimizer step.

        Args:
            step: Number of the step, from 0.

        Raises:
            ValueError: if a task has no solver, or a worked solution does not fit the context.
        """
        rng = random.Random(f"{self._config.seed}:{step}")
        examples = [self._example(rng) for _ in range(self._config.batch_size)]
        return pad(examples, self._tokenizer.pad_token_id)

    def _example(self, rng: random.Random) -> Example:
        """Draw a task and solve it, with the mistakes of its data set's rate."""
        _, info = self._env.reset(options={"task_index": rng.randrange(self._env.num_tasks)})
        task = self._env.task(info["task_index"])
        rate = self._config.mistake_rate_of(str(task.metadata.get("dataset")))
        prompt = self._tokenizer.encode_chat(info["messages"])
        solution = self._tokenizer.hf.encode(
            worked_solution(task, rng, rate, self._config.all_solvers()), add_special_tokens=False
        )
        solution = [*solution, self._tokenizer.stop_token_ids[0]]
        length = len(prompt) + len(solution)
        if length > self._config.max_position_embeddings:
            raise ValueError(
                f"task {task.task_id!r} and its worked solution take {length} tokens, more than "
                f"max_position_embeddings={self._config.max_position_embeddings}: raise it with "
                "model_architecture(max_position_embeddings=...), or choose easier tasks."
            )
        return prompt, solution


def pad(examples: Sequence[Example], pad_token_id: int) -> TokenBatch:
    """Put examples into one tensor, as wide as the longest.

    Args:
        examples: Prompts with solutions.
        pad_token_id: Fills up on the right.
    """
    width = max(len(prompt) + len(solution) for prompt, solution in examples)
    tokens = torch.full((len(examples), width), pad_token_id)
    mask = torch.zeros(tokens.shape, dtype=torch.bool)
    for row, (prompt, solution) in enumerate(examples):
        end = len(prompt) + len(solution)
        tokens[row, :end] = torch.tensor(prompt + solution)
        mask[row, len(prompt) : end] = True
    return TokenBatch(tokens, mask)


def vocabulary_texts(env: TextEnv, config: WarmStartConfig) -> list[str]:
    """Return what the tokenizer is trained on: the last user texts of some tasks, answer instructions included.

    Args:
        env: A text environment.
        config: How many, the seed that draws the tasks, and whether worked solutions without mistakes come on top.
    """
    rng = random.Random(f"vocabulary:{config.seed}")
    texts, solutions = [], []
    for _ in range(config.vocabulary_prompts):
        text, info = env.reset(options={"task_index": rng.randrange(env.num_tasks)})
        texts.append(text)
        if config.fragments_of_solutions:
            task = env.task(info["task_index"])
            solutions.append(worked_solution(task, random.Random(0), 0.0, config.all_solvers()))
    return texts + solutions
