"""Answers that are no answers, through every verifier."""

import os
import random
import resource
import string
from pathlib import Path

import gymnasium
import pytest

from prorl_rllib.envs import get_domain, verify_batch
from prorl_rllib.envs.registration import ENVIRONMENTS
from prorl_rllib.envs.verification import WorkerPool

SINGLE_DOMAIN = [env_id for env_id in ENVIRONMENTS if env_id != "prorl/Mixture-v0"]
TASKS = 25
FREE_FORM = "instruction_following"
"""Where an answer of any content may follow an instruction such as "no commas"."""
FRAME_OF = {
    "math": "\\boxed{{{}}}",
    "stem": "\\boxed{{{}}}",
    "logic": "<answer>{}</answer>",
    "code": "```python\n{}\n```",
    "instruction_following": "{}",
}
FRAMES = ("{}", "\\boxed{{{}}}", "<answer>{}</answer>", "```python\n{}\n```", "<think>{}</think>", "</think>{}")
PLAIN_FRAGMENTS = r"""
    \frac{ \boxed{ \sqrt[ \text{ \begin{pmatrix} \left( ^{ _{ \ $ $$ ``` ~~~python <answer> </answer> <think> def f(
    while True: print( import lambda [ { ( " ' % & nan inf None True 1e999 1e-999 0x10 9**9 9^{9^9} ! ... null [] {}
    [[1,2],[3 * # P.S. m/s s^-1
"""
ODD_FRAGMENTS = (
    *("\n", "\t", "\r", "\x00", "\x1b[31m", "\ud800", "\udfff", "\u202e", "\u200b"),
    *("\u00bd", "\u00b2", "\u00b0", "\u00b5m", "\U0001d7d9", "\uff11\uff12", "\u221e", "\u22125"),
)
FRAGMENTS = (*PLAIN_FRAGMENTS.split(), *ODD_FRAGMENTS)


def half_written(rng):
    return "".join(rng.choices(FRAGMENTS, k=rng.randint(1, 12)))


def mutated(rng, example):
    if not example:
        return half_written(rng)
    cut = rng.randrange(len(example))
    return rng.choice((example[:cut], example[cut:], example * 2, example.swapcase(), example[::-1]))


def junk(rng, example):
    kind = rng.randrange(7)
    if kind == 0:
        return rng.choice(("", " ", "\n\n", "\t"))
    if kind == 1:
        return rng.choice("ab1(\\*[`\n, ") * rng.choice((1_000, 20_000, 200_000))
    if kind == 2:
        return rng.choice("([{") * rng.randint(50, 3_000) + rng.choice(("", "1", ")" * 1_000))
    if kind == 3:
        return rng.randbytes(rng.randint(1, 300)).decode("latin-1")
    if kind == 4:
        return "".join(chr(rng.randrange(0x110000)) for _ in range(rng.randint(1, 60)))
    if kind == 5:
        return half_written(rng) + "".join(rng.choices(string.printable, k=rng.randint(0, 30)))
    return mutated(rng, example)


def junk_answers(domain, tasks, count):
    rng = random.Random(f"junk {domain.name} {count}")
    examples = [domain.example_response(domain.check_reference(task)) for task in tasks]
    chosen = [index % len(tasks) for index in range(count)]
    frames = [rng.choice((FRAME_OF[domain.name], rng.choice(FRAMES))) for _ in chosen]
    answers = [frame.format(junk(rng, examples[index])) for frame, index in zip(frames, chosen, strict=True)]
    return [tasks[index] for index in chosen], answers, [examples[index] for index in chosen]


def resident_bytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def descendants():
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it ended meanwhile
                continue
            if fields[0] != "Z":
                parents[int(entry.name)] = int(fields[1])
    found, added = set(), {os.getpid()}
    while added:
        added = {pid for pid, parent in parents.items() if parent in added} - found
        found |= added
    return found


def check_junk(env_id, count):
    env = gymnasium.make(env_id).unwrapped
    domain = get_domain(env.domain_name)
    tasks, answers, examples = junk_answers(domain, [env.task(index) for index in range(TASKS)], count)
    before = descendants()
    pool = WorkerPool(num_workers=2)
    try:
        verify_batch(tasks[:TASKS], answers[:TASKS], timeout_s=1.0, pool=pool)
        resident = resident_bytes()
        verdicts = verify_batch(tasks, answers, timeout_s=1.0, pool=pool)
        grown = resident_bytes() - resident
    finally:
        pool.close()
    assert len(verdicts) == count
    broken = [(a[:200], v) for a, v in zip(answers, verdicts, strict=True) if v.status == "error"]
    assert not broken, broken[:3]
    assert grown < 150 * 2**20, f"the caller grew by {grown / 2**20:.0f} MiB"
    assert descendants() <= before
    lucky = [
        (answer[:200], verdict)
        for answer, verdict, example in zip(answers, verdicts, examples, strict=True)
        if verdict.reward == 1.0
        and domain.name != FREE_FORM
        and (example is None or example.strip()[:20] not in answer)
    ]
    assert len(lucky) <= count // 50, lucky[:5]


@pytest.mark.parametrize("env_id", SINGLE_DOMAIN)
def test_junk_answers_get_a_verdict_and_leave_nothing_behind(env_id):
    check_junk(env_id, 150)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("env_id", SINGLE_DOMAIN)
def test_two_thousand_junk_answers_to_each_domain_get_a_verdict(env_id):
    check_junk(env_id, 2_000)
