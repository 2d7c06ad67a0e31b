"""What can be wrong with `rllib boundary`: each ends with exit code 2 and one clear message, before anything runs."""

import pytest

from prorl_rllib.cli.boundary.families import read_families
from prorl_rllib.cli.boundary.options import boundary_ks
from prorl_rllib.cli.errors import CommandError

MATH = ("--env", "prorl/Math-v0")
FILES = {
    "misspelt.yaml": "a: {env: x, difficultly: 3}",
    "infinite.yaml": "a: {env: x, env_config: {b: -.inf}}",
    "loop.yaml": "a: &a {env: x, env_config: {b: *a}}",
    "keys.yaml": "no: {env: x}\n1: {env: x}\n~: {env: x}\nb: {env: x}",
}
WRONG = [
    ((), ("There are no tasks", "--family")),
    ((*MATH, "--family", "a={}"), ("--env is a family of its own",)),
    (("--env-config", "{}"), ("--env-config is the config of --env",)),
    ((*MATH, "--env-config", "[1]"), ("--env-config must be a JSON object",)),
    (("--env", "prorl/Mth-v0"), ("prorl/Mth-v0", "Math")),
    ((*MATH, "--env-config", '{"no_such_key": 1}'), ("Family Math-v0", "no_such_key")),
    (("--env", "CartPole-v1"), ("CartPole-v1", "text")),
    (("--family", "hard"), ("NAME=JSON",)),
    (("--family", "hard={env}"), ("not valid JSON",)),
    (("--family", "hard=3"), ("--family hard is no family",)),
    (("--family", 'hard={"envv": "x"}'), ("unknown key 'envv' in --family hard (did you mean 'env'?); keys: ",)),
    (("--family", f"hard={'[' * 100_000}"), ("--family hard is not valid JSON",)),
    (("--family", 'a={"env": "x", "difficulty": NaN}'), ("difficulty=nan must be a finite number",)),
    (
        ("--family", 'a={"env": "x", "env_config": {"b": {"c": NaN}}}'),
        ("--family a: env_config: b = {'c': nan} cannot",),
    ),
    (("--families", "misspelt.yaml"), ("'difficultly' in --families misspelt.yaml: a (did you mean 'difficulty'?)",)),
    (("--families", "infinite.yaml"), ("--families infinite.yaml: a: env_config: b = -inf cannot be written down",)),
    (("--families", "loop.yaml"), ("--families loop.yaml: a: env_config: b = ", "cannot be written down (Circular")),
    (("--families", "keys.yaml"), ("False (bool), 1 (int), None (NoneType) are none: put them in quotes",)),
    (("--env", "_x"), ("--env _x: its family would be named '_x'", "use --family NAME=JSON instead")),
    (("--family", 'a/b={"env": "x"}'), ("part of file names",)),
    (("--family", f'{"a" * 300}={{"env": "x"}}'), ("part of file names", "at most 100")),
    (("--family", 'a={"env": "x", "training": "seen"}'), ("training", "'unseen'")),
    (("--family", 'a={"env": "x", "difficulty": "big"}'), ("difficulty",)),
    (("--family", 'a={"env": "x", "episodes": 1}'), ("episodes", "2")),
    (("--family", 'a={"env": "x"}', "--family", 'a={"env": "y"}'), ("given twice",)),
    (("--family", 'a={"env": "x"}', "--family", 'A={"env": "y"}'), ("differ in case",)),
    (("--families", "missing.yaml"), ("missing.yaml",)),
    (("--families", "list.yaml"), ("list.yaml", "map")),
    (("--families", "empty.yaml"), ("must map names to families",)),
    ((*MATH, "--k", "1,...,6"), ("doubling from 1 does not lead to 6",)),
    ((*MATH, "--k", "...,6"), ("needs a number on either side",)),
    ((*MATH, "--k", "4,2"), ("ascending",)),
    ((*MATH, "--k", "1,4", "--boundary-k", "8"), ("--boundary-k 8 must be in 1..4",)),
    ((*MATH, "--tolerance", "2"), ("--tolerance 2.0",)),
    ((*MATH, "--temperature", "0"), ("--temperature 0",)),
    ((*MATH, "--top-p", "1.5"), ("--top-p 1.5",)),
    ((*MATH, "--engine", "vlm"), ("vlm",)),
    ((*MATH, "--corpus", "missing"), ("--corpus missing",)),
    ((*MATH, "--corpus", "list.yaml", "--no-novelty"), ("leave out --no-novelty",)),
    ((*MATH, "--resume", "--overwrite"), ("either replaced",)),
    ((*MATH, "--out", "list.yaml"), ("is a file: name a folder",)),
    ((*MATH, "--mid", "missing"), ("--mid: There is no checkpoint",)),
    ((*MATH, "--mid", "."), ("--mid:", "is not a checkpoint")),
    ((*MATH, "--label", "best=x"), ("--label 'best=x'", "base, mid, trained")),
    ((*MATH, "--label", "base=\udcff"), ("ROLE=TEXT",)),
    ((*MATH, "--label", "base= "), ("--label 'base= '", "ROLE=TEXT")),
    ((*MATH, "--label", "base=x", "--label", "base=y"), ("--label base=... is given twice",)),
    ((*MATH, "--label", "mid=x"), ("--label mid=...: there is no such model here, only base, trained",)),
    ((*MATH, "--episodes", "1"), ("--episodes",)),
]


@pytest.mark.parametrize(("arguments", "named"), WRONG, ids=[" ".join(each)[:80] or "nothing" for each, _ in WRONG])
def test_wrong_command_ends_with_2_and_says_why(rllib, tiny_model_path, tmp_path, monkeypatch, arguments, named):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list.yaml").write_text("[1]")
    (tmp_path / "empty.yaml").write_text("")
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    out = () if "--out" in arguments else ("--out", "out")
    result = rllib("boundary", "--base", tiny_model_path, "--trained", tiny_model_path, *out, *arguments)
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit), result.exception
    for text in named:
        assert text in result.output
    assert "Traceback" not in result.output


def test_k_is_that_of_evaluate():
    assert boundary_ks("1,2,4,...,16") == (1, 2, 4, 8, 16)


def test_an_environment_alone_is_a_family_of_its_name():
    (name,) = read_families("prorl_rllib:prorl/Math-v0", {"a": 1}, [], None)
    assert name == "Math-v0"


def test_families_are_those_of_the_file_and_of_the_options(tmp_path):
    (tmp_path / "f.yaml").write_text("a: {env: x, difficulty: 3}\n")
    families = read_families(None, None, ['b={"env": "y"}'], str(tmp_path / "f.yaml"))
    assert [(name, family.env, family.difficulty) for name, family in families.items()] == [
        ("a", "x", 3.0),
        ("b", "y", None),
    ]
    with pytest.raises(CommandError, match="given twice"):
        read_families(None, None, ['a={"env": "y"}'], str(tmp_path / "f.yaml"))
