import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.duplicates import shingles

texts = st.text("가나다", max_size=60)


def test_letters() -> None:
    assert shingles.letters("“봄, 봄!” 春(춘)_ A1\n") == "봄봄춘a1"


@given(texts, st.integers(1, 9))
def test_equal_strings_have_equal_hashes_and_others_do_not(text: str, length: int) -> None:
    strings = [text[at : at + length] for at in range(len(text) - length + 1)]
    values = shingles.hashes(text, length).tolist()
    assert len(values) == len(strings)
    assert len(set(zip(strings, values, strict=True))) == len(set(strings)) == len(set(values))


@given(texts, texts, st.text("가나다", min_size=12, max_size=30), texts, st.integers(1, 8))
def test_a_common_run_has_a_common_choice(
    before: str, after: str, run: str, end: str, window: int
) -> None:
    chosen = []
    for text in (before + run + end, after + run):
        values = shingles.hashes(text, 5)
        at = shingles.winnow(values, window)
        assert len(values) < window or np.diff(np.r_[-1, at, len(values)]).max() <= window
        assert (np.diff(at) > 0).all()
        chosen.append(set(values[at].tolist()))
    assert chosen[0] & chosen[1]


def test_bits_are_mixed() -> None:
    values = shingles.hashes("".join(map(chr, range(ord("가"), ord("힣")))), 5)
    bits = (values[:, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)
    assert abs(bits.mean(axis=0) - 0.5).max() < 0.03
