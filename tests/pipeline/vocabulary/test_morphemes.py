from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.vocabulary.morphemes import boundaries

SYLLABLES = "가나다ㄴ"
morphemes = st.lists(st.text(SYLLABLES, max_size=3), max_size=5)


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ("골목 에서 는", "골목 에서 는"),
        ("예뻤 던", "예쁘 었 던"),  # only the right edge shows
        ("돌아오 았 다", "돌아오 았 다"),
        ("그린다", "그리 ㄴ다"),  # a boundary inside a syllable
        ("서 서", "서 어서"),
        ("등대 다", "등대 이 다"),  # nothing of the copula is left
        ("먹였 습니다", "먹이 었 습니다"),
        ("마당 까진 데", "마당 까지 는 데"),
        ("모르겠다", ""),
        ("는 는", "는"),
        ("하하", "호호 하하 하하"),
    ],
)
def test_boundaries_that_the_surface_shows(parts: str, found: str) -> None:
    expected = tuple(accumulate(map(len, parts.split())))[:-1]
    assert boundaries(parts.replace(" ", ""), found.split()) == expected


@given(st.text(SYLLABLES, min_size=1, max_size=8), morphemes)
def test_whatever_an_analyser_says_boundaries_are_inside_the_word(
    word: str, found: list[str]
) -> None:
    got = boundaries(word, found)
    assert list(got) == sorted(set(got))
    assert all(0 < boundary < len(word) for boundary in got)
    assert len(got) <= len(found)


@given(morphemes)
def test_morphemes_that_make_up_the_word_all_show(found: list[str]) -> None:
    word = "".join(found)
    assert set(boundaries(word, found)) == set(accumulate(map(len, found))) - {0, len(word)}
