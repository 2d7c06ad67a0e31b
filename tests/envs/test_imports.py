import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("prorl_rllib", "envs", "algorithms", "tuned_examples")
LAYERS = {
    "envs": {"envs"},
    "engines": {"envs", "engines"},
    "rl_modules": {"envs", "engines", "rl_modules"},
    "env_runners": {"envs", "engines", "rl_modules", "env_runners"},
    "evaluation": {"envs", "engines", "rl_modules", "env_runners", "evaluation"},
    "algorithms": {"envs", "engines", "rl_modules", "env_runners", "evaluation", "algorithms"},
}
HEAVY = (
    *("ray", "torch", "transformers", "reasoning_gym", "math_verify", "sympy", "matplotlib"),
    *("pint", "pyarrow", "langdetect"),
)

SCRIPT = f"""
import sys, gymnasium
import prorl_rllib
env = gymnasium.make("prorl/Math-v0")
env.reset(seed=1)
env.step("no answer")
env.reset()
env.step(chr(92) + "boxed{{5}}")
print([name for name in {HEAVY!r} if name in sys.modules])
"""


def test_envs_import_without_ray_and_torch():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


BLOCKED = """
import sys
class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("ray", "torch", "transformers"):
            raise ModuleNotFoundError(f"{name} is blocked")
sys.meta_path.insert(0, Block())
from prorl_rllib.envs import LogicEnv, MathEnv, verify
task = LogicEnv(datasets=["spell_backward"]).task(0)
print(verify(task, "<answer>" + task.metadata["word"][::-1] + "</answer>").reward, MathEnv().num_tasks)
"""


def test_envs_work_where_ray_and_torch_are_not_installed():
    done = subprocess.run([sys.executable, "-c", BLOCKED], capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["1.0", "10000"], done.stderr


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return parts if parts[0] == "prorl_rllib" else ("prorl_rllib", *parts)


def imported(path):
    """Dotted names that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield from [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            yield from [alias.name for alias in node.names]


def test_imports_point_one_way():
    crossing = []
    known = set(LAYERS) | {"cli", "interop", "tuned_examples"}
    for path in (path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")):
        layer = module_name(path)[1] if len(module_name(path)) > 1 else ""
        for name in imported(path):
            parts = name.split(".")
            assert parts[0] not in ("envs", "algorithms", "tuned_examples"), f"{path} imports {name} bare"
            if layer in LAYERS and parts[0] == "prorl_rllib" and len(parts) > 1 and parts[1] in known - LAYERS[layer]:
                crossing.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not crossing
