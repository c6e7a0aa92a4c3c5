"""report.html: what the data set is, for people, on one page that needs nothing else."""

import functools
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import numpy as np

from pipeline.report import charts
from pipeline.report.reasons import Reason
from pipeline.report.statistics import Counts, Statistics
from pipeline.storage import Facts
from pipeline.vocabulary import sentencepiece_model
from pipeline.vocabulary.learning import Vocabulary
from pipeline.vocabulary.substrings import META_SYMBOL

SHOWN = 40  # pieces of each sample


@dataclass(frozen=True)
class Piece:
    """A piece of the vocabulary.

    Attributes:
        text: with SentencePiece's mark of a space.
        score: its log-probability.
        count: tokens of it in the data set.
    """

    text: str
    score: float
    count: int


def render(
    made: Facts, vocabulary: Vocabulary, counted: Statistics, reasons: Mapping[str, Reason]
) -> bytes:
    """Returns the page.

    Args:
        made: what dataset.json says.
        vocabulary: the vocabulary.
        counted: histograms over all sentences and tokens.
        reasons: what was refused, by reason.
    """
    used = np.zeros(vocabulary.size, np.int64)
    used[: len(counted.pieces)] = counted.pieces
    pieces = _pieces(vocabulary, used)
    page = _template().render(
        made,
        total={
            what: sum(split[what] for split in _splits(made).values())
            for what in ("works", "passages", "sentences", "tokens", "characters")
        },
        charts=[
            ("Tokens a sentence", charts.histogram(counted.sentence_tokens, "tokens")),
            ("Characters a sentence", charts.histogram(counted.sentence_characters, "characters")),
            ("Tokens of each piece", charts.rank_curve(used, "rank of the piece")),
        ],
        samples=_samples(pieces),
        reasons=sorted(reasons.items(), key=lambda item: (-item[1].count, item[0])),
    )
    return page.encode()


@functools.cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.jinja")


def _splits(made: Mapping[str, Any]) -> Mapping[str, Any]:
    return dict(made["splits"])


def _pieces(vocabulary: Vocabulary, used: Counts) -> list[Piece]:
    """The learned pieces, most probable first."""
    tokenizer = sentencepiece_model.load(vocabulary.model)
    return [
        Piece(tokenizer.id_to_piece(number), tokenizer.get_score(number), int(used[number]))
        for number in range(sentencepiece_model.RESERVED, vocabulary.size)
    ]


def _samples(pieces: list[Piece]) -> list[tuple[str, list[Piece]]]:
    """Pieces worth a look."""
    step = max(1, len(pieces) // SHOWN)
    several = [piece for piece in pieces if len(piece.text.strip(META_SYMBOL)) > 1]
    return [
        ("Most frequent", _first(pieces, key=lambda it: -it.count)),
        ("Most frequent of several characters", _first(several, key=lambda it: -it.count)),
        ("Across the vocabulary, by score", list(itertools.islice(pieces, 0, None, step))[:SHOWN]),
        ("Longest", _first(pieces, key=lambda it: -len(it.text))),
        ("Rarest that occur", _first(filter(_count, pieces), key=_count)),
    ]


def _count(piece: Piece) -> int:
    return piece.count


def _first(pieces: Iterable[Piece], key: Any) -> list[Piece]:
    return sorted(pieces, key=lambda it: (key(it), it.text))[:SHOWN]
