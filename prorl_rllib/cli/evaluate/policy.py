"""The policy alone, as a Hugging Face folder: no learner, no reference, no optimizer."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from ray.rllib.core import COMPONENT_LEARNER, COMPONENT_LEARNER_GROUP, COMPONENT_RL_MODULE, DEFAULT_MODULE_ID

from prorl_rllib.algorithms import ProRLConfig
from prorl_rllib.algorithms.prorl.checkpoints import require_complete
from prorl_rllib.cli.errors import CommandError, describe
from prorl_rllib.rl_modules.causal_lm_module import CausalLMModule
from prorl_rllib.rl_modules.export import export_hugging_face

_POLICY = Path(COMPONENT_LEARNER_GROUP, COMPONENT_LEARNER, COMPONENT_RL_MODULE, DEFAULT_MODULE_ID)


@contextmanager
def policy_folder(checkpoint: Path, config: ProRLConfig) -> Iterator[Path]:
    """Write a checkpoint's policy as a Hugging Face folder for the length of a `with` block.

    Args:
        checkpoint: a ProRL checkpoint.
        config: its config.

    Raises:
        CommandError: if the checkpoint is not whole, or the model it started from, whose architecture and tokenizer are
            needed, is not there.
    """
    with tempfile.TemporaryDirectory(prefix="rllib_evaluate_") as scratch:
        yield _export(checkpoint, config, Path(scratch) / "model")


def _export(checkpoint: Path, config: ProRLConfig, folder: Path) -> Path:
    """Write the policy into a folder."""
    # An adapter is merged into the frozen weights; a module for inference alone has no place for one.
    inference_only = config.lora is None
    try:
        require_complete(checkpoint)
        module = CausalLMModule.from_checkpoint(str(checkpoint / _POLICY), inference_only=inference_only)
        return export_hugging_face(cast(CausalLMModule, module), module.model_config["model"], folder)
    except (OSError, ValueError, RuntimeError, ImportError, KeyError) as error:
        raise CommandError(f"The policy of {checkpoint} could not be read. {describe(error)}") from error
