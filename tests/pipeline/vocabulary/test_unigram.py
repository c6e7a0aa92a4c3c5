import itertools
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.vocabulary import unigram
from pipeline.vocabulary.substrings import WORD_BOUNDARY, find_substrings, pretokenize

corpora = st.dictionaries(
    st.text("가나다", min_size=1, max_size=6), st.integers(1, 5), min_size=1, max_size=8
)


@given(st.text(max_size=40))
def test_pretokens_make_up_the_eojeol(eojeol: str) -> None:
    assert "".join(pretokenize(eojeol)) == WORD_BOUNDARY + eojeol


def test_pretokens_end_where_the_script_changes() -> None:
    assert pretokenize('"한글과漢字,abc123...') == [
        WORD_BOUNDARY + '"', "한글과", "漢字", ",", "abc", "123", "...",
    ]  # fmt: skip


@given(corpora, st.integers(1, 4), st.integers(1, 3))
def test_substrings_equal_those_of_a_plain_search(
    pretokens: dict[str, int], longest: int, at_least: int
) -> None:
    found = find_substrings(pretokens, longest, at_least, {})
    expected: Counter[str] = Counter()
    for pretoken, count in pretokens.items():
        for start, end in itertools.combinations(range(len(pretoken) + 1), 2):
            if end - start <= longest:
                expected[pretoken[start:end]] += count
    kept = {text: n for text, n in expected.items() if n >= at_least or len(text) == 1}
    assert dict(zip(found.texts, found.counts, strict=True)) == kept
    corpus = "".join(sorted(pretokens, key=lambda text: (-len(text), text)))
    for number, (text, first) in enumerate(zip(found.texts, found.first, strict=True)):
        assert corpus[first : first + len(text)] == text
        assert found.at[len(text) - 1][first] == number


def _segmentations(text: str, pieces: set[str]) -> list[list[str]]:
    if not text:
        return [[]]
    return [
        [text[:n], *rest]
        for n in range(1, len(text) + 1)
        if text[:n] in pieces
        for rest in _segmentations(text[n:], pieces)
    ]


@given(corpora, st.sets(st.integers(1, 5)), st.integers(0, 99))
def test_expected_counts_are_those_of_all_segmentations(
    pretokens: dict[str, int], boundaries: set[int], seed: int
) -> None:
    def crossed(way: list[str]) -> int:
        """How many boundaries of the word this segmentation crosses."""
        ends = set(itertools.accumulate(map(len, way)))
        return len({boundary for boundary in boundaries if boundary < max(ends)} - ends)

    known = {
        pretoken: tuple(boundary for boundary in sorted(boundaries) if boundary < len(pretoken))
        for pretoken in pretokens
    }
    corpus = find_substrings(pretokens, 3, 1, known)
    probs = np.random.default_rng(seed).uniform(0.01, 1, len(corpus.texts))
    prob = dict(zip(corpus.texts, probs, strict=True))
    expected: Counter[str] = Counter()
    for pretoken, count in pretokens.items():
        ways = _segmentations(pretoken, set(prob))
        likelihood = [
            math.prod(prob[piece] for piece in way)
            * math.exp(-unigram.CROSSING_COST * crossed(way))
            for way in ways
        ]
        for way, share in zip(ways, likelihood, strict=True):
            for piece in way:
                expected[piece] += count * share / sum(likelihood)
    found = unigram.expected_counts(corpus, probs)
    np.testing.assert_allclose(found, [expected[text] for text in corpus.texts], rtol=1e-9)


@given(corpora, st.integers(0, 99))
def test_best_split_is_the_best_of_all(pretokens: dict[str, int], seed: int) -> None:
    corpus = find_substrings(pretokens, 4, 1, {})
    scores = np.random.default_rng(seed).uniform(-9, -1, len(corpus.texts))
    score = dict(zip(corpus.texts, scores, strict=True))
    parts, best = unigram.best_split(corpus, scores)
    for number, text in enumerate(corpus.texts):
        ways = _segmentations(text, set(score) - {text})
        if not ways:
            assert best[number] == -math.inf
            continue
        assert best[number] == pytest.approx(max(sum(map(score.get, way)) for way in ways))
        chosen = [corpus.texts[part] for part in parts[number][::-1] if part < len(corpus.texts)]
        assert "".join(chosen) == text
        assert sum(map(score.get, chosen)) == pytest.approx(best[number])


def test_pieces_do_not_cross_boundaries_of_words() -> None:
    pretokens = {WORD_BOUNDARY + noun + "은": 9 for noun in ("가나", "다라", "마바", "사아")}
    pretokens |= {character: 1 for character in "가나다라마바사아은" + WORD_BOUNDARY}
    required = {text for text in pretokens if len(text) == 1}
    boundaries = {pretoken[1:]: (2,) for pretoken in pretokens if len(pretoken) > 1}

    def learn(boundaries: dict[str, tuple[int, ...]]) -> set[str]:
        return set(unigram.train(find_substrings(pretokens, 8, 2, boundaries), 14, required).texts)

    whole, nouns = (
        {WORD_BOUNDARY + word for word in boundaries},
        {WORD_BOUNDARY + word[:2] for word in boundaries},
    )
    assert whole <= learn({})
    assert nouns <= learn(boundaries)
