"""Data sets of the Hugging Face hub, fetched into its own cache."""

import re
from pathlib import Path

from prorl_rllib.envs.datasets.files import SUFFIXES
from prorl_rllib.envs.errors import EnvConfigError

HUB_ID = re.compile(r"(?P<id>[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)(@(?P<revision>[\w./-]+))?")


def is_hub_id(path: str) -> bool:
    """Tell whether a path that does not exist names a data set of the hub: "org/name" or "org/name@revision".

    A path into an existing folder, or one that ends like a data file, is a local file that is missing.
    """
    return bool(HUB_ID.fullmatch(path)) and not path.endswith(SUFFIXES) and not Path(path).parent.exists()


def fetch(hub_id: str, patterns: tuple[str, ...]) -> Path:
    """Fetch the files of a data set and return the folder they lie in; what is in the cache is not fetched again.

    Args:
        hub_id: "org/name" or "org/name@revision".
        patterns: of the files that are wanted; all data files when empty.

    Raises:
        EnvConfigError: when `huggingface_hub` is not installed, or the data set cannot be fetched.
    """
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError
    except ImportError as error:
        raise EnvConfigError(
            f"{hub_id}: no such file or folder; to fetch it as a data set of the Hugging Face hub, "
            f"pip install huggingface_hub, or give the path of a local copy"
        ) from error
    found = HUB_ID.fullmatch(hub_id)
    assert found is not None
    wanted = list(patterns) or [f"*{suffix}" for suffix in SUFFIXES]
    try:
        folder = snapshot_download(found["id"], repo_type="dataset", revision=found["revision"], allow_patterns=wanted)
    except (HfHubHTTPError, OSError, ValueError) as error:
        raise EnvConfigError(
            f"{hub_id}: no such file or folder, and it cannot be fetched from the Hugging Face hub "
            f"({type(error).__name__}: {' '.join(f'{error}'.split())[:300]}): give the path of a local copy, or log in "
            f"if it is gated"
        ) from error
    return Path(folder)
