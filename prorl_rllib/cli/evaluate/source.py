"""Tell a checkpoint of an RLlib algorithm from a Hugging Face model folder, by what the folder holds."""

from pathlib import Path

from prorl_rllib.cli.errors import CommandError
from prorl_rllib.cli.paths import user_path

MARKERS = ("rllib_checkpoint.json", "algorithm_state.pkl")
MODEL_CONFIG = "config.json"
WEIGHTS = ("*.safetensors", "pytorch_model*.bin")
TOKENIZERS = ("tokenizer.json", "tokenizer_config.json", "tokenizer.model", "vocab.json")
# In a trial's folder, an experiment's, and one of experiments: to look through a whole disk would take minutes.
_CHECKPOINTS = tuple(f"{above}checkpoint_*/rllib_checkpoint.json" for above in ("", "*/", "*/*/"))


def find_source(path: str) -> Path:
    """Make sure that a path is one of the two kinds of folders.

    Args:
        path: a folder on this machine.

    Returns:
        The absolute folder.

    Raises:
        CommandError: if it does not exist or is something else; checkpoints found in it are named.
    """
    folder = user_path(path, "the checkpoint").absolute()
    if not folder.exists():
        raise CommandError(
            f"There is no checkpoint at {folder}, and no model folder. Name the folder that a training printed at its "
            "end; a model of the Hugging Face hub has to be downloaded first (hf download MODEL --local-dir FOLDER)."
        )
    if is_model_folder(folder):
        _check_model_folder(folder)
        return folder
    missing = [name for name in MARKERS if not (folder / name).is_file()]
    if missing:
        raise CommandError(_what_it_is_not(folder, missing))
    return folder


def is_model_folder(folder: Path) -> bool:
    """Whether a folder holds a Hugging Face model.

    Args:
        folder: any folder.
    """
    return (folder / MODEL_CONFIG).is_file() and not any((folder / name).is_file() for name in MARKERS)


def _check_model_folder(folder: Path) -> None:
    """Refuse a model that lacks its weights or its tokenizer."""
    if not any(True for pattern in WEIGHTS for _ in folder.glob(pattern)):
        raise CommandError(f"{folder} has a {MODEL_CONFIG} but no weights ({' or '.join(WEIGHTS)}).")
    if not any((folder / name).is_file() for name in TOKENIZERS):
        raise CommandError(
            f"{folder} has no tokenizer ({', '.join(TOKENIZERS)}): put the one of the model it was trained from beside "
            "its weights."
        )


def _what_it_is_not(folder: Path, missing: list[str]) -> str:
    """Say why a folder is refused, and what it may be about."""
    message = (
        f"{folder} is not a checkpoint of an RLlib algorithm: it has no {' and no '.join(missing)}; nor a Hugging Face "
        f"model folder: it has no {MODEL_CONFIG}."
    )
    inside = sorted(marker.parent for pattern in _CHECKPOINTS for marker in folder.glob(pattern))
    if inside:
        return f"{message} The newest checkpoint in it is {inside[-1]}"
    return f"{message} Expected a folder such as checkpoint_000000."
