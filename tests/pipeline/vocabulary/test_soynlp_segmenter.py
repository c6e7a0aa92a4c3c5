import hashlib
import os
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.vocabulary import soynlp_segmenter
from pipeline.vocabulary.soynlp_segmenter import WordSegmentation

TEXT = Counter(
    {
        noun + particle: 3
        for noun in ("우산", "등대", "골목", "소금", "자전거", "소년", "바다", "편지", "마당")
        for particle in ("이", "을", "은", "에서", "까지", "도", "에", "으로", "만")
    }
    | {
        stem + ending: 4
        for stem in ("먹", "읽", "찾", "웃")
        for ending in ("고", "는", "지만", "었다")
    }
    | {"공부하고": 3, "abc": 5, "漢字": 2, "우산이.": 4, "마침내": 9}
)


def test_words_break_before_particles_and_endings() -> None:
    found = soynlp_segmenter.segment_words(TEXT)
    assert found.boundaries["자전거에서"] == (3,)
    assert found.boundaries["우산이"] == (2,)
    assert found.boundaries["읽었다"] == (1,)
    assert "마침내" not in found.boundaries
    assert {"우산", "등대", "자전거"} <= set(found.nouns)
    assert all(0 <= score <= 1 for score in found.nouns.values())


def test_counts_of_hangul_words() -> None:
    counted = soynlp_segmenter.hangul_words(
        {'"우산이': 2, "우산이.": 3, "a우산이": 1, "가" * 16: 1, "12": 1}
    )
    assert counted == {"우산이": 6}


def test_most_frequent_words() -> None:
    assert soynlp_segmenter.most_frequent({"가": 3, "나": 2, "다": 1, "라": 1}, 3) == {
        "가": 3,
        "나": 2,
    }
    assert soynlp_segmenter.most_frequent({"가": 1}, 1) == {"가": 1}
    assert soynlp_segmenter.most_frequent({}, 1) == {}


@pytest.mark.parametrize("eojeols", [{}, {"abc": 2}, {"가": 1}, {"가나다라": 1, "!": 9}])
def test_text_with_almost_no_words(eojeols: dict[str, int]) -> None:
    assert soynlp_segmenter.segment_words(eojeols) == WordSegmentation()


@given(
    st.dictionaries(st.text("가각갂갔괆굡는다했힣ㅋ", max_size=6), st.integers(1, 9), max_size=20)
)
@settings(max_examples=50)
def test_boundaries_are_inside_words(eojeols: dict[str, int]) -> None:
    for word, boundaries in soynlp_segmenter.segment_words(eojeols).boundaries.items():
        assert list(boundaries) == sorted(set(boundaries))
        assert all(0 < boundary < len(word) for boundary in boundaries)


def digest(found: WordSegmentation) -> str:
    parts = sorted(found.boundaries.items()), sorted(found.nouns.items())
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def test_the_order_of_sets_does_not_matter() -> None:
    code = (
        "from tests.pipeline.vocabulary.test_soynlp_segmenter import *; "
        "print(digest(soynlp_segmenter.segment_words(TEXT)))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "1"}  # in this process it is a random one
    run = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == digest(soynlp_segmenter.segment_words(TEXT))
    backwards = dict(reversed(list(TEXT.items())))
    assert digest(soynlp_segmenter.segment_words(backwards)) == digest(
        soynlp_segmenter.segment_words(TEXT)
    )
