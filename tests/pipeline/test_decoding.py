import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.decoding import NotText, decode

NOVEL = "그날 밤, 소년은 「어머니」라고 불렀다.\r\n漢字와 English도 있다.\n"


@pytest.mark.parametrize(
    "data",
    [
        NOVEL.encode("utf-8"),
        NOVEL.encode("utf-8-sig"),
        NOVEL.encode("utf-16"),
        b"\xfe\xff" + NOVEL.encode("utf-16-be"),
        NOVEL.encode("cp949"),
        NOVEL.encode("euc-kr"),
    ],
)
def test_encodings(data: bytes) -> None:
    assert decode(data) == NOVEL


@given(st.text(st.characters(exclude_categories=("Cs", "Cc"))))
def test_any_utf8_comes_back(text: str) -> None:
    assert decode(text.encode()) == text.removeprefix("\ufeff")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"PK\x03\x04\x00\x00", "NUL"),
        (NOVEL.encode("utf-16-le"), "NUL"),
        (bytes(range(1, 9)) * 40, "control"),
        (b"\xff\xfe\x00\xd8", "damaged utf-16-le"),
        (NOVEL.encode()[:-2] + b"\xff\xff\xff", "neither UTF-8"),
        ("これは日本語の文章です。".encode("euc-jp"), "no"),
    ],
)
def test_what_is_not_text(data: bytes, reason: str) -> None:
    with pytest.raises(NotText, match=reason):
        decode(data)
