"""The order of samples in their file: prompts ascend, and each that is there has all its samples, one after another."""

from pathlib import Path

from prorl_rllib.evaluation.sample_records import SampleRecord


class SampleOrder:
    """Checks the samples of a file one by one. The last prompt may lack samples: that is for the caller to judge.

    Args:
        path: The file, for the message.
        num_prompts: Prompts of the whole evaluation; one that does not fit the model's context has no samples.
        samples_per_prompt: Samples of each of the others.
    """

    def __init__(self, path: str | Path, num_prompts: int, samples_per_prompt: int) -> None:
        self._path = path
        self._num_prompts, self._samples_per_prompt = num_prompts, samples_per_prompt
        self._prompt, self._sample = -1, samples_per_prompt - 1

    def check(self, number: int, record: SampleRecord) -> None:
        """Check the next sample.

        Args:
            number: Number of its line, from 1.
            record: The sample.

        Raises:
            ValueError: if it does not follow on the one before, naming file, line, sample and prompt.
        """
        prompt, sample = record.prompt_index, record.sample_index
        if self._sample == self._samples_per_prompt - 1:
            follows = self._prompt < prompt < self._num_prompts and sample == 0
        else:
            follows = (prompt, sample) == (self._prompt, self._sample + 1)
        if not follows:
            raise ValueError(
                f"{self._path}, line {number} is sample {sample} of prompt {prompt}, which does not follow on "
                f"{self._before()} in an evaluation of {self._num_prompts} prompts with {self._samples_per_prompt} "
                "samples each: was the file edited?"
            )
        self._prompt, self._sample = prompt, sample

    def _before(self) -> str:
        """Name what was before."""
        return "the header" if self._prompt < 0 else f"sample {self._sample} of prompt {self._prompt}"
