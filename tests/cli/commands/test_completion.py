import os
import subprocess
import sys
from pathlib import Path

import pytest

from prorl_rllib.cli.commands.completions import HELP_CHARS, complete_env, complete_example
from prorl_rllib.cli.examples import packaged_examples
from prorl_rllib.envs.registration import ENVIRONMENTS

HEAVY = ("ray", "torch", "transformers", "sympy", "reasoning_gym", "prorl_rllib.envs.text_env")
NO_HEAVY_IMPORTS = (
    "import sys\nfrom prorl_rllib.cli.main import main\nsys.argv[0] = 'rllib'\n"
    "try:\n    main()\nexcept SystemExit:\n    pass\n"
    f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)\n"
)


def ask_as_bash(line, *command):
    """What bash's completion function asks when Tab is pressed at the end of `line`, and the answer."""
    words = {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" ")), "_RLLIB_COMPLETE": "complete_bash"}
    command = command or (str(Path(sys.executable).with_name("rllib")),)
    return subprocess.run(command, env=os.environ | words, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("rllib example get prorl/qu", [name for name in packaged_examples() if name.startswith("prorl/qu")]),
        ("rllib example run ", packaged_examples()),
        ("rllib train file prorl/qu", [name for name in packaged_examples() if name.startswith("prorl/qu")]),
        ("rllib envs prorl/M", ["prorl/Math-v0", "prorl/Mixture-v0"]),
        ("rllib exam", ["example"]),
    ],
)
def test_bash_is_offered_the_ids(line, offered):
    done = ask_as_bash(line)
    assert done.stdout.split() == offered, done.stderr


@pytest.mark.parametrize("line", ["rllib example get prorl/qu", "rllib envs prorl/M"])
def test_completion_imports_nothing_heavy(line):
    done = ask_as_bash(line, sys.executable, "-c", NO_HEAVY_IMPORTS)
    assert done.stdout.split()
    assert done.stderr.strip() == "[]"


def test_fish_is_offered_one_line_an_id():
    words = {"_TYPER_COMPLETE_ARGS": "rllib example get prorl/", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    environment = os.environ | words | {"_RLLIB_COMPLETE": "complete_fish"}
    rllib = Path(sys.executable).with_name("rllib")
    done = subprocess.run([rllib], env=environment, capture_output=True, text=True, timeout=60)
    offered = [line.partition("\t")[0] for line in done.stdout.splitlines()]
    assert offered == [name for name in packaged_examples() if name.startswith("prorl/")]


def test_what_is_offered_begins_with_what_was_typed():
    assert [name for name, _ in complete_example("")] == packaged_examples()
    assert all(0 < len(text) <= HELP_CHARS for _, text in complete_example(""))
    assert complete_example("quick") == []
    assert complete_env("") == list(ENVIRONMENTS)
    assert complete_env("prorl/L") == ["prorl/Logic-v0"]
