"""Evaluate a language model: pass@k on held-out tasks, in this process and without Ray."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any

from prorl_rllib.algorithms import ProRLConfig
from prorl_rllib.algorithms.prorl.rollout import RolloutOrder, make_order
from prorl_rllib.cli.console import say
from prorl_rllib.cli.errors import FAILURE, CommandError, describe
from prorl_rllib.cli.evaluate.config import evaluation_config
from prorl_rllib.cli.evaluate.env import AnyEnv, env_creator, make_held_out_env
from prorl_rllib.cli.evaluate.header import sample_header
from prorl_rllib.cli.evaluate.open_model import OpenModel
from prorl_rllib.cli.evaluate.options import EvaluateOptions
from prorl_rllib.cli.evaluate.progress import SamplingProgress, say_left_out, show_figures
from prorl_rllib.cli.evaluate.resume import Beginning, find_beginning
from prorl_rllib.cli.evaluate.samples_out import claimed_samples, open_samples, where_samples_are, write_samples
from prorl_rllib.engines.engine_start import USERS_TO_FIX
from prorl_rllib.env_runners.prompt_request import PromptRequest
from prorl_rllib.env_runners.text_env_runner import TextEnvRunner
from prorl_rllib.evaluation.held_out_prompts import EVALUATION_SEED, evaluation_prompts
from prorl_rllib.evaluation.held_out_sampling import SampledPrompt, sample_held_out
from prorl_rllib.evaluation.sample_figures import ALL, SampleTally
from prorl_rllib.evaluation.sample_records import records_of


@dataclass(frozen=True)
class Evaluation:
    """An evaluation that is ready to begin.

    Attributes:
        runner: the env runner, its engine started.
        config: the config in force.
        prompts: what it is asked.
        order: how it is sampled.
        ks: the k of pass@k.
        header: the settings, for the file of samples.
        beginning: what an earlier call has left.
    """

    runner: TextEnvRunner
    config: ProRLConfig
    prompts: list[PromptRequest]
    order: RolloutOrder
    ks: tuple[int, ...]
    header: dict[str, Any]
    beginning: Beginning

    @property
    def is_complete(self) -> bool:
        """Whether an earlier call has sampled all prompts."""
        return self.beginning.num_prompts == len(self.prompts)


def evaluate_language_model(model: OpenModel, options: EvaluateOptions) -> None:
    """Sample held-out tasks with a policy, print the figures, and write the samples down.

    Args:
        model: a ProRL checkpoint, or a Hugging Face folder.
        options: of the command line.

    Raises:
        CommandError: with code 2 if the model, its environment or an option is wrong; with code 1 if sampling fails.
    """
    with claimed_samples(options) as claimed, ExitStack() as stack:
        evaluation = _prepare(model, options, stack)
        _sample(evaluation, options, claimed)


def _prepare(model: OpenModel, options: EvaluateOptions, stack: ExitStack) -> Evaluation:
    """Make the environment, then the model and its runner; what has to be undone goes on the stack."""
    config, source = model.config(options), model.source
    env, made_env, env_config = _held_out_env(config, options)
    waiting = [made_env]
    stack.callback(_close_all, waiting)
    say(f"Model {source}" if isinstance(source, Path) else f"Policy of the checkpoint {source.folder}")
    config = evaluation_config(config, model.folder, (env, env_config), options)
    runner = _runner(config, waiting)
    stack.callback(runner.stop)
    stack.enter_context(model.engine_for(runner))
    prompts = _prompts(runner, config, options)
    order = make_order(config, weights_version=0, evaluation=True)
    ks = options.ks or (1,)
    header = sample_header(model.facts, config, order, num_prompts=len(prompts), ks=ks, seed=_seed(options))
    _say_settings(config, header)
    beginning = _beginning(runner, header, prompts, options)
    evaluation = Evaluation(runner, config, prompts, order, ks, header, beginning)
    if not evaluation.is_complete:
        _start_engine(runner)
    return evaluation


def _beginning(
    runner: TextEnvRunner, header: Mapping[str, Any], prompts: Sequence[PromptRequest], options: EvaluateOptions
) -> Beginning:
    """Return where the evaluation begins."""
    if options.out is None or not options.resume:
        return Beginning()
    return find_beginning(options.out, header, prompts, runner.env)


def _held_out_env(config: ProRLConfig, options: EvaluateOptions) -> tuple[Any, AnyEnv, dict[str, Any]]:
    """Return the environment's id, the environment, and its `env_config`."""
    given = options.env_config or {}
    if options.env is not None:
        return options.env, *make_held_out_env(options.env, {}, given, config)
    overrides = {**(config.evaluation_config or {}).get("env_config", {}), **given}
    return config.env, *make_held_out_env(config.env, config.env_config, overrides, config)


def _close_all(envs: list[AnyEnv]) -> None:
    """Close the environments that no runner has taken."""
    for env in envs:
        env.close()


