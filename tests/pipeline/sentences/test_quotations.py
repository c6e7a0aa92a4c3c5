import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sentences.quotations import Span, match, spans


def quoted(text: str) -> list[str]:
    return [text[start:end] for start, end in sorted(match(text)[0])]


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("그는 “가자.” 하고 말했다.", ["“가자.”"]),
        ('"가자." 하고 "어서!"', ['"가자."', '"어서!"']),
        ('그는 "가자."하고 말했다.', ['"가자."']),
        ("「그가 『가자』 했어」 하였다.", ["「그가 『가자』 했어」", "『가자』"]),
        ("'봄'이라는 말과 I don't", ["'봄'"]),
        ("“I don’t know ‘why’.”", ["“I don’t know ‘why’.”", "‘why’"]),
        ('그는 "가자 했다. 그러자 "싫어." 했다.', ['"싫어."']),
        ("“하나 ‘둘” 셋’", ["“하나 ‘둘”"]),
        ("가자.” “싫어.", []),
    ],
)
def test_pairs(text: str, pairs: list[str]) -> None:
    assert quoted(text) == pairs


def test_marks_without_partner() -> None:
    text = "“하나 ‘둘” 셋’"
    assert [text[place] for place in match(text)[1]] == ["‘", "’"]


def test_a_long_quotation_gives_way_to_the_short_ones_in_it() -> None:
    text = "“그가 ‘가자.’ 하더라.” ‘응.’"
    assert spans(text, 100) == [Span(0, 15), Span(16, 20)]
    assert [text[start:end] for start, end in spans(text, 10)] == ["‘가자.’", "‘응.’"]


@given(st.text("“”‘’\"'「」( )a가.", max_size=40), st.integers(0, 40))
def test_every_mark_is_counted_once_and_spans_do_not_overlap(text: str, longest: int) -> None:
    pairs, alone = match(text)
    places = [place for pair in pairs for place in (pair.start, pair.end - 1)] + alone
    assert len(places) == len(set(places))
    assert all(text[place] in "“”‘’\"'「」()" for place in places)
    chosen = spans(text, longest)
    assert all(1 < end - start <= longest for start, end in chosen)
    assert all(before.end <= after.start for before, after in itertools.pairwise(chosen))


def test_many_unclosed_marks_take_little_time() -> None:
    assert len(match("(“" * 50_000)[1]) == 100_000
