from collections import Counter

import apache_beam as beam
import pytest
from apache_beam.testing.util import assert_that, equal_to
from hypothesis import given
from hypothesis import strategies as st

from pipeline.vocabulary import eojeol_counts


def count(sentences: list[str], most: int, bundles: int) -> None:
    """Counts in Beam, in several bundles, and compares with plain counting."""
    plain = sum((eojeol_counts.count_eojeols(sentence) for sentence in sentences), Counter())
    least = eojeol_counts.minimum_count(Counter(plain.values()), most)
    expected = Counter({key: number for key, number in plain.items() if number >= least})
    with beam.Pipeline() as pipeline:
        found = (
            pipeline
            | beam.Create([sentences[n::bundles] for n in range(bundles)])
            | beam.Reshuffle()
            | "Sentences" >> beam.FlatMap(lambda part: part)
            | eojeol_counts.CountEojeols(most)
        )
        assert_that(found, equal_to([expected]))


@pytest.mark.parametrize(("most", "bundles", "table"), [(3, 1, 200_000), (3, 3, 1), (100, 3, 1)])
def test_counts_are_exact_however_the_text_is_dealt(
    most: int, bundles: int, table: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(eojeol_counts, "LOCAL_TABLE_SIZE", table)
    count(["가 나 가", "나 다", "", "가 라 마 바", "다 나 사"], most, bundles)


def test_no_text_no_counts() -> None:
    count([], 5, 1)


@given(st.dictionaries(st.integers(1, 9), st.integers(1, 9)), st.integers(1, 40))
def test_the_minimum_count_keeps_as_many_as_allowed(numbers: dict[int, int], most: int) -> None:
    least = eojeol_counts.minimum_count(numbers, most)
    left = sum(number for count, number in numbers.items() if count >= least)
    assert left <= most
    more = sum(number for count, number in numbers.items() if count >= least - 1)
    assert more == left or more > most or least == 1 + max(numbers)


@given(st.dictionaries(st.text(max_size=5), st.integers(1, 9)))
def test_buckets_hold_everything_once(found: dict[str, int]) -> None:
    buckets = list(eojeol_counts.into_buckets(found))
    assert len({number for number, _ in buckets}) == len(buckets)
    merged = [item for _, bucket in buckets for item in bucket.items()]
    assert len(merged) == len(found)
    assert dict(merged) == found


def test_a_very_long_eojeol_is_cut() -> None:
    assert eojeol_counts.count_eojeols("가" * 600) == Counter({"가" * 256: 2, "가" * 88: 1})
