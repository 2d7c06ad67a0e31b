import subprocess
import sys

from prorl_rllib.cli.main import missing_packages


def test_missing_packages_are_named_in_order():
    assert missing_packages(("no_such_package", "json", "nor_this_one")) == ["no_such_package", "nor_this_one"]


def test_without_the_extra_the_command_says_what_to_install():
    code = (
        "import sys\nfrom importlib.abc import MetaPathFinder\n"
        "class Hide(MetaPathFinder):\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'ray': raise ModuleNotFoundError(name)\n"
        "import prorl_rllib.cli.main as main\n"
        "real = main.find_spec\n"
        "main.find_spec = lambda name: None if name == 'ray' else real(name)\n"
        "main.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "not installed: ray" in done.stderr
    assert "pip install '.[rllib]'" in done.stderr


def test_ctrl_c_while_packages_are_imported_ends_without_a_traceback():
    code = (
        "import prorl_rllib.cli.main as main\n"
        "def interrupt(): raise KeyboardInterrupt\n"
        "main.prepare_environment = interrupt\n"
        "main.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (130, "Interrupted.\n")


def test_help_teaches_and_does_not_import_ray():
    code = (
        "import sys\nfrom prorl_rllib.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "assert 'ray' not in sys.modules and 'torch' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code, "--help"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "rllib train file prorl/quickstart" in " ".join(done.stdout.split())