def _runner(config: ProRLConfig, waiting: list[AnyEnv]) -> TextEnvRunner:
    """Build the env runner; it takes the environment that waits before it makes others."""
    create = env_creator(config.env, config)
    try:
        runner: TextEnvRunner = config.env_runner_cls(
            config=config,
            env_creator=lambda env_config: waiting.pop() if waiting else create(env_config),
            worker_index=0,
        )
    except (OSError, ValueError) as error:
        raise CommandError(f"The model cannot be evaluated. {describe(error)}") from error
    return runner


def _prompts(runner: TextEnvRunner, config: ProRLConfig, options: EvaluateOptions) -> list[PromptRequest]:
    """Return the prompts, and say it when the environment has fewer tasks than asked for."""
    wanted, there_are = config.evaluation_duration, runner.task_space().num_tasks
    if there_are is not None and there_are < wanted:
        say(f"The environment has {there_are} held-out tasks, fewer than the {wanted} asked for.", "yellow")
    return evaluation_prompts(wanted, there_are, seed=_seed(options))


def _seed(options: EvaluateOptions) -> int:
    """Return the seed of the sampling."""
    return EVALUATION_SEED if options.seed is None else options.seed


def _say_settings(config: ProRLConfig, header: Mapping[str, Any]) -> None:
    """Print what is about to be sampled."""
    samples = header["num_prompts"] * header["samples_per_prompt"]
    say(f"Environment {header['env']} {header['env_config']}")
    say(
        f"{header['num_prompts']} prompts x {header['samples_per_prompt']} = {samples} samples; temperature "
        f"{header['temperature']:g}, top_p {header['top_p']:g}, at most {header['max_completion_length']} tokens"
    )
    say(str(config.engine_choice))


def _start_engine(runner: TextEnvRunner) -> None:
    """Start the engine before the clock of the progress starts."""
    if runner.config.engine_choice.name == "vllm":
        say("Starting vLLM ...")
    report = runner.start_engine()
    if report.failure is not None:
        error = report.failure.rebuild()
        code = {"exit_code": FAILURE} if not isinstance(error, USERS_TO_FIX) else {}
        raise CommandError(f"The engine could not be started. {describe(error)}", **code) from error
    if report.loss is not None:
        raise CommandError(f"The engine could not be started. {report.loss.text}", FAILURE)


def _sample(evaluation: Evaluation, options: EvaluateOptions, claimed: FileIO | None) -> None:
    """Sample what is left, write down, and print."""
    beginning, total = evaluation.beginning, len(evaluation.prompts)
    tally, too_long, done = beginning.tally, beginning.too_long, beginning.num_prompts
    with (
        open_samples(options, evaluation.header, beginning.num_bytes, claimed) as file,
        SamplingProgress(total, done) as progress,
    ):
        try:
            for batch in _batches(evaluation):
                records = list(records_of(batch))
                if file is not None:
                    write_samples(file, records, options, done)
                tally.add(records)
                done += len(batch)
                too_long += sum(not prompt.episodes for prompt in batch)
                progress.show(done, tally.figures((1,)))
        except KeyboardInterrupt:
            say(f"{done} of {total} prompts were finished.{where_samples_are(options, done)}", "yellow")
            raise
        except CommandError:
            raise
        except Exception as error:
            raise CommandError(
                f"Sampling failed after {done} of {total} prompts. {describe(error)}{where_samples_are(options, done)}",
                FAILURE,
            ) from error
    _conclude(tally, too_long, evaluation, options)


def _batches(evaluation: Evaluation) -> Iterator[list[SampledPrompt]]:
    """Sample the batches that are left, if any are."""
    if evaluation.is_complete:
        return iter(())
    return sample_held_out(
        evaluation.runner,
        evaluation.prompts,
        evaluation.order.settings,
        prompts_per_batch=evaluation.order.prompts_per_batch,
        start=evaluation.beginning.num_prompts,
    )


def _conclude(tally: SampleTally, too_long: int, evaluation: Evaluation, options: EvaluateOptions) -> None:
    """Print the figures, or why there are none."""
    figures, limit = tally.figures(evaluation.ks), evaluation.order.settings.max_completion_length
    if too_long == len(evaluation.prompts):
        raise CommandError(
            f"None of the {too_long} prompts fits the model's context of {evaluation.runner.max_model_len} tokens "
            f"together with {limit} for the answer: lower --max-completion-length, or take a model with a longer "
            "context."
        )
    if ALL not in figures:
        raise CommandError(f"There are no figures: the verification of all {tally.num_failed} samples failed.", FAILURE)
    show_figures(figures, tally.intervals(evaluation.ks), evaluation.ks)
    say_left_out(figures[ALL], too_long, limit)
    if options.out is not None:
        say(f"Samples: {options.out}")
