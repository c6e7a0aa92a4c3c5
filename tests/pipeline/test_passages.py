from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import records
from pipeline.errors import JobError
from pipeline.example import serialize_passage
from pipeline.passages import CutPassages, EncodedWork, Layout, compress, write

token_ids = st.lists(st.lists(st.integers(0, 2**31 - 1), max_size=5), max_size=5)


def test_examples_are_those_of_tensorflow() -> None:
    tf = pytest.importorskip("tensorflow")

    def ints(values: list[int]) -> object:
        return tf.train.Feature(int64_list=tf.train.Int64List(value=values))

    @given(st.text(max_size=20), st.integers(0, 2**40), token_ids)
    def check(work: str, first: int, sentences: list[list[int]]) -> None:
        data = serialize_passage(work, first, sentences)
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


def test_tensorflow_reads_the_files(tmp_path: Path) -> None:
    tf = pytest.importorskip("tensorflow")
    data = [b"", b"one", bytes(range(256)) * 300]
    path = tmp_path / "x.tfrecord.gz"
    path.write_bytes(compress(data))
    assert list(tf.data.TFRecordDataset(str(path), "GZIP").as_numpy_iterator()) == data


@given(
    st.lists(st.tuples(st.sampled_from(records.SPLITS), st.integers(1, 300)), max_size=20),
    st.integers(1, 9),
    st.integers(1, 40),
)
def test_files_are_balanced_and_hold_every_sentence_once(
    sizes: list[tuple[str, int]], shards: int, passage: int
) -> None:
    works = [
        EncodedWork(f"{number:016x}", f"{number}.txt", split, 0, tuple((4,) for _ in range(size)))
        for number, (split, size) in enumerate(sizes)
    ]
    layout = Layout.plan([work.facts(passage) for work in works], shards)
    files: dict[str, list[tuple[bytes, bytes]]] = {}
    for work in works:
        for name, record in CutPassages(passage, seed=1).process(work, layout):
            files.setdefault(name, []).append(record)
    total = sum(work.passages(passage) for work in works)
    assert sum(map(len, files.values())) == total
    assert len({record for data in files.values() for record in data}) == total
    for split in records.SPLITS:
        inside = {name: len(data) for name, data in files.items() if name.startswith(split)}
        count = layout.shards.get(split, 0)
        assert set(inside) == {f"{split}-{n:05d}-of-{count:05d}.tfrecord.gz" for n in range(count)}
        assert count <= (shards if split == "train" else 1)
        assert not inside or max(inside.values()) - min(inside.values()) <= 1


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(JobError, match=r"x\.model cannot be written: No such file"):
        write(str(tmp_path / "gone"), "x.model", b"")
