import subprocess
import sys

HEAD = "import os; from prorl_rllib.env_runners.captured_stderr import captured_stderr\n"


def run(body, tmp_path):
    environment = {"TMPDIR": str(tmp_path), "PATH": ""}
    return subprocess.run(
        [sys.executable, "-c", HEAD + body], capture_output=True, text=True, timeout=60, env=environment
    )


def test_what_libraries_write_is_kept_off_the_console(tmp_path):
    ended = run("with captured_stderr():\n    os.write(2, b'noise')\nos.write(2, b'after')", tmp_path)
    assert ended.stderr == "after"
    assert not list(tmp_path.iterdir())


def test_what_libraries_write_is_shown_when_the_block_fails(tmp_path):
    ended = run("with captured_stderr():\n    os.write(2, b'the cause\\n'); raise ValueError('the effect')", tmp_path)
    assert ended.stderr.index("the cause") < ended.stderr.index("ValueError: the effect")
    assert not list(tmp_path.iterdir())
