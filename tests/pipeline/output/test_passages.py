from collections.abc import Iterable
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import records
from pipeline.output.example import Passage, parse_passage, serialize_passage
from pipeline.output.passages import CutPassages, EncodedWork, Ints, join_chunks
from pipeline.output.shards import Shards

token_ids = st.lists(st.lists(st.integers(0, 2**31 - 1), max_size=5), max_size=5)


def arrays(sentences: list[list[int]]) -> tuple[Ints, Ints]:
    tokens = [token for sentence in sentences for token in sentence]
    return np.array(tokens, np.int32), np.array([len(ids) for ids in sentences], np.int32)


def test_examples_are_those_of_tensorflow() -> None:
    tf = pytest.importorskip("tensorflow")

    def ints(values: list[int]) -> object:
        return tf.train.Feature(int64_list=tf.train.Int64List(value=values))

    @given(st.text(max_size=20), st.integers(0, 2**40), token_ids)
    def check(work: str, first: int, sentences: list[list[int]]) -> None:
        data = serialize_passage(work, first, *arrays(sentences))
        assert parse_passage(data) == Passage(work, first, sentences)
        tokens = [token for sentence in sentences for token in sentence]
        expected = tf.train.Example(
            features=tf.train.Features(
                feature={
                    records.WORK: tf.train.Feature(
                        bytes_list=tf.train.BytesList(value=[work.encode()])
                    ),
                    records.FIRST_SENTENCE: ints([first]),
                    records.TOKENS: ints(tokens),
                    records.LENGTHS: ints(list(map(len, sentences))),
                }
            )
        )
        assert tf.train.Example.FromString(data) == expected
        assert len(data) == len(expected.SerializeToString())
        parsed = tf.io.parse_single_example(
            data,
            {
                "ids": tf.io.RaggedFeature(
                    tf.int64,
                    value_key=records.TOKENS,
                    partitions=[tf.io.RaggedFeature.RowLengths(records.LENGTHS)],
                )
            },
        )
        assert parsed["ids"].to_list() == sentences

    check()


def test_what_is_not_a_passage_is_rejected() -> None:
    good = serialize_passage("w", 0, *arrays([[1, 2], [3]]))
    with pytest.raises(ValueError, match="not a tf"):
        parse_passage(good[:-1])
    with pytest.raises(ValueError, match="no feature"):
        parse_passage(b"")
    with pytest.raises(ValueError, match="3 tokens, but the lengths add up to 2"):
        parse_passage(serialize_passage("w", 0, *arrays([[1, 2, 3]])[:1], np.array([2], np.int32)))


def encoded(name: str, sentences: int, split: str = "train") -> EncodedWork:
    ones = np.ones(sentences, np.int32)
    return EncodedWork(
        f"id of {name}", name, split, np.arange(sentences, dtype=np.int32), ones, ones
    )


@given(st.lists(st.integers(1, 9), min_size=1, max_size=9), st.randoms())
def test_chunks_are_joined_in_order(sizes: list[int], random: Random) -> None:
    parts = list(enumerate(encoded("a", size) for size in sizes))
    random.shuffle(parts)
    work = join_chunks(("id of a", parts))
    assert work.tokens.tolist() == [token for size in sizes for token in range(size)]
    assert len(work.lengths) == len(work.characters) == sum(sizes)


Files = dict[str, list[tuple[bytes, bytes]]]


def deal(works: Iterable[EncodedWork], passage: int, shards: int) -> Files:
    """The records of each file, in order."""
    files: Files = {}
    for work in works:
        for name, record in CutPassages(passage, Shards(shards, seed=1)).process(work):
            files.setdefault(name, []).append(record)
    return {name: sorted(files[name]) for name in sorted(files)}


sized = st.lists(st.tuples(st.sampled_from(records.SPLITS), st.integers(1, 300)), max_size=20)


@given(sized, st.integers(1, 9), st.integers(1, 40))
def test_every_sentence_is_once_in_a_file_of_its_split(
    sizes: list[tuple[str, int]], shards: int, passage: int
) -> None:
    works = [encoded(f"{n}.txt", size, split) for n, (split, size) in enumerate(sizes)]
    files = deal(works, passage, shards)
    for split in records.SPLITS:
        names = Shards(shards, seed=1).names(split)
        assert {name for name in files if name.startswith(split)} <= set(names)
        assert len(names) == (shards if split == "train" else 1)
        inside = [work for work in works if work.split == split]
        found = [parse_passage(data) for name in names for _, data in files.get(name, ())]
        assert len(found) == sum(int(str(work.facts(passage)["passages"])) for work in inside)
        for work in inside:
            mine = sorted((it.first_sentence, it.sentences) for it in found if it.work == work.id)
            assert [first for first, _ in mine] == list(range(0, len(work.lengths), passage))
            tokens = [token for _, sentences in mine for ids in sentences for token in ids]
            assert tokens == work.tokens.tolist()


def test_files_are_balanced() -> None:
    works = [encoded(f"{n}.txt", 100 + 1000 * n) for n in range(40)]
    sizes = [len(found) for found in deal(works, 100, 8).values()]
    assert sum(sizes) == 40 + sum(range(0, 400, 10))
    assert max(sizes) - min(sizes) <= 16  # 5 % of the mean; a work adds one at most
    one = [len(found) for found in deal(works[-1:], 100, 8).values()]
    assert max(one) - min(one) <= 1


def test_a_changed_work_moves_no_other() -> None:
    works = [encoded(f"{n}.txt", 30 * n + 5) for n in range(20)]
    without = deal(works[:7] + works[8:], 10, 5)
    changed = deal([*works[:7], encoded("7.txt", 999), *works[8:]], 10, 5)
    for name, found in changed.items():
        others = [data for _, data in found if parse_passage(data).work != "id of 7.txt"]
        assert others == [data for _, data in without[name]]
