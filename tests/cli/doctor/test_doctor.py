import json
import os
import re
import sys
from importlib import metadata
from types import SimpleNamespace

import pytest
import torch
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from prorl_rllib.cli.doctor import machine, model, packages, process
from prorl_rllib.cli.doctor.diagnosis import Finding, all_checks, examine, summary
from prorl_rllib.cli.doctor.sandbox import describe_levels


def statuses(findings):
    return {finding.name: finding.status for finding in findings}


def test_a_check_that_fails_is_a_problem_with_its_reason_and_the_others_go_on():
    def broken():
        raise OSError("no such device")

    def breaks_on_the_way():
        yield Finding("first", "ok", "1")
        raise ValueError("second\nTraceback")

    checks = [("a", broken), ("b", breaks_on_the_way), ("c", lambda: Finding("c", "ok", "fine"))]
    found = list(examine(checks))
    assert statuses(found) == {"a": "problem", "b": "problem", "c": "ok"}
    assert "OSError: no such device" in found[0].value
    assert found[1].value.endswith("ValueError: second")


def test_a_torch_that_cannot_be_imported_is_a_finding(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    checks = [check for check in all_checks(None, None) if check[0] in ("packages", "GPUs", "sandbox")]
    found = statuses(examine(checks))
    assert found["GPUs"] == "problem"
    assert found["torch"] == "ok" and found["sandbox"] in ("ok", "warning")


def test_the_summary_names_what_was_found():
    found = [
        Finding("a", "warning", ""),
        Finding("b", "problem", ""),
        Finding("c", "warning", ""),
        Finding("d", "ok", ""),
    ]
    assert summary(found) == "1 problem (b), 2 warnings (a, c)."
    assert summary(found[3:]) == "No problem found."


def test_the_installed_versions_are_compared_with_the_ranges_of_the_packages_metadata():
    found = {finding.name: finding for finding in packages.versions()}
    assert found["ray"].value == metadata.version("ray") and found["ray"].status == "ok"
    assert {"python", "gymnasium", "torch", "transformers", "reasoning-gym", "math-verify", "peft", "trl"} <= set(found)
    assert not {"pytest", "ruff", "mypy"} & set(found)


@pytest.mark.parametrize(
    ("requirement", "extra", "status", "text"),
    [
        ("typer>=99", "rllib", "warning", "outside of the tested range >=99"),
        ("typer>=0.1", "rllib", "ok", metadata.version("typer")),
        ("no-such-package-at-all>=1", "rllib", "problem", "not installed"),
        ("no-such-package-at-all>=1", "", "problem", "not installed"),
        ("no-such-package-at-all>=1", "lora", "ok", "extra 'lora'"),
    ],
)
def test_a_package_is_judged_by_its_range_and_whether_it_is_needed(requirement, extra, status, text):
    found = packages.of_package(Requirement(requirement), extra)
    assert found.status == status and text in found.value
    assert bool(found.advice) == (status != "ok")


def test_local_builds_and_release_candidates_are_within_the_range():
    assert packages.compare("torch", "2.13.0+cpu", SpecifierSet(">=2.13,<2.14")).status == "ok"
    assert packages.compare("torch", "2.13.1rc1", SpecifierSet(">=2.13,<2.14")).status == "ok"
    assert packages.compare("python", "3.10.2", SpecifierSet(">=3.11")).status == "warning"


def test_a_folder_that_hides_the_installation_is_found(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert packages.working_directory().status == "ok"
    (tmp_path / "prorl_rllib").mkdir()
    found = packages.working_directory()
    assert found.status == "warning" and str(tmp_path / "prorl_rllib") in found.value


@pytest.mark.parametrize(
    ("reasons", "status", "value", "advice"),
    [
        ({"bwrap": "", "namespaces": "", "rlimit": ""}, "ok", "bwrap", ""),
        ({"bwrap": "not installed", "namespaces": "", "rlimit": ""}, "ok", "namespaces", "bwrap .*: not installed"),
        ({"bwrap": "x", "namespaces": "too old", "rlimit": ""}, "warning", "rlimit", "namespaces .*: too old"),
        ({"bwrap": "x", "namespaces": "y", "rlimit": "z", "remote": "r"}, "problem", "none works", "bubblewrap"),
    ],
)
def test_the_sandbox_level_is_judged_and_the_stronger_ones_say_what_they_lack(reasons, status, value, advice):
    found = describe_levels(reasons)
    assert found.status == status and found.value.startswith(value)
    assert re.search(advice, found.advice)


def test_the_runs_that_fit_are_counted():
    assert "0 with whole CPUs (3 each), 1 with num_cpus_per_env_runner=0.5 (2 each)" in machine.describe_cpus(2).value
    assert machine.describe_cpus(2).status == "ok"
    assert "2 with whole CPUs" in machine.describe_cpus(7).value
    assert machine.describe_cpus(1).status == "warning"


def test_gpus_are_listed_and_one_that_torch_does_not_see_is_a_warning(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    card = SimpleNamespace(name="NVIDIA H200", total_memory=139 * 2**30)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda index: card)
    listed = list(machine.gpus())
    assert [(found.name, found.value) for found in listed] == [(f"GPU {i}", "NVIDIA H200, 139 GiB") for i in range(2)]
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(machine, "GPU_DEVICE", tmp_path)
    (unseen,) = machine.gpus()
    assert unseen.status == "warning" and torch.__version__ in unseen.value


def test_a_storage_path_that_cannot_be_made_is_a_problem(tmp_path):
    (tmp_path / "file").write_text("")
    assert machine.storage(str(tmp_path / "new" / "folder")).status == "ok"
    assert not (tmp_path / "new").exists()
    found = machine.storage(str(tmp_path / "file" / "below"))
    assert found.status == "problem" and "is a file" in found.value and "--storage-path" in found.advice
    assert machine.storage("s3://bucket/runs").status == "ok"


def test_little_room_is_a_warning(tmp_path, monkeypatch):
    monkeypatch.setattr("prorl_rllib.algorithms.prorl.preflight.free_disk", lambda folder: 10)
    monkeypatch.setattr("prorl_rllib.algorithms.prorl.preflight.machine_memory", lambda: (10, 2**40))
    assert machine.storage(str(tmp_path)).status == "warning"
    assert machine.memory().status == "warning"


@pytest.mark.parametrize(
    ("environment", "status"),
    [
        ({"OMP_WAIT_POLICY": "PASSIVE"}, "ok"),
        ({"OMP_NUM_THREADS": "2", "OMP_WAIT_POLICY": "PASSIVE"}, "ok"),
        ({"OMP_NUM_THREADS": "64", "OMP_WAIT_POLICY": "PASSIVE"}, "warning"),
        ({"OMP_WAIT_POLICY": "active"}, "warning"),
    ],
)
def test_threads_that_get_in_each_others_way_are_a_warning(environment, status):
    assert process.describe_threads(environment, 2, 2).status == status


def test_how_ray_authenticates_is_said():
    say = process.describe_authentication
    assert "RAY_AUTH_MODE=disabled" in say({"RAY_AUTH_MODE": "disabled"}, True).value
    assert "RAY_AUTH_TOKEN)" in say({"RAY_AUTH_TOKEN": "secret"}, True).value
    assert "secret" not in say({"RAY_AUTH_TOKEN": "secret"}, True).value
    assert "by token (~/.ray/auth_token)" in say({}, True).value
    assert "Ray makes" in say({}, False).value


def test_variables_that_change_what_a_run_does_are_named():
    ours = {"RAY_AIR_NEW_OUTPUT": "0", "RAY_CHDIR_TO_TRIAL_DIR": "0", "HOME": "/root"}
    assert [finding.name for finding in process.variables(ours)] == ["environment variables"]
    changed = {"RAY_ADDRESS": "10.0.0.1:6379", "RAY_CHDIR_TO_TRIAL_DIR": "1", "HF_HUB_OFFLINE": "1", "RAY_other": "2"}
    assert statuses(process.variables(ours | changed)) == {
        "RAY_ADDRESS": "warning",
        "RAY_CHDIR_TO_TRIAL_DIR": "warning",
        "HF_HUB_OFFLINE": "ok",
        "RAY_other": "ok",
    }


def test_the_chat_template_is_rendered(tiny_model_path):
    found = model.chat_template(tiny_model_path)
    assert found.status == "ok"
    assert "<|im_start|>user" in found.value and "What is 2 + 2?" in found.value


def test_what_a_models_folder_lacks_is_named(tmp_path, make_tokenizer):
    (tmp_path / "config.json").write_text('{"model_type": "qwen2"}')
    found = model.chat_template(str(tmp_path))
    assert found.status == "problem" and "tokenizer.json" in found.advice and "config.json" not in found.advice
    make_tokenizer(chat_template=None).save_pretrained(tmp_path)
    found = model.chat_template(str(tmp_path))
    assert found.status == "problem" and "has no chat template" in found.value
    assert model.chat_template("/no/such/folder").status == "problem"


def test_the_engine_is_chosen_for_the_model(tiny_model_path):
    found = model.engine(tiny_model_path)
    assert found.value.startswith("engine='auto' takes transformers")
    assert "size is not known" in model.engine(None).value or "not installed" in model.engine(None).value


def test_a_model_too_large_for_the_machine_is_a_warning(tiny_model_path, monkeypatch):
    assert "a checkpoint" in model.room(tiny_model_path, None).value
    monkeypatch.setattr("prorl_rllib.algorithms.prorl.preflight.machine_memory", lambda: (1000, 2000))
    found = model.room(tiny_model_path, None)
    assert found.status == "warning" and "of memory in all" in found.value
    assert "not known" in model.room("Qwen/Qwen2.5-0.5B", None).value


def test_the_command_prints_each_finding_and_exits_by_the_problems(rllib, tmp_path, tiny_model_path):
    done = rllib("doctor", "--storage-path", tmp_path, "--model", tiny_model_path)
    assert done.exit_code == 0, done.output
    for name in ("torch", "engine", "chat template", "sandbox", "CPUs", "storage path", "Ray's authentication"):
        assert re.search(rf"^(ok|warning) +{name}: ", done.stdout, re.MULTILINE), done.stdout
    (tmp_path / "file").write_text("")
    broken = rllib("doctor", "--storage-path", tmp_path / "file")
    assert broken.exit_code == 1
    assert "1 problem (storage path)" in broken.stdout.splitlines()[-1]


def test_programs_can_read_the_findings(rllib, tmp_path):
    done = rllib("doctor", "--json", "--storage-path", tmp_path)
    record = json.loads(done.stdout)
    assert {"name", "status", "value", "advice"} == set(record["findings"][0])
    assert sum(record["counts"].values()) == len(record["findings"])
    assert done.exit_code == (1 if record["counts"]["problem"] else 0)


def test_a_wrong_option_is_refused(rllib):
    assert rllib("doctor", "--modle", "x").exit_code == 2


def test_a_variable_of_the_user_is_shown_and_rays_own_are_not(rllib, tmp_path, monkeypatch):
    monkeypatch.setenv("RAY_ADDRESS", "10.0.0.1:6379")
    monkeypatch.delenv("RAY_CLIENT_MODE", raising=False)
    out = rllib("doctor", "--storage-path", tmp_path).stdout
    assert "warning  RAY_ADDRESS: 10.0.0.1:6379" in out
    assert "RAY_CLIENT_MODE" not in out, os.environ.get("RAY_CLIENT_MODE")
