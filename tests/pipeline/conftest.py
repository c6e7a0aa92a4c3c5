"""Fixtures: a small vocabulary, and novels."""

from collections import Counter
from pathlib import Path

import pytest
from sentencepiece import SentencePieceProcessor

from pipeline.vocabulary import eojeol_counts, learning, sentencepiece_model, soynlp_segmenter
from tests.pipeline.stories import novel, story


@pytest.fixture(scope="session")
def eojeols() -> Counter[str]:
    total: Counter[str] = Counter()
    for number in range(20):
        for line in story(number).splitlines():
            if line:
                total += eojeol_counts.count_eojeols(line)
    return total


@pytest.fixture(scope="session")
def model(eojeols: Counter[str]) -> bytes:
    return learning.learn(eojeols, 465, soynlp_segmenter.segment_words(eojeols)).model


@pytest.fixture(scope="session")
def tokenizer(model: bytes) -> SentencePieceProcessor:
    return sentencepiece_model.load(model)


@pytest.fixture
def novels(tmp_path: Path) -> Path:
    """A folder of five novels."""
    folder = tmp_path / "novels"
    folder.mkdir()
    for number in range(5):
        (folder / f"소설{number}.txt").write_text(novel(number), "utf-8")
    return folder
