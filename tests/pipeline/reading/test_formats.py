import gzip

import pytest

from pipeline.reading import formats
from pipeline.rejections import RejectedFile
from tests.pipeline.stories import story


def texts(name: str, data: bytes) -> list[str]:
    return [line.text for line in formats.parse(name, data)]


def test_line_numbers_are_those_of_an_editor() -> None:
    data = "하나\r\n\r\n둘\r셋\n\f넷\u2028다섯\n".encode()
    assert [(line.number, line.text) for line in formats.parse("a.txt", data)] == [
        (1, "하나"), (3, "둘"), (4, "셋"), (5, "넷"), (5, "다섯"),
    ]  # fmt: skip


def test_compressed_files() -> None:
    plain = texts("a.txt", story(1).encode())
    packed = gzip.compress(story(1).encode("cp949"))
    assert texts("a.TXT.gz", packed) == texts("a.gz", packed) == plain
    assert texts("a.txt.gz", gzip.compress(b"") + packed) == plain
    heading = next(iter(formats.parse("a.md.gz", gzip.compress("# 봄".encode()))))
    assert heading.rejected == "heading"
    for damaged in (packed[:-20], b"plain", b"", packed[:30] + b"\0" * 9 + packed[39:]):
        if damaged:
            with pytest.raises(RejectedFile, match="damaged gzip file"):
                texts("a.txt.gz", damaged)


def test_what_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "MAX_BYTES", 1000)
    assert texts("a.txt", b"a" * 1000) == ["a" * 1000]
    for name, data in (("a.txt", b"a" * 1001), ("a.gz", gzip.compress(b"a" * 1001))):
        with pytest.raises(RejectedFile, match="too large"):
            texts(name, data)
