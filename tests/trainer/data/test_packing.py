from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.records import EOS_ID
from trainer.configuration import slots_per_row
from trainer.data.packing import pack

PASSAGES = st.lists(st.lists(st.integers(4, 99), min_size=1, max_size=31), min_size=1, max_size=60)


@given(PASSAGES)
def test_every_sentence_stands_once_whole_and_in_order(passage):
    lengths = np.array([len(sentence) for sentence in passage])
    rows, numbers = pack(np.concatenate(passage), lengths, 32)
    found = [rows[numbers == index].tolist() for index in range(len(passage))]
    assert found == [[*sentence, EOS_ID] for sentence in passage]
    assert numbers.max() == len(passage) - 1
    for row in numbers:
        inside = row[row >= 0]
        assert (np.diff(inside) >= 0).all()
        assert len(set(inside.tolist())) <= slots_per_row(32)
        assert (row[len(inside) :] == -1).all()


@given(PASSAGES)
def test_a_sentence_is_never_cut_by_the_end_of_a_row(passage):
    lengths = np.array([len(sentence) for sentence in passage])
    _, numbers = pack(np.concatenate(passage), lengths, 32)
    owners = [set(row[row >= 0].tolist()) for row in numbers]
    assert all(not (a & b) for a, b in pairwise(owners))


def test_a_sentence_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="40 tokens does not fit into rows of 32"):
        pack(np.ones(40, int), np.array([40]), 32)
