from hypothesis import given
from hypothesis import strategies as st

from prorl_rllib.algorithms.prorl.microbatches import token_budget_microbatches

LENGTHS = st.lists(st.integers(1, 200), min_size=1, max_size=60)


@given(LENGTHS, st.integers(1, 500))
def test_every_sequence_is_in_exactly_one_microbatch(lengths, budget):
    microbatches = token_budget_microbatches(lengths, budget)
    assert sorted(index for rows in microbatches for index in rows) == list(range(len(lengths)))


@given(LENGTHS, st.integers(1, 500))
def test_no_microbatch_of_several_rows_exceeds_the_budget(lengths, budget):
    for rows in token_budget_microbatches(lengths, budget):
        assert len(rows) == 1 or len(rows) * max(lengths[row] for row in rows) <= budget
