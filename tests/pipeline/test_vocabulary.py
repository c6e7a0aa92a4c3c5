import itertools
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sentencepiece import SentencePieceProcessor

from pipeline import counts, model_file, unigram, vocabulary, words
from pipeline.errors import JobError
from pipeline.substrings import SPACE, chunks_of, find_substrings
from tests.pipeline.stories import story

SIZE = 465  # of the model in conftest.py
corpora = st.dictionaries(
    st.text("가나다", min_size=1, max_size=6), st.integers(1, 5), min_size=1, max_size=8
)


def test_counts_are_those_of_soynlp() -> None:
    from soynlp.word import WordExtractor

    sentences = [line for n in range(20) for line in story(n).splitlines() if line]
    plain = [" ".join(words.WORD.findall(sentence)) for sentence in sentences]
    reference = WordExtractor(min_frequency=5, verbose_points=0)
    reference.train(plain)
    eojeols = sum((counts.count_eojeols(sentence) for sentence in sentences), Counter())
    ours = words.word_extractor(eojeols, min_frequency=5)
    assert ours.L == reference.L
    assert ours.R == reference.R
    assert ours.all_cohesion_scores() == reference.all_cohesion_scores()
    assert len(ours.L) > 50


def test_counting_adds_up_and_prunes() -> None:
    combine = counts.CountEojeols()
    parts = []
    for sentence in ("가 나 가", "나 다", ""):
        parts.append(combine.add_input(combine.create_accumulator(), sentence))
    total = combine.extract_output(combine.merge_accumulators(parts))
    assert total == Counter({"가": 2, "나": 2, "다": 1})
    counts.prune(total, most=2)
    assert total == Counter({"가": 2, "나": 2})
    counts.prune(total, most=1)
    assert not total


@given(st.text(max_size=40))
def test_chunks_make_up_the_eojeol(eojeol: str) -> None:
    assert "".join(chunks_of(eojeol)) == SPACE + eojeol


def test_chunks_end_where_the_script_changes() -> None:
    assert chunks_of('"한글과漢字,abc123...') == [
        SPACE + '"', "한글과", "漢字", ",", "abc", "123", "...",
    ]  # fmt: skip


@given(corpora, st.integers(1, 4), st.integers(1, 3))
def test_substrings_are_those_found_by_hand(
    chunks: dict[str, int], longest: int, at_least: int
) -> None:
    found = find_substrings(chunks, longest, at_least)
    expected: Counter[str] = Counter()
    for chunk, count in chunks.items():
        for start, end in itertools.combinations(range(len(chunk) + 1), 2):
            if end - start <= longest:
                expected[chunk[start:end]] += count
    kept = {text: n for text, n in expected.items() if n >= at_least or len(text) == 1}
    assert dict(zip(found.texts, found.counts, strict=True)) == kept
    corpus = "".join(sorted(chunks, key=lambda text: (-len(text), text)))
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


@given(corpora, st.integers(0, 99))
@settings(deadline=None)
def test_expected_counts_are_those_of_all_segmentations(chunks: dict[str, int], seed: int) -> None:
    corpus = find_substrings(chunks, 3, 1)
    probs = np.random.default_rng(seed).uniform(0.01, 1, len(corpus.texts))
    prob = dict(zip(corpus.texts, probs, strict=True))
    expected: Counter[str] = Counter()
    for chunk, count in chunks.items():
        ways = _segmentations(chunk, set(prob))
        likelihood = [math.prod(prob[piece] for piece in way) for way in ways]
        for way, share in zip(ways, likelihood, strict=True):
            for piece in way:
                expected[piece] += count * share / sum(likelihood)
    found = unigram.expected_counts(corpus, probs)
    np.testing.assert_allclose(found, [expected[text] for text in corpus.texts], rtol=1e-9)


@given(corpora, st.integers(0, 99))
@settings(deadline=None)
def test_best_split_is_the_best_of_all(chunks: dict[str, int], seed: int) -> None:
    corpus = find_substrings(chunks, 4, 1)
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


def test_learned_pieces(tokenizer: SentencePieceProcessor, eojeols: Counter[str]) -> None:
    pieces = {tokenizer.id_to_piece(number) for number in range(tokenizer.get_piece_size())}
    assert tokenizer.get_piece_size() == SIZE
    assert {SPACE, "!", "7", "~", *"".join(eojeols)} <= pieces  # every character has a piece
    assert SPACE + "할머니" in pieces or SPACE + "할머니는" in pieces
    scores = [tokenizer.get_score(number) for number in range(model_file.RESERVED, SIZE)]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] < 0
    text = "할머니는 오래된 골목에서 편지를 읽었다."
    assert len(text) / len(tokenizer.encode(text)) > 2


def test_same_counts_same_model(eojeols: Counter[str], model: bytes) -> None:
    backwards = Counter(dict(reversed(list(eojeols.items()))))
    assert vocabulary.learn(backwards, SIZE).model == model


def test_takes_what_the_text_offers(eojeols: Counter[str]) -> None:
    learned = vocabulary.learn(eojeols, 8000)
    assert SIZE < learned.size < 8000
    assert learned.size == model_file.load(learned.model).get_piece_size()


def test_says_how_many_pieces_the_characters_need(eojeols: Counter[str]) -> None:
    with pytest.raises(JobError, match=r"too small.* or more") as caught:
        vocabulary.learn(eojeols, 300)
    needed = int(str(caught.value).split()[-3])
    assert vocabulary.learn(eojeols, needed).size == needed
    with pytest.raises(JobError):
        vocabulary.learn(eojeols, needed - 1)


def test_rare_and_strange_characters_do_not_stop_learning() -> None:
    strange = Counter({"가나다": 5, "龘" * 40: 1, "😀👨\u200d👩": 1, "\U0010fffd": 1, "a" * 300: 1})
    learned = vocabulary.learn(strange, 400)
    tokenizer = model_file.load(learned.model)
    assert tokenizer.decode(tokenizer.encode("가나다 龘😀")) == "가나다 龘😀"
