import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.output.tfrecord import DamagedFile, compressed, read_records

DATA = [b"", b"one", bytes(range(256)) * 9000]


@given(st.lists(st.binary(max_size=50), max_size=9))
def test_records_come_back(data: list[bytes]) -> None:
    assert list(read_records(b"".join(compressed(data)))) == data


@pytest.mark.parametrize("data", [DATA, []])
def test_tensorflow_reads_the_files(tmp_path: Path, data: list[bytes]) -> None:
    tf = pytest.importorskip("tensorflow")
    path = tmp_path / "x.tfrecord.gz"
    path.write_bytes(b"".join(compressed(data)))
    assert list(tf.data.TFRecordDataset(str(path), "GZIP").as_numpy_iterator()) == data
    with tf.io.TFRecordWriter(str(path), "GZIP") as writer:
        for record in data:
            writer.write(record)
    assert list(read_records(path.read_bytes())) == data


@given(st.integers(0, 10**9), st.integers(1, 255))
def test_a_changed_byte_is_found(place: int, change: int) -> None:
    content = bytearray(gzip.decompress(b"".join(compressed([b"one", b"two"]))))
    content[place % len(content)] ^= change
    with pytest.raises(DamagedFile):
        list(read_records(gzip.compress(bytes(content))))


@given(st.integers(0, 10**9))
def test_a_missing_end_is_found(place: int) -> None:
    whole = b"".join(compressed([b"one", b"two" * 99]))
    with pytest.raises(DamagedFile):
        list(read_records(whole[: place % len(whole)]))
    with pytest.raises(DamagedFile):
        list(read_records(whole + whole[: 1 + place % len(whole)]))
