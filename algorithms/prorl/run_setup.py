"""What a run has to know before its workers are built."""

from typing import Any

from pyarrow.fs import LocalFileSystem


def with_base_model(config: Any) -> Any:
    """Return the config with the path of its base model; a warm start that makes it runs here, once, and is cached.

    Args:
        config: A `ProRLConfig`.
    """
    if config.warm_start is None:
        return config
    from prorl_rllib.algorithms.warm_start import ensure_warm_start

    made = config.copy(copy_frozen=False)
    made.warm_started_model = ensure_warm_start(config.warm_start).path
    made.freeze()
    return made


def run_folder(algorithm: Any) -> str:
    """Return the trial's folder; `logdir` is a scratch folder of Ray's when Tune runs the trial.

    Args:
        algorithm: The trial's `Algorithm`.
    """
    storage = getattr(algorithm, "_storage", None)
    if storage is not None and isinstance(storage.storage_filesystem, LocalFileSystem):
        return str(storage.trial_fs_path)
    return str(algorithm.logdir)
