import pickle

from hypothesis import given
from hypothesis import strategies as st

from pipeline.reading.chunks import Chunk, cut
from pipeline.reading.compressed_lines import CompressedLines
from pipeline.reading.works import Work

lines = st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"])), max_size=9).map(tuple)


@given(lines)
def test_lines_come_back(lines: tuple[str, ...]) -> None:
    compressed = CompressedLines.of(lines)
    again = pickle.loads(pickle.dumps(compressed))
    assert again == compressed == lines
    assert (len(again), list(again), hash(again)) == (len(lines), list(lines), hash(lines))
    assert again[1:3] == lines[1:3]
    assert CompressedLines.of(again) is again


def test_a_work_travels_compressed() -> None:
    work = Work("1", "a.txt", True, ("소년은 편지를 읽었다.",) * 1000)
    data = pickle.dumps(work)
    assert len(data) < 1000
    assert pickle.loads(data) == work
    (chunk,) = cut(work)
    assert pickle.loads(pickle.dumps(chunk)) == chunk == Chunk("1", "a.txt", 0, work.lines)


@given(st.lists(st.integers(1, 60_000), min_size=1, max_size=8))
def test_chunks_hold_every_line_once_in_order(sizes: list[int]) -> None:
    lines = tuple("가" * size for size in sizes)
    chunks = list(cut(Work("1", "a.txt", False, lines)))
    assert [chunk.number for chunk in chunks] == list(range(len(chunks)))
    assert tuple(line for chunk in chunks for line in chunk.lines) == lines
    assert all(chunk.lines for chunk in chunks)
