"""The config of a language model's evaluation: that of a training, with what the command line changes."""

from pathlib import Path
from typing import Any

from prorl_rllib.algorithms import ProRLConfig
from prorl_rllib.algorithms.prorl.engine_checks import check_engine, with_engine
from prorl_rllib.algorithms.prorl.stages import stage_config, stage_number
from prorl_rllib.cli.console import say
from prorl_rllib.cli.errors import CommandError, describe
from prorl_rllib.cli.evaluate.checkpoint import SavedAlgorithm
from prorl_rllib.cli.evaluate.options import MODEL_FOLDER_PROMPTS, TEMPERATURE, TOP_P, EvaluateOptions
from prorl_rllib.engines.engine_classes import engine_parameters
from prorl_rllib.engines.model_loading import load_config
from prorl_rllib.env_runners.text_env_runner import TextEnvRunner
from prorl_rllib.env_runners.vllm_env_runner import VLLMEnvRunner

# The weights are those of the folder; an engine that waited for others would sample with random ones.
_ALWAYS_LEFT_OUT = ("load_weights_from_model",)
_DTYPES = ("float32", "bfloat16")


def model_config(folder: Path, options: EvaluateOptions) -> ProRLConfig:
    """Return the config for a Hugging Face folder.

    Args:
        folder: the model.
        options: of the command line.

    Raises:
        CommandError: if no environment is given, or the model's config cannot be read.
    """
    if options.env is None:
        raise CommandError(
            f"{folder} is a model and names no environment: add --env, such as --env prorl/Math-v0 (`rllib envs` lists "
            "them)."
        )
    try:
        text = load_config(str(folder)).get_text_config()
    except (OSError, ValueError) as error:
        raise CommandError(f"The model {folder} cannot be read. {describe(error)}") from error
    config = ProRLConfig().environment(options.env)
    dtype = str(getattr(text, "dtype", None)).removeprefix("torch.")
    config.model_dtype = dtype if dtype in _DTYPES else "float32"
    config.evaluation_duration = MODEL_FOLDER_PROMPTS
    # Half of a short context is left to the prompts.
    context = getattr(text, "max_position_embeddings", None) or 2 * config.max_completion_length
    config.max_completion_length = max(1, min(config.max_completion_length, context // 2))
    return config


def checkpoint_config(saved: SavedAlgorithm) -> ProRLConfig:
    """Return the config that was in force when a ProRL checkpoint was written: that of the run, and its stages.

    Args:
        saved: the checkpoint.
    """
    stages: list[Any] = saved.config.training_stages
    config: ProRLConfig = stage_config(saved.config, stages[: stage_number(stages, saved.iteration or 0)])
    return config


def evaluation_config(config: ProRLConfig, model: Path, env: Any, options: EvaluateOptions) -> ProRLConfig:
    """Return the config of an evaluation in this process, its engine chosen.

    Args:
        config: that of the checkpoint, or of the model's folder; it is not changed.
        model: the Hugging Face folder of the policy.
        env: the environment and its `env_config`.
        options: of the command line.

    Raises:
        CommandError: if the engine cannot be had, or does not take one of its arguments.
    """
    made = config.copy(copy_frozen=False)
    made.env, made.env_config = env
    made.evaluation_config = None
    made.warm_start, made.warm_started_model, made.model_name_or_path = None, None, str(model)
    made.num_env_runners, made.num_gpus_per_env_runner = 0, 0
    made.engine_in_own_process, made.sleep_between_rollouts, made.weight_transfer = None, False, "object_store"
    if made.env_runner_cls is VLLMEnvRunner:
        # That class has vLLM whatever `engine` says; which engine there is here may be another.
        made.env_runner_cls = TextEnvRunner
    _set_sampling(made, options)
    made.engine = options.engine or made.engine
    try:
        return _with_engine(made, options.engine_config or {})
    except (ValueError, ImportError, OSError) as error:
        raise CommandError(describe(error)) from error


def _set_sampling(config: ProRLConfig, options: EvaluateOptions) -> None:
    """Set how completions are sampled."""
    config.evaluation_temperature = TEMPERATURE if options.temperature is None else options.temperature
    config.evaluation_top_p = TOP_P if options.top_p is None else options.top_p
    config.evaluation_samples_per_prompt = options.ks[-1] if options.ks else 1
    config.evaluation_duration = options.episodes or config.evaluation_duration
    config.max_completion_length = options.max_completion_length or config.max_completion_length


def _with_engine(config: ProRLConfig, given: dict[str, Any]) -> ProRLConfig:
    """Choose the engine; of the arguments a training had, those that the one chosen here does not take are left out."""
    of_training = config.engine_config
    sizes = {key: value for key, value in of_training.items() if key == "max_num_seqs"}
    config.engine_config = {**sizes, **given}
    check_engine(config)
    choice = with_engine(config).engine_choice
    taken = engine_parameters(choice.name) - set(_ALWAYS_LEFT_OUT)
    left_out = sorted(of_training.keys() - taken - given.keys())
    if left_out:
        say(f"Of the training's engine_config, the {choice.name} engine here does without {', '.join(left_out)}.")
    config.engine_config = {**{key: value for key, value in of_training.items() if key in taken}, **given}
    check_engine(config)
    chosen: ProRLConfig = with_engine(config)
    return chosen
