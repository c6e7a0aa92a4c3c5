import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.reading.encodings import NotText, decode
from tests.pipeline.stories import WHAT, WHERE, WHO, story

NOVEL = "그날 밤, 소년은 「어머니」라고 불렀다.\r\n漢字와 English도 있다.\n"
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp949", "euc-kr")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_encodings(encoding: str) -> None:
    for text in (NOVEL, story(1), story(2, sentences=400)):
        assert decode(text.encode(encoding)) == text
    assert decode(b"\xfe\xff" + NOVEL.encode("utf-16-be")) == NOVEL


words = st.sampled_from([*WHO, *WHERE, *WHAT])


@given(st.lists(words, min_size=1, max_size=4).map(" ".join), st.sampled_from(["cp949", "utf-16"]))
@settings(max_examples=200)
def test_short_texts(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@given(st.text(st.characters(exclude_categories=("Cs", "Cc"))))
def test_any_utf8_comes_back(text: str) -> None:
    assert decode(text.encode()) == text.removeprefix("\ufeff")


@given(st.binary(max_size=300))
@settings(max_examples=300)
def test_any_bytes_are_decoded_or_rejected(data: bytes) -> None:
    try:
        decode(data)
        offset = None
    except NotText as rejected:
        offset = rejected.offset
    assert offset is None or 0 <= offset < len(data)


def test_the_end_of_file_mark_of_dos() -> None:
    assert decode(NOVEL.encode("cp949") + b"\x1a") == NOVEL


UTF8, CP949 = story(3).encode(), story(3).encode("cp949")


@pytest.mark.parametrize(
    ("data", "reason", "offset"),
    [
        (b"PK\x03\x04\x00\x00", "not a text file.*: application/zip", None),
        (b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n" * 9, "not a text file.*: application/pdf", None),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "HWP or old Word", None),
        (b"\0", "not a text file", None),
        (NOVEL.encode() + b"\0", "NUL bytes", 85),
        (bytes(range(1, 9)) * 40, "control", None),
        (b"\xff\xfe\x00\xd8", "damaged UTF-16-LE text.*: 1 invalid byte sequence at byte 2", 2),
        (NOVEL.encode("utf-16-le")[:-1], "damaged UTF-16-LE text.*: 1 invalid byte sequence", 80),
        (
            UTF8[:301] + b"\xff" + UTF8[301:],
            "damaged UTF-8 text.*: 1 invalid byte sequence at byte 300",
            300,
        ),
        (UTF8[:-3], "damaged UTF-8 text.*: 1 invalid byte sequence", len(UTF8) - 5),
        (
            CP949[:500] + b"\xff" + CP949[501:],
            "damaged CP949 text.*: 1 invalid byte sequence at byte 499",
            499,
        ),
        (UTF8 + CP949, "mixed encodings.*: UTF-8 up to byte", len(UTF8)),
        (CP949 + UTF8, "mixed encodings.*: CP949 up to byte", len(CP949)),
        (story(4).encode("johab"), "unsupported encoding.*: Johab", None),
        ("これは日本語の文章です。".encode("euc-jp") * 9, "unsupported encoding.*: EUC-JP", None),
        ("これは日本語の文章です。".encode("shift_jis") * 9, "unsupported encoding.*: CP932", None),
        ("Ça va très bien, déjà".encode("latin-1"), "neither UTF-8 nor CP949", 0),
    ],
)
def test_what_is_not_text(data: bytes, reason: str, offset: int | None) -> None:
    with pytest.raises(NotText, match=reason) as rejected:
        decode(data)
    assert rejected.value.offset == offset
