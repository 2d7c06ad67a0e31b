from hypothesis import given
from hypothesis import strategies as st

from prorl_rllib.algorithms.prorl.microbatches import packed_microbatches, token_budget_microbatches

LENGTHS = st.lists(st.integers(1, 200), min_size=1, max_size=60)


@given(LENGTHS, st.integers(1, 500))
def test_every_sequence_is_in_exactly_one_microbatch(lengths, budget):
    microbatches = token_budget_microbatches(lengths, budget)
    assert sorted(index for rows in microbatches for index in rows) == list(range(len(lengths)))


@given(LENGTHS, st.integers(1, 500))
def test_no_microbatch_of_several_rows_exceeds_the_budget(lengths, budget):
    for rows in token_budget_microbatches(lengths, budget):
        assert len(rows) == 1 or len(rows) * max(lengths[row] for row in rows) <= budget


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 9)), min_size=1, max_size=60), st.integers(1, 500))
def test_packed_microbatches_hold_each_sequence_once_within_the_budget(sequences, budget):
    own, prompts = [length for length, _ in sequences], [prompt for _, prompt in sequences]
    prompt_lengths = [7 * prompt + 1 for prompt in prompts]
    microbatches = packed_microbatches(own, prompt_lengths, prompts, budget)
    assert sorted(index for rows in microbatches for index in rows) == list(range(len(own)))
    for rows in microbatches:
        shared = {prompts[row]: prompt_lengths[row] for row in rows}
        assert len(rows) == 1 or sum(own[row] for row in rows) + sum(shared.values()) <= budget


def test_sequences_of_one_prompt_share_a_microbatch_where_the_budget_allows():
    own, prompts = [5, 9, 5, 9, 5, 9], [0, 1, 0, 1, 0, 1]
    assert packed_microbatches(own, [10] * 6, prompts, 37) == [[1, 3, 5], [0, 2, 4]]


def test_without_shared_prompts_sequences_of_like_length_share_a_microbatch():
    assert packed_microbatches([5, 9, 5, 9], [0] * 4, list(range(4)), 20) == [[1, 3], [0, 2]]
