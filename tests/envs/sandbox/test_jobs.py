"""What the kinds of jobs promise, at each level."""

import math

import pytest

from prorl_rllib.envs.sandbox import CallJob, ExpressionJob, Limits, SandboxError, StatementJob, StdinJob

LIMITS = Limits(test_time_s=10, total_time_s=60)
ADDER = "def add(a, b):\n    return a + b\n"


def test_script_reads_its_input_and_its_output_comes_back_whole(driver_backend):
    program = "import sys\nfor line in sys.stdin:\n    print(int(line) * 2)\nprint('é', end='')"
    results = driver_backend.run(program, [StdinJob("1\n2\n"), StdinJob("21"), StdinJob("")], LIMITS)
    assert [(r.status, r.stdout) for r in results] == [("ok", "2\n4\né"), ("ok", "42\né"), ("ok", "é")]
    assert all(r.seconds > 0 for r in results)


def test_large_input_and_output_pass(driver_backend):
    text = "x" * 900_000
    (result,) = driver_backend.run("import os; os.write(1, open(0, 'rb').read())", [StdinJob(text)], LIMITS)
    assert result.status == "ok" and result.stdout == text[: len(result.stdout)] and len(result.stdout) > 0
    (result,) = driver_backend.run("print(input(), end='')", [StdinJob(text)], LIMITS)
    assert (result.status, result.stdout) == ("ok", text)


@pytest.mark.parametrize(
    "program",
    [
        "if __name__ == '__main__':\n    print('done')",
        "import threading\nthreading.Thread(target=print, args=('done',)).start()",
        "import atexit\natexit.register(print, 'done')",
        "import sys\nprint('done')\nsys.exit()",
        "print('done')\nexit(0)",
        "import io, sys\nout = io.TextIOWrapper(io.FileIO(1, 'w', closefd=False))\nout.write('done\\n')",
        "import sys, io\nsys.stdout = io.StringIO()\nsys.__stdout__.write('done\\n')",
        "import sys\nsys.setrecursionlimit(10**6)\ndef f(n):\n    return 0 if n == 0 else 1 + f(n - 1)\n"
        "assert f(50000) == 50000\nprint('done')",
        "import threading, sys\nsys.setrecursionlimit(10**6)\nthreading.stack_size(2**27)\n"
        "t = threading.Thread(target=lambda: print('done'))\nt.start()\nt.join()",
        "assert len(str(10**5000)) == 5001\nprint('done')",
        "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\nprint('done' if P(1).x else '')",
        "print(open('/dev/null').read() + 'done')",
        "assert open('/dev/stdin').read() == ''\nprint('done')",
        "import os\nassert os.path.basename(__file__)\nprint('done')",
        "import resource\nfor soft in (2**28, resource.RLIM_INFINITY):\n"
        "    resource.setrlimit(resource.RLIMIT_STACK, (soft, resource.RLIM_INFINITY))\nprint('done')",
        "import os, sys\nclass Out:\n    text = ''\n    def write(self, text):\n        self.text += text\n"
        "    def flush(self):\n        os.write(1, self.text.encode())\n        self.text = ''\n"
        "sys.stdout = Out()\nprint('done')",
        "import asyncio\nasync def main():\n    await asyncio.sleep(0)\n    print('done')\nasyncio.run(main())",
    ],
)
def test_honest_scripts_run_as_under_plain_python(driver_backend, program):
    (result,) = driver_backend.run(program, [StdinJob("")], LIMITS)
    assert (result.status, result.stdout) == ("ok", "done\n"), result


def test_call_finds_functions_and_methods_of_solution(driver_backend):
    program = ADDER + "class Solution:\n    def twice(self, x):\n        return [x, x]\n"
    jobs = [CallJob("add", (2, 3)), CallJob("twice", ("a",)), CallJob("missing", ())]
    added, doubled, missing = driver_backend.run(program, jobs, LIMITS)
    assert (added.status, added.value) == ("ok", 5)
    assert (doubled.status, doubled.value) == ("ok", ["a", "a"])
    assert missing.status == "exception" and "missing" in missing.detail


def test_values_are_plain_json(driver_backend):
    program = "def f(x):\n    return x"
    values = [None, True, 0, -(10**40), 1.5, "é\ud800\x00", [1, [2]], {"a": [None]}, math.inf]
    results = driver_backend.run(program, [CallJob("f", (value,)) for value in values], LIMITS)
    assert [r.value for r in results] == values
    assert {r.status for r in results} == {"ok"}
    expressions = ["(1, 2)", "{1: 2}", "f(3) + 1"]
    results = driver_backend.run(program, [ExpressionJob(e) for e in expressions], LIMITS)
    assert [r.value for r in results] == [[1, 2], {"1": 2}, 4]


@pytest.mark.parametrize("value", ["{1, 2}", "object()", "b'x'", "lambda: 0", "1j", "f", "10**5000"])
def test_a_value_that_is_no_json_is_an_exception(driver_backend, value):
    (result,) = driver_backend.run("def f():\n    return 1", [ExpressionJob(value)], LIMITS)
    assert (result.status, result.value) == ("exception", None) and result.detail


