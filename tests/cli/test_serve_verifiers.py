import pytest

from prorl_rllib.scoring.service_settings import TOKEN_VARIABLE


@pytest.mark.parametrize(
    ("arguments", "variables", "words"),
    [
        (["--host", "0.0.0.0"], {}, "takes a token"),
        (["--host", "::"], {}, "takes a token"),
        (["--token-file", "missing"], {}, "--token-file missing: No such file"),
        ([], {TOKEN_VARIABLE: "short"}, "at least 16"),
        (["--host", "192.0.2.200"], {TOKEN_VARIABLE: "x" * 16}, "cannot listen there"),
        (["--host", "a..b"], {TOKEN_VARIABLE: "x" * 16}, "no name of a host"),
        ([], {"RAY_AUTH_MODE": "disabled"}, "opens Ray's own ports"),
        (["--options", '{"code": {"sandbox": "strong"}}'], {}, "sandbox"),
        (["--port", "70000"], {}, "65535"),
    ],
)
def test_wrong_usage_is_refused_before_ray_starts(rllib, monkeypatch, arguments, variables, words):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    done = rllib("serve-verifiers", *arguments)
    assert done.exit_code == 2 and words in done.stderr
    assert not any(len(value) == 16 and value in done.stderr for value in variables.values())


@pytest.mark.parametrize(
    ("arguments", "token", "run"),
    [
        ([], None, False),
        ([], "x" * 16, True),
        (["--run-programs"], None, True),
        (["--no-run-programs"], "x" * 16, False),
    ],
)
def test_programs_of_clients_are_run_for_a_token_and_where_the_user_says_so(rllib, monkeypatch, arguments, token, run):
    started = []
    monkeypatch.setattr("prorl_rllib.cli.serve_verifiers.serve_verifiers", lambda *given: started.append(given[0]))
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    if token:
        monkeypatch.setenv(TOKEN_VARIABLE, token)
    done = rllib("serve-verifiers", *arguments, "--max-programs", "5")
    assert done.exit_code == 0, done.stderr
    assert [(options.settings.run_programs, options.limits.max_programs) for options in started] == [(run, 5)]
