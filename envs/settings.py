"""The keys of `env_config`, checked."""

import difflib
import functools
import math
import numbers
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model, field_validator

from prorl_rllib.envs.errors import EnvConfigError
from prorl_rllib.envs.task import Split

ModelT = TypeVar("ModelT", bound=BaseModel)
MAX_SIZE = 2**63 - 1
"""Most tasks an environment can draw an index of."""


def _number(value: Any) -> Any:
    """Reject what pydantic would take for a number: true, "3"; numpy's integers become Python's."""
    if isinstance(value, (bool, str, bytes)):
        raise ValueError(f"must be a number, got {type(value).__name__}")
    return int(value) if isinstance(value, numbers.Integral) else value


Integer = Annotated[int, BeforeValidator(_number)]
Real = Annotated[float, BeforeValidator(_number)]
"""The numbers of settings."""


class TextEnvSettings(BaseModel):
    """The `env_config` of an environment with one domain; the domain's options come on top.

    Attributes:
        tasks: "generated"; the path of a file of `Task` rows; or "schema:path" of a published data set.
        split: "train" or "heldout", disjoint, decided by a hash of the prompt; or "all", for a data set that is used
            for evaluation only.
        seed: seed of the generated tasks.
        difficulty: of the generated tasks, 1 is the easiest; the range is the domain's.
        datasets: name -> its config (a list of names is accepted); the domain's default when not given.
        weights: name -> weight of a data set in the blend; 1 each when not given.
        answer_instruction: appended to the prompt; the domain's default when not given, "" for none.
        verifier_timeout_s: seconds a verifier may work on one answer.
        size: number of tasks; 10000 generated ones, or all rows of the file, when not given.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    tasks: str = "generated"
    split: Split = "train"
    seed: Integer = Field(default=0, ge=0)
    difficulty: Integer = Field(default=1, ge=1)
    datasets: dict[str, dict[str, Any]] | None = None
    weights: dict[str, Real] | None = None
    answer_instruction: str | None = None
    verifier_timeout_s: Real = Field(default=3.0, gt=0, le=300)
    size: Integer | None = Field(default=None, ge=1, le=MAX_SIZE)

    @field_validator("datasets", mode="before")
    @classmethod
    def _accept_list_of_names(cls, value: Any) -> Any:
        """Turn `["a", "b"]` into `{"a": {}, "b": {}}`, and a config of None into an empty one."""
        if isinstance(value, (list, tuple)):
            if wrong := [name for name in value if not isinstance(name, str)]:
                raise ValueError(f"a list must hold names of data sets, got {wrong[0]!r:.100}")
            return {name: {} for name in value}
        if isinstance(value, Mapping):
            return {name: {} if config is None else config for name, config in value.items()}
        return value


def default_domains() -> dict[str, dict[str, Any]]:
    """Return the domains of a mixture that names none."""
    return {"math": {}, "code": {}, "stem": {}, "logic": {}, "instruction_following": {}}


class MixtureSettings(BaseModel):
    """The `env_config` of the mixture.

    Attributes:
        domains: domain name -> its `env_config`, without the keys that belong to the mixture.
        weights: domain name -> weight; 1 each when not given.
        split: of all domains.
        seed: of all domains.
        verifier_timeout_s: of all domains, in seconds.
        size: number of tasks; the largest domain's when not given.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    domains: dict[str, dict[str, Any]] = Field(default_factory=default_domains, min_length=1)
    weights: dict[str, Real] | None = None
    split: Split = "train"
    seed: Integer = Field(default=0, ge=0)
    verifier_timeout_s: Real = Field(default=3.0, gt=0, le=300)
    size: Integer | None = Field(default=None, ge=1, le=MAX_SIZE)


