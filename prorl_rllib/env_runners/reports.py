"""What an env runner answers to the driver. Failures travel in the answer: RLlib would only log an exception."""

import traceback
from dataclasses import dataclass, field
from typing import Self

from ray.rllib.env.single_agent_episode import SingleAgentEpisode

from prorl_rllib.engines.remote_errors import describe, rebuild


@dataclass(frozen=True)
class Failure:
    """An exception on its way to the driver.

    Attributes:
        kind: Name of its class (see `remote_errors`).
        text: Its message.
        where: Its traceback.
    """

    kind: str
    text: str
    where: str

    @classmethod
    def of(cls, error: Exception) -> Self:
        """Describe an exception that is being handled.

        Args:
            error: The exception.
        """
        return cls(*describe(error), traceback.format_exc())

    def rebuild(self) -> Exception:
        """Make the exception again, with the runner's traceback as a note."""
        return rebuild(self.kind, self.text, f"On the env runner:\n{self.where}")


@dataclass(frozen=True)
class EngineLoss:
    """An engine that died, was killed or hung.

    Attributes:
        text: What happened.
        spoils_process: True if it lived in the runner's own process, which has to end with it.
    """

    text: str
    spoils_process: bool


@dataclass(frozen=True)
class SampleReport:
    """What came of sampling.

    Attributes:
        episodes: The episodes, in the order of the prompts.
        too_long: Group ids of the prompts that do not fit the model's context.
        error: Traceback of an exception, empty if there was none. RLlib would only log it, wait and restart the actor,
            and a plain bug would loop for ever.
        stale: True if the runner did not sample because it holds other weights than asked for.
        loss: The loss of the engine, if that is what ended the sampling; nothing of it is kept.
    """

    episodes: list[SingleAgentEpisode] = field(default_factory=list)
    too_long: list[str] = field(default_factory=list)
    error: str = ""
    stale: bool = False
    loss: EngineLoss | None = None


@dataclass(frozen=True)
class EngineReport:
    """What came of starting an engine, loading weights into it, or letting it sleep.

    Attributes:
        failure: An exception that no repetition would mend.
        loss: The loss of the engine.
    """

    failure: Failure | None = None
    loss: EngineLoss | None = None
