"""Seven prompts in batches of two, two samples each; prompts 2, 3 and 5 do not fit the model's context."""

import errno
import json

import pytest

from prorl_rllib.evaluation.sample_file import SampleFile
from prorl_rllib.evaluation.sample_file_resume import resume_point, samples_before

SIZES = {"num_prompts": 7, "samples_per_prompt": 2, "prompts_per_batch": 2}
# The batches are (0, 1), (2, 3), (4, 5), (6).
PLACES = [(prompt, sample) for prompt in (0, 1, 4, 6) for sample in (0, 1)]


@pytest.fixture
def whole(make_record, tmp_path):
    path = tmp_path / "samples.jsonl"
    with SampleFile(path, {"seed": 3}) as file:
        file.append(make_record(prompt_index=p, sample_index=s, response="½") for p, s in PLACES)
    return path


def test_a_complete_file_has_nothing_left(whole):
    assert resume_point(whole, **SIZES).num_prompts == 7
    assert resume_point(whole, **SIZES).num_bytes == whole.stat().st_size


@pytest.mark.parametrize(
    ("lines", "prompts", "kept"),
    [
        (0, 0, 0),
        (1, 0, 0),
        (3, 0, 0),
        (4, 2, 4),
        # Of the batch of 2 and 3, which has no lines, nothing is known until there is a later one.
        (5, 4, 4),
        # Prompt 5 has no lines: that its batch is whole shows with the next one.
        (6, 4, 4),
        (7, 6, 6),
        (8, 7, 8),
    ],
)
@pytest.mark.parametrize("cut", ["", '{"task_id": "ma', '{"task_id": "\xc3'])
def test_what_follows_the_last_whole_batch_is_dropped(whole, lines, prompts, kept, cut):
    text = whole.read_text().splitlines(keepends=True)
    whole.write_text("".join(text[: 1 + lines]) + cut)
    point = resume_point(whole, **SIZES)
    assert (point.num_prompts, point.num_dropped) == (prompts, lines - kept + bool(cut))
    assert [(record.prompt_index, record.sample_index) for record in samples_before(whole, point)] == PLACES[:kept]
    SampleFile(whole, {"seed": 4}, resume_at=point.num_bytes).close()
    assert whole.read_text() == "".join(text[: 1 + kept])


def test_going_on_appends_after_what_is_kept(whole, make_record):
    before = whole.read_bytes()
    whole.write_bytes(before[:-30])
    point = resume_point(whole, **SIZES)
    with SampleFile(whole, {}, resume_at=point.num_bytes) as file:
        file.append(make_record(prompt_index=p, sample_index=s, response="½") for p, s in PLACES if p >= 6)
    assert whole.read_bytes() == before


@pytest.mark.parametrize("order", [[1, 0], [0, 2], [0, 1, 3], [0, 1, 2, 4], [0, 1, 0]])
def test_a_file_that_no_evaluation_writes_is_refused(whole, order):
    header, *samples = whole.read_text().splitlines(keepends=True)
    whole.write_text(header + "".join(samples[index] for index in order))
    with pytest.raises(
        ValueError, match=rf"line {len(order) + 1 - (order == [1, 0])} is sample .* was the file edited"
    ):
        resume_point(whole, **SIZES)


def test_a_broken_line_within_the_file_is_named(whole):
    header, first, *rest = whole.read_text().splitlines(keepends=True)
    whole.write_text(header + first[:20] + "\n" + "".join(rest))
    with pytest.raises(ValueError, match="line 2 is no JSON"):
        resume_point(whole, **SIZES)
    whole.write_text(header + json.dumps({"task_id": 1}) + "\n")
    with pytest.raises(ValueError, match="line 2 is no sample"):
        resume_point(whole, **SIZES)


def test_a_disk_that_fills_is_one_error_and_leaves_what_was_whole(whole, make_record):
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = whole.read_bytes()
    with pytest.raises(OSError) as raised, SampleFile(whole, {}, resume_at=whole.stat().st_size) as file:
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 10, hard))
            file.append([make_record(prompt_index=6)])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert raised.value.errno == errno.EFBIG
    assert whole.read_bytes()[:-10] == before
    assert resume_point(whole, **SIZES).num_bytes == len(before)
