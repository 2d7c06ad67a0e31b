"""Answers that hang or exhaust a computer algebra system end by the deadline, unrewarded, the parent unharmed."""

import os
from pathlib import Path

import pytest

from prorl_rllib.envs import Task, UnparseableAnswer, verify_batch
from prorl_rllib.envs.math import MathDomain
from prorl_rllib.envs.math.domain import MathReference
from prorl_rllib.envs.math.extract import extract_answer
from prorl_rllib.envs.verification import WorkerPool

BOMBS = [
    "9^{9^9}",
    "9^{9^{9^9}}",
    "10^{10^8}",
    "10^{10^{10}}",
    "2^{2^{2^{2^{2^2}}}}",
    "10^{30000000}",
    "10^{10^{10^{10^{10}}}}",
    "(10^{10})^{10^{10}}",
    "1000000!",
    "3000000!",
    "30000000!",
    "((9!)!)!",
    "(10^9)!",
    r"\binom{10^9}{10^8}",
    r"\binom{100000}{50000}",
    r"\binom{9!}{8!}",
    r"\sum_{k=1}^{10^9} \frac{1}{k^2}",
    r"\sum_{k=1}^{1000000} \sqrt{k}",
    r"\prod_{k=1}^{10^7} k",
    r"\prod_{k=1}^{9999999} (x+k)",
    r"\int_0^1 \frac{\sin(x^x)}{\ln(1+x^7)} dx",
    r"\int_0^1 \int_0^1 \sin(x^y) \cos(y^x) dx dy",
    r"\frac{(x+y+z+w+1)^{60}}{(x+y+z+w+2)^{60}}",
    "(x+y+z+w+1)^{60}",
    "(a+b+c+d+e+f+g)^{99}",
    r"\sin(\cos(\tan(\sin(\cos(\tan(\sin(\cos(\tan(\sin(\cos(\tan(x))))))))))))",
    "x^{20}+x^3+7=0",
    r"\sin(x^2)+\cos(x^3)+x=0",
    r"\lim_{x \to 0} \frac{\sin(\tan(\sin x)) - x}{x^{19}}",
    "0." + "1" * 900,
    "1" * 990,
    "{" * 450 + "}" * 450,
    "(" * 450 + ")" * 450,
    "(" * 49 + "x" + ")" * 49,
    r"\frac{1}{" * 40 + "2" + "}" * 40,
    r"\sqrt{" * 45 + "2" + "}" * 45,
    "x^{" * 45 + "2" + "}" * 45,
    r"\begin{pmatrix}" + r"\\".join(["1 & x & 2"] * 40) + r"\end{pmatrix}",
    "+".join(rf"\frac{{1}}{{x+{number}}}" for number in range(60)),
    "*".join(["(x+1)^{99}"] * 60),
    "+".join([r"\binom{x}{3.5}"] * 60),
    ",".join([r"\sqrt{x}"] * 100),
    r"\pm" * 300,
    "\ud800",
]
GOLDS = ["5", r"\frac{1}{3}+\sqrt{3}", "x^2+1", "x^3+x+1=0", r"\{1,2\}", "(0,1)"]
MAX_GROWTH_BYTES = 100 * 2**20


def resident_bytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def task(gold):
    return Task(task_id="t", domain="math", prompt="p", reference={"answer": gold})


def run_bombs(bombs, golds, timeout_s):
    pool = WorkerPool(num_workers=2)
    try:
        tasks = [task(gold) for gold in golds for _ in bombs]
        verify_batch(tasks[:1], [r"\boxed{\sum_{k=1}^n k}"], pool=pool)
        before = resident_bytes()
        responses = [rf"\boxed{{{bomb}}}" for _ in golds for bomb in bombs]
        verdicts = verify_batch(tasks, responses, timeout_s=timeout_s, pool=pool)
        assert resident_bytes() - before < MAX_GROWTH_BYTES
        return verdicts
    finally:
        pool.close()


@pytest.mark.timeout(120)
def test_bombs_are_answered_by_the_deadline_and_not_rewarded():
    for verdict in run_bombs(BOMBS[::4], GOLDS[:1], timeout_s=0.5):
        assert verdict.status in ("scored", "unparseable", "timeout", "error")
        assert verdict.reward == 0.0
        assert verdict.seconds < 0.5 + 30.0  # the kill itself, on a busy machine


@pytest.mark.slow
def test_bombs_against_every_kind_of_reference():
    verdicts = run_bombs(BOMBS, GOLDS, timeout_s=2.0)
    assert all(verdict.reward == 0.0 for verdict in verdicts)


# Decided in this process, where nothing could end it: quadratic or exponential work would take for ever.
@pytest.mark.timeout(60)
@pytest.mark.parametrize("gold", GOLDS)
def test_what_is_decided_in_the_callers_process_is_bounded(gold):
    domain = MathDomain()
    for bomb in BOMBS:
        domain.quick_score(MathReference(answer=gold), bomb, domain.options_model())


# As above: 100,000 characters are scanned for the box.
@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "piece", [r"\boxed", r"\boxed{", "{", "}", "\\", r"\boxed {", r"\fbox{}", "$", "<think>", "\\boxed\n"]
)
def test_long_responses_are_searched_in_no_time(piece):
    for response in (piece * (100_000 // len(piece)), piece * (100_000 // len(piece)) + r"</think>\boxed{5"):
        with pytest.raises(UnparseableAnswer):
            extract_answer(response)
