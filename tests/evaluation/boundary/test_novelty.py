import random

import pytest

from prorl_rllib.evaluation.boundary.novelty import LENGTHS, Reference, novelty
from prorl_rllib.evaluation.boundary.words import words_of


def by_hand(answer, documents, lengths):
    """Longest overlap and uniqueness by looking at every run of words."""

    def runs(words, length):
        return [tuple(words[i : i + length]) for i in range(len(words) - length + 1)]

    words = words_of(answer)
    known = {
        length: {run for document in documents for run in runs(words_of(document), length)}
        for length in range(1, len(words) + 1)
    }
    longest = max((n for n in known if any(run in known[n] for run in runs(words, n))), default=0)
    uniqueness = {}
    for length in lengths:
        covered = set()
        for start, run in enumerate(runs(words, length)):
            if run in known.get(length, ()):
                covered |= set(range(start, start + length))
        uniqueness[length] = 1 - len(covered) / len(words)
    return longest, uniqueness


def test_words_are_runs_of_letters_and_other_characters_alone():
    assert words_of("2x + 1 = Fünf!\n") == ["2x", "+", "1", "=", "fünf", "!"]


def test_a_copied_answer_has_no_novelty_and_a_new_one_all_of_it():
    text = " ".join(f"w{number}" for number in range(20))
    copied, new = novelty([text.upper(), " ".join(f"v{number}" for number in range(11))], Reference(["a b", text]))
    assert (copied.longest_overlap, copied.index, copied.num_words) == (20, 0.0, 20)
    assert (new.longest_overlap, new.index) == (0, len(LENGTHS))


def test_half_a_copy_is_half_new_at_the_lengths_it_reaches():
    # Six of twelve words are in the reference, behind each other.
    (found,) = novelty(["a b c d e f 1 2 3 4 5 6"], Reference(["x a b c d e f y"]))
    assert found.longest_overlap == 6
    assert found.uniqueness == {5: 0.5, 6: 0.5, 7: 1, 8: 1, 9: 1, 10: 1, 11: 1}
    assert found.index == 6.0


def test_no_overlap_goes_over_the_end_of_a_document_or_of_an_answer():
    answers = ["a b c d e f g h i j k", "l m n o p q r s t u v"]
    found = novelty(answers, Reference(["a b c d e", "f g h i j k", "k l m n o p"]))
    assert [each.longest_overlap for each in found] == [6, 5]


def test_answers_of_few_words_are_left_out():
    assert novelty(["a b c", ""], Reference(["a b c"])) == []
    assert len(novelty(["a b c"], Reference(["a b c"]), lengths=(1, 3))) == 1


def test_a_reference_without_words_holds_nothing():
    (found,) = novelty(["a b c d e f g h i j k"], Reference([]))
    assert (found.longest_overlap, found.index) == (0, 7.0)


@pytest.mark.parametrize("vocabulary", [2, 4, 30])
def test_equals_a_search_of_every_run(vocabulary):
    draw = random.Random(vocabulary)

    def text(words):
        return " ".join(f"w{draw.randrange(vocabulary)}" for _ in range(words))

    documents = [text(draw.randrange(40)) for _ in range(12)]
    answers = [text(draw.randrange(11, 40)) for _ in range(15)] + [documents[0] + " " + documents[1] + text(11)]
    for answer, found in zip(answers, novelty(answers, Reference(documents)), strict=True):
        longest, uniqueness = by_hand(answer, documents, LENGTHS)
        assert found.longest_overlap == longest
        assert found.uniqueness == pytest.approx(uniqueness)


@pytest.mark.parametrize("lengths", [(), (0, 1), (3, 2), (2, 2)])
def test_wrong_lengths_are_refused(lengths):
    with pytest.raises(ValueError, match="ascending"):
        novelty(["a"], Reference(["a"]), lengths=lengths)
