import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.normalization import _INDEPENDENT, FORM, REPLACEMENTS, normalize

INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\xad\x00\x1f\x85\xa0\u3000\u2028 \t\u2581"
COMPOSING = "가각ᄀ\u1161\u11a8e\u0301\u0308か\u3099👨👩\ufe0f漢﨑"
text = st.text() | st.text(alphabet=INVISIBLE + COMPOSING, max_size=12)


@given(text)
@settings(max_examples=1000)
def test_normalizing_twice_changes_nothing(line: str) -> None:
    once = normalize(line)
    assert normalize(once) == once
    assert unicodedata.is_normalized(FORM, once)


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        ("\u3000그는\t\u00a0갔다.\r\n", "그는 갔다."),
        ("\ufeff봄\u200b날\x07", "봄날"),
        ("a\u2028b\u2029c\u0085d", "a b c d"),
        ("\u1112\u1161\u11ab글", "한글"),
        ("ㅋㅋ … 漢字 Hello 😀", "ㅋㅋ … 漢字 Hello 😀"),
        ("▁밑줄", "_밑줄"),
        ("👨\u200d👩\u200d👧 가\u200d나", "👨\u200d👩\u200d👧 가나"),
        ("ᄀ\u200bᅡ", "ᄀ ᅡ"),  # would compose if the space between them just went
        (" \u200b \u200d ", ""),
    ],
)
def test_examples(raw: str, normal: str) -> None:
    assert normalize(raw) == normal


def test_no_character_taken_for_independent_composes() -> None:
    independent = re.compile(f"[{_INDEPENDENT}]")
    composing = {chr(code) for code in (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))}
    for code in range(0x110000):
        character = chr(code)
        parts = unicodedata.decomposition(character).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            composing.add(chr(int(parts[1], 16)))
        if unicodedata.combining(character):
            composing.add(character)
    assert len(composing) > 900
    assert not [character for character in composing if independent.fullmatch(character)]


def test_tensorflow_gives_the_same() -> None:
    tf = pytest.importorskip("tensorflow")
    tf_text = pytest.importorskip("tensorflow_text")

    # Characters that both Unicode tables know.
    known = st.characters(exclude_categories=("Cs", "Cn", "Co"))
    lines = st.lists(st.text(known) | st.text(alphabet=INVISIBLE + COMPOSING), min_size=1)

    @given(lines)
    @settings(max_examples=200, deadline=None)
    def check(batch: list[str]) -> None:
        graph = tf_text.normalize_utf8(tf.constant([line.encode() for line in batch]), FORM)
        for pattern, by in REPLACEMENTS:
            graph = tf.strings.regex_replace(graph, pattern, by)
        assert [line.decode() for line in graph.numpy()] == [normalize(line) for line in batch]

    check()