def parse_text_env_settings(
    options_model: type[ModelT], config: Any, keywords: Mapping[str, Any] | None = None
) -> tuple[TextEnvSettings, ModelT]:
    """Check the `env_config` of an environment with one domain: the common keys and the domain's options, side by side.

    Args:
        options_model: of the domain.
        config: as in `parse_settings`.
        keywords: as in `parse_settings`.

    Returns:
        The common settings, and the options.

    Raises:
        EnvConfigError: as in `parse_settings`.
    """
    both = parse_settings(_with_options(options_model), config, keywords)
    values = {name: getattr(both, name) for name in both.model_fields_set}
    settings = TextEnvSettings(**{name: values[name] for name in values.keys() & TextEnvSettings.model_fields.keys()})
    return settings, options_model(**{name: values[name] for name in values.keys() & options_model.model_fields.keys()})


@functools.cache
def _with_options(options_model: type[BaseModel]) -> type[BaseModel]:
    """Return the model of the common keys and a domain's options together."""
    return create_model("TextEnvConfig", __base__=(options_model, TextEnvSettings))


def parse_settings(
    model: type[ModelT], config: Any, keywords: Mapping[str, Any] | None = None, where: str = "env_config"
) -> ModelT:
    """Check an `env_config` given as one dict, as keyword arguments, or as both.

    Args:
        model: the settings to make.
        config: the dict (RLlib's `EnvContext` is one), or None.
        keywords: the keyword arguments of `gymnasium.make`.
        where: what to call the config in an error.

    Raises:
        EnvConfigError: naming each wrong key, its value and what is allowed.
    """
    if config is not None and not isinstance(config, Mapping):
        raise EnvConfigError(f"{where} must be a dict of settings or None, got {type(config).__name__} {config!r:.200}")
    merged = dict(config or {})
    for key, value in (keywords or {}).items():
        if key in merged:
            raise EnvConfigError(
                f"{where} key {key!r} is given twice: {merged[key]!r} in the dict, {value!r} beside it"
            )
        merged[key] = value
    reject_unknown_keys(merged, model.model_fields, where)
    try:
        return model.model_validate(merged)
    except ValidationError as error:
        raise EnvConfigError(f"wrong {where}: " + describe(error)) from None


def reject_unknown_keys(given: Iterable[Any], valid: Iterable[str], where: str) -> None:
    """Raise when a key is not a valid one, with the nearest valid key.

    Raises:
        EnvConfigError: listing the valid keys.
    """
    valid = sorted(valid)
    for key in given:
        if key not in valid:
            raise EnvConfigError(
                f"unknown key {key!r} in {where}{did_you_mean(str(key), valid)}; keys: {', '.join(valid)}"
            )


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `" (did you mean 'x'?)"` for the nearest known name, or "" when none is near."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f" (did you mean {near[0]!r}?)" if near else ""


def describe(error: ValidationError) -> str:
    """Return a pydantic error as one line: key, value, rule."""
    parts = []
    for item in error.errors(include_url=False):
        key = ".".join(str(part) for part in item["loc"]) or "(whole)"
        parts.append(f"{key} = {item['input']!r:.100}: {item['msg'].removeprefix('Value error, ')}")
    return "; ".join(parts)


def check_weights(weights: Mapping[str, float] | None, names: Iterable[str], where: str) -> dict[str, float]:
    """Return the weight of each name, 1 each when none are given; a name left out of given weights weighs 1.

    Args:
        weights: name -> weight, or None.
        names: the names that are blended.
        where: the key, for errors.

    Raises:
        EnvConfigError: for an unknown name, a weight that is negative or not finite, or weights that are all zero.
    """
    names = list(names)
    reject_unknown_keys(weights or {}, names, where)
    full = {name: 1.0 for name in names} | dict(weights or {})
    for name, weight in full.items():
        if not 0 <= weight < float("inf"):
            raise EnvConfigError(f"{where}[{name!r}] = {weight}: a weight must be finite and at least 0")
    if not any(full.values()):
        raise EnvConfigError(f"{where} = {full}: at least one weight must be above 0")
    if not math.isfinite(sum(full.values())):
        raise EnvConfigError(f"{where} = {full}: the sum of the weights must be finite")
    return full
