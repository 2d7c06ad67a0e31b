"""What the driver asks an env runner for: one prompt, to be answered by a whole group."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PromptRequest:
    """One prompt to sample a group of completions for.

    Attributes:
        group_id: Id of the group; it comes back in the infos of every episode of the group.
        task_index: Index of the task in the environment; None lets an environment without indexed tasks choose by
            `seed`.
        seed: Seed of the group: of `env.reset` and, with the index in the group, of the sampling.
    """

    group_id: str
    task_index: int | None
    seed: int
