"""Whatever text comes in: one result a job, in time, and no failure of the machinery."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prorl_rllib.envs.sandbox import CallJob, ExpressionJob, Limits, StatementJob, StdinJob, select_backend
from prorl_rllib.envs.sandbox.inside.settings import CALL, ENDED, EXPRESSION, STATEMENT, STDIN
from prorl_rllib.envs.sandbox.process import Reply
from prorl_rllib.envs.sandbox.results import decode_reply

WORDS = st.sampled_from(
    ["x", "=", "1", "(", ")", "[", "]", "import os", "\n", "  ", "print", "lambda", ":", "'", "**", "{", "\\"]
)
PROGRAMS = st.text(max_size=200) | st.lists(WORDS, max_size=30).map(" ".join)
STATUSES = {"ok", "exception", "timeout", "memory", "output_limit", "killed", "not_run"}


def dumped_or_not(signal_number):
    return st.sampled_from([signal_number, signal_number | 0x80])


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(program=PROGRAMS, stdin=st.text(max_size=100), expression=PROGRAMS)
def test_any_text_is_a_program(program, stdin, expression):
    jobs = [StdinJob(stdin), CallJob(expression, (stdin,)), ExpressionJob(expression), StatementJob(expression)]
    results = select_backend().run(program, jobs, Limits(test_time_s=1))
    assert len(results) == len(jobs) and {r.status for r in results} <= STATUSES


@settings(deadline=None)
@given(
    kind=st.sampled_from([STDIN, CALL, EXPRESSION, STATEMENT]),
    status=st.integers(0, 255).map(lambda code: code << 8) | st.integers(1, 64).flatmap(dumped_or_not),
    stdout=st.binary(max_size=50),
    result=st.binary(max_size=50) | st.binary(max_size=20).map(lambda data: b"o" + data),
)
def test_any_bytes_a_job_writes_decode_to_a_result(kind, status, stdout, result):
    decoded = decode_reply(kind, b"n" * 32 + b"pass", Reply(ENDED, status, 0.1, stdout, result), Limits())
    assert decoded.status in STATUSES
    if kind == STATEMENT and result[1:] != b"n" * 32:
        assert decoded.status != "ok"
