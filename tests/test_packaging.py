import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
TOP = {"envs", "algorithms", "tuned_examples"}


def test_every_package_is_in_the_wheel():
    folders = [
        path.parent.relative_to(ROOT) for top in ("prorl_rllib", *TOP) for path in (ROOT / top).rglob("__init__.py")
    ]
    names = {".".join(("prorl_rllib", *folder.parts) if folder.parts[0] in TOP else folder.parts) for folder in folders}
    assert names == set(PROJECT["tool"]["setuptools"]["packages"])
