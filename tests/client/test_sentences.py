import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from client.sentences import clean, split_sentences
from tests.conftest import ROOT

HOSTILE = st.text(st.sampled_from("가나 .!?…“”\"'\x1b[]31mA;\x07\x9b\u202e\n\t\x00\u2028é🙂한"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[31m빨강\x1b[0m", "빨강"),
        ("\x1b]0;제목\x07글", "글"),
        ("\x1b]52;c;aGk=\x1b\\글", "글"),
        ("\x9b2J글", "글"),
        ("\x1bcGo", "Go"),
        ("가\x00\x08\x7f나", "가나"),
        ("가\t 나\r\n다", "가 나 다"),
        ("\x1b]0;끝없는 제목", "0;끝없는 제목"),
        ("\ufeff처음", "처음"),
        ("가\u202e나", "가나"),
        ("깨진\udcea글", "깨진글"),
        ("각", "각"),
        ("👩\u200d👩\u200d👧 가족, 漢字, English", "👩\u200d👩\u200d👧 가족, 漢字, English"),
    ],
)
def test_clean(text, expected):
    assert clean(text) == expected


@given(st.one_of(HOSTILE, st.text()))
def test_clean_text_cannot_steer_a_terminal_and_stays_clean(text):
    cleaned = clean(text)
    assert not any(unicodedata.category(c) in ("Cc", "Cs") for c in cleaned)
    assert unicodedata.is_normalized("NFC", cleaned)
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("갔다. 왔다! 왜? 끝", ["갔다.", "왔다!", "왜?", "끝"]),
        ("“가자.” 그가 말했다.", ["“가자.”", "그가 말했다."]),
        ("“가자. 어서!” 그가 말했다.", ["“가자. 어서!”", "그가 말했다."]),
        ('"가자. 어서!" "어디로?"', ['"가자. 어서!"', '"어디로?"']),
        ("그래… 그랬다. 갔다... 남았다.", ["그래… 그랬다.", "갔다...", "남았다."]),
        ("3.5킬로를 걸었다. 1. 첫째", ["3.5킬로를 걸었다.", "1. 첫째"]),
        ("Mr. Kim left. J. Park stayed.", ["Mr. Kim left.", "J. Park stayed."]),
        ("“열린 채로. 끝나지 않는다. 정말", ["“열린 채로.", "끝나지 않는다.", "정말"]),
        ("첫 줄\n\n  둘째 줄  \r\n", ["첫 줄", "둘째 줄"]),
        ("", []),
        (" \x1b[0m\n\t", []),
        ("가" * 100_000, ["가" * 100_000]),
    ],
)
def test_split(text, expected):
    assert split_sentences(text) == expected


def visible(text):
    return "".join(text.split())


@given(st.one_of(HOSTILE, st.text()))
def test_splitting_loses_nothing_and_is_stable(text):
    parts = split_sentences(text)
    assert visible("".join(parts)) == visible("".join(map(clean, text.splitlines())))
    assert [again for part in parts for again in split_sentences(part)] == parts


@given(
    st.lists(
        st.sampled_from(["가", "나", ".", "!", "?", "…", "“", "”", '"', "'", "(", ")", "1", "A"])
    )
)
def test_splitting_keeps_every_visible_character(pieces):
    text = " ".join(pieces)
    assert visible("".join(split_sentences(text))) == visible(text)


def test_novels_keep_their_text():
    novels = sorted((ROOT / "../shared/corpus/novels").glob("*.txt"))[:3]
    if not novels:
        pytest.skip("needs ../shared/corpus/novels, which is not here")
    for novel in novels:
        text = novel.read_text("utf-8")
        parts = split_sentences(text)
        assert visible("".join(parts)) == visible("".join(map(clean, text.splitlines())))
        assert 10 < sum(map(len, parts)) / len(parts) < 100