def test_statement_is_ok_only_when_it_ran_to_its_end(driver_backend):
    statements = ["assert add(1, 2) == 3", "assert add(1, 2) == 4", "import sys; sys.exit(0)", "import os; os._exit(0)"]
    results = driver_backend.run(ADDER, [StatementJob(s) for s in statements], LIMITS)
    assert [r.status for r in results] == ["ok", "exception", "exception", "exception"]


def test_main_block_runs_in_scripts_only(driver_backend):
    program = ADDER + "if __name__ == '__main__':\n    print(input())\n"
    script, call = driver_backend.run(program, [StdinJob("line"), CallJob("add", (1, 1))], LIMITS)
    assert (script.stdout, call.value, call.stdout) == ("line\n", 2, "")


def test_exceptions_say_what_and_where(driver_backend):
    result, quit_, signal = driver_backend.run(
        "import os, sys\nword = input()\nif word == 'raise':\n    raise ValueError('bad')\n"
        "if word == 'exit':\n    sys.exit(3)\nos.kill(os.getpid(), 6) if False else os.abort()",
        [StdinJob("raise"), StdinJob("exit"), StdinJob("abort")],
        LIMITS,
    )
    assert (result.status, result.detail) == ("exception", "ValueError: bad (line 4)")
    assert quit_.status == "exception" and "3" in quit_.detail
    assert signal.status == "killed" and "signal" in signal.detail


def test_every_job_of_a_program_that_does_not_compile_is_an_exception(driver_backend):
    results = driver_backend.run("def f(:\n", [StdinJob(""), CallJob("f", ()), ExpressionJob("1")], LIMITS)
    assert [r.status for r in results] == ["exception"] * 3
    assert all("does not compile" in r.detail and "SyntaxError" in r.detail for r in results)


def test_each_job_starts_from_the_beginning(driver_backend):
    program = "count = []\ndef f():\n    count.append(1)\n    open('left', 'w').write('x')\n    return len(count)"
    probe = CallJob("f", ())
    results = driver_backend.run(program, [probe, probe, ExpressionJob("__import__('os').listdir('.')"), probe], LIMITS)
    assert [r.value for r in results] == [1, 1, [], 1]


def test_order_of_sets_is_the_same_in_each_run(driver_backend):
    program = "print(*{str(i) for i in range(50)})"
    first, second = (driver_backend.run(program, [StdinJob("")], LIMITS)[0].stdout for _ in range(2))
    assert first == second


def test_no_jobs_and_many_jobs(driver_backend):
    assert driver_backend.run("print(1)", [], LIMITS) == []
    results = driver_backend.run("print(input())", [StdinJob(str(i)) for i in range(100)], LIMITS)
    assert [r.stdout for r in results] == [f"{i}\n" for i in range(100)]


@pytest.mark.parametrize("program", ["", "\n", "# only a comment"])
def test_an_empty_program_is_a_program(driver_backend, program):
    script, expression = driver_backend.run(program, [StdinJob("x"), ExpressionJob("1 + 1")], LIMITS)
    assert (script.status, script.stdout, expression.value) == ("ok", "", 2)


@pytest.mark.parametrize(
    "program", ["print(1)\x00", "x = '\ud800'", "\x00", "\ufeff\ufeffx", "(" * 5000, "-" * 100_000 + "1"]
)
def test_odd_programs_are_exceptions_not_failures(driver_backend, program):
    for result in driver_backend.run(program, [StdinJob(""), StatementJob("pass")], LIMITS):
        assert result.status in ("exception", "killed", "memory") and result.detail


def test_long_and_unicode_programs_run(driver_backend):
    program = "π = 3\n# 漢字\n" + "x = 1\n" * 170_000 + "print(π)"
    assert len(program) > 10**6
    (result,) = driver_backend.run(program, [StdinJob("")], LIMITS)
    assert (result.status, result.stdout) == ("ok", "3\n")


def test_odd_input_reaches_the_program(driver_backend):
    text = "\x00\r\n\u2028漢\ud800"
    (result,) = driver_backend.run("import sys; print(ascii(sys.stdin.buffer.read()))", [StdinJob(text)], LIMITS)
    assert (result.status, result.stdout) == ("ok", ascii(text.encode("utf-8", "replace")) + "\n")


def test_output_that_is_no_utf8_is_replaced(driver_backend):
    (result,) = driver_backend.run("import os; os.write(1, b'a\\xff\\x00')", [StdinJob("")], LIMITS)
    assert (result.status, result.stdout) == ("ok", "a\ufffd\x00")


def test_a_job_that_cannot_be_sent_is_a_failure_of_the_machinery(driver_backend):
    with pytest.raises(SandboxError, match="JSON"):
        driver_backend.run(ADDER, [CallJob("add", (object(), 1))], LIMITS)
    with pytest.raises(SandboxError, match="larger"):
        driver_backend.run(ADDER, [StdinJob("x" * 2**24)], LIMITS)
