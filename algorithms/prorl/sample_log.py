"""A few prompts with completions and verdicts, for eyes: JSON lines and TensorBoard text."""

import json
from pathlib import Path
from typing import Any

from ray.rllib.env.single_agent_episode import SingleAgentEpisode
from tensorboardX import SummaryWriter

from prorl_rllib.algorithms.prorl.training_data import Group
from prorl_rllib.env_runners import columns
from prorl_rllib.evaluation.episode_facts import verdict_of

_COMPLETIONS_SHOWN = 2


class SampleLog:
    """Appends to `samples.jsonl` and to TensorBoard's text tab.

    Args:
        folder: The run's folder.
        interval: Iterations between two entries; None for none.
        prompts: Prompts an entry.
    """

    def __init__(self, folder: str | Path, *, interval: int | None, prompts: int) -> None:
        self._folder = Path(folder)
        self._interval = interval
        self._prompts = prompts
        self._writer: SummaryWriter | None = None

    @classmethod
    def of(cls, config: Any, folder: str | Path) -> "SampleLog":
        """Make the log that a config asks for.

        Args:
            config: A `ProRLConfig`.
            folder: The run's folder.
        """
        return cls(folder, interval=config.samples_log_interval, prompts=config.samples_log_prompts)

    def write(self, iteration: int, groups: list[Group]) -> None:
        """Write an entry if one is due.

        Args:
            iteration: Number of the iteration, from 1.
            groups: Sampled groups; the first ones are shown.
        """
        if self._interval is None or (iteration - 1) % self._interval:
            return
        entries = [_entry(iteration, group) for group in groups[: self._prompts]]
        with (self._folder / "samples.jsonl").open("a", encoding="utf-8") as file:
            file.writelines(json.dumps(entry, ensure_ascii=False, default=str) + "\n" for entry in entries)
        if self._writer is None:
            self._writer = SummaryWriter(logdir=str(self._folder))
        for number, entry in enumerate(entries):
            text = "\n\n".join([entry["prompt"], *(f"{c['reward']:.2f} {c['text']}" for c in entry["completions"])])
            self._writer.add_text(f"samples/{number}", text, iteration)

    def close(self) -> None:
        """Close TensorBoard's file."""
        if self._writer is not None:
            self._writer.close()


def _entry(iteration: int, group: Group) -> dict[str, Any]:
    infos = group[0].get_infos(0)
    return {
        "iteration": iteration,
        "task_id": infos.get(columns.TASK_ID),
        "domain": infos.get(columns.DOMAIN),
        "prompt": str(group[0].get_observations(0)),
        "completions": [_completion(episode) for episode in group[:_COMPLETIONS_SHOWN]],
    }


def _completion(episode: SingleAgentEpisode) -> dict[str, Any]:
    verdict = verdict_of(episode)
    return {
        "text": str(episode.get_actions(-1)),
        "reward": episode.get_return(),
        "finish_reason": episode.get_extra_model_outputs(columns.FINISH_REASON, -1),
        "verdict": None if verdict is None else verdict.model_dump(mode="json"),
    }
