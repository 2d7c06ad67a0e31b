"""What `rllib doctor` looks at in a model: its chat template, the engine that would sample it, and room for it."""

from pathlib import Path

from prorl_rllib.cli.doctor.diagnosis import Finding

QUESTION = {"role": "user", "content": "What is 2 + 2?"}
CONFIG = "config.json"
TOKENIZER = ("tokenizer.json", "tokenizer.model", "vocab.json")
SHOWN_CHARS = 200


def engine(model: str | None) -> Finding:
    """Say which engine `engine="auto"` would take, and why.

    Args:
        model: a folder or Hugging Face id; None if unknown, then for a large one.
    """
    import torch

    from prorl_rllib.algorithms.prorl.engine_checks import head_size
    from prorl_rllib.algorithms.prorl.preflight import count_parameters
    from prorl_rllib.engines.selection import choose_engine
    from prorl_rllib.engines.vllm_engine import DEFAULT_MAX_NUM_SEQS

    readable = model is not None and (Path(model).expanduser() / CONFIG).is_file()
    folder = Path(model or "").expanduser()
    choice = choose_engine(
        "auto",
        num_parameters=count_parameters(folder) if readable else None,
        max_num_seqs=DEFAULT_MAX_NUM_SEQS,
        accelerator="cuda" if torch.cuda.is_available() else "cpu",
        head_size=head_size(folder) if readable else None,
    )
    return Finding("engine", "ok", f"engine='auto' takes {choice.name}: {choice.reason}")


def chat_template(model: str | None) -> Finding:
    """Render one message with a model's chat template.

    Args:
        model: a folder or Hugging Face id.
    """
    from prorl_rllib.engines.chat_tokenizer import ChatTokenizer

    try:
        tokenizer = ChatTokenizer(model or "")
        ids = tokenizer.encode_chat([QUESTION])
    except (OSError, ValueError) as error:
        lacking = missing_files(Path(model or "").expanduser())
        advice = f"the folder lacks {', '.join(lacking)}" if lacking else ""
        return Finding("chat template", "problem", str(error), advice)
    text = tokenizer.hf.decode(ids)
    return Finding("chat template", "ok", f"{QUESTION['content']!r} is {len(ids)} tokens: {text[:SHOWN_CHARS]!r}")


def missing_files(folder: Path) -> list[str]:
    """Name what a model's folder lacks, for a message; nothing for what is no folder here.

    Args:
        folder: of the model.
    """
    if not folder.is_dir():
        return []
    lacking = [] if (folder / CONFIG).exists() else [CONFIG]
    if not any((folder / name).exists() for name in TOKENIZER):
        lacking.append(" or ".join(TOKENIZER))
    if not any(folder.glob("*.safetensors")):
        lacking.append("*.safetensors")
    return lacking


def room(model: str | None, storage_path: str | None) -> Finding:
    """Compare what training a model takes, with the default settings, with this machine's memory and disk.

    Args:
        model: a folder or Hugging Face id.
        storage_path: where checkpoints go; None for the default.
    """
    from prorl_rllib.algorithms import ProRLConfig
    from prorl_rllib.algorithms.prorl.preflight import NotEnoughError, check_room
    from prorl_rllib.cli.training.storage import DEFAULT_STORAGE, is_remote

    name, where = "memory for the model", storage_path or DEFAULT_STORAGE
    folder = Path.cwd() if is_remote(where) else Path(where).expanduser()
    try:
        needs, tight = check_room(ProRLConfig(), Path(model or "").expanduser(), folder)
    except NotEnoughError as error:
        return Finding(name, "warning", str(error))
    if not needs:
        return Finding(name, "ok", "not known: the model's weights are not in a folder on this machine")
    return Finding(name, "warning" if tight else "ok", needs, " ".join(tight))
