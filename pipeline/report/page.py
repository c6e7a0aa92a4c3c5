"""Renders report.html, a self-contained page that describes the data set."""

import functools
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import numpy as np

from pipeline.report import charts
from pipeline.report.rejection_counts import RejectionCount
from pipeline.report.statistics import Counts, Statistics
from pipeline.storage import Facts
from pipeline.vocabulary import sentencepiece_model
from pipeline.vocabulary.learning import Vocabulary
from pipeline.vocabulary.substrings import WORD_BOUNDARY

SHOWN = 40  # pieces in each sample


@dataclass(frozen=True)
class Piece:
    """A piece of the vocabulary.

    Attributes:
        text: its text, with ▁ for a space.
        score: its log-probability.
        count: how often it occurs in the data set.
    """

    text: str
    score: float
    count: int


def render(
    manifest: Facts,
    vocabulary: Vocabulary,
    counted: Statistics,
    reasons: Mapping[str, RejectionCount],
) -> bytes:
    """Return the page as HTML.

    Args:
        manifest: content of dataset.json.
        vocabulary: the vocabulary.
        counted: histograms over all sentences and tokens.
        reasons: counts of rejections by reason.
    """
    used = np.zeros(vocabulary.size, np.int64)
    used[: len(counted.pieces)] = counted.pieces
    pieces = _pieces(vocabulary, used)
    page = _template().render(
        manifest,
        total={
            what: sum(split[what] for split in _splits(manifest).values())
            for what in ("works", "passages", "sentences", "tokens", "characters")
        },
        charts=[
            ("Tokens per sentence", charts.histogram(counted.sentence_tokens, "tokens")),
            (
                "Characters per sentence",
                charts.histogram(counted.sentence_characters, "characters"),
            ),
            ("Piece frequency by rank", charts.rank_curve(used, "rank")),
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
    environment.filters["escapes"] = _with_escapes
    return environment.get_template("page.html.jinja")


def _with_escapes(text: str) -> str:
    """Returns text with its invisible characters as escapes, so that a pattern can be read."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _splits(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    return dict(manifest["splits"])


def _pieces(vocabulary: Vocabulary, used: Counts) -> list[Piece]:
    """Return the learned pieces, most probable first."""
    tokenizer = sentencepiece_model.load(vocabulary.model)
    return [
        Piece(tokenizer.id_to_piece(number), tokenizer.get_score(number), int(used[number]))
        for number in range(sentencepiece_model.RESERVED, vocabulary.size)
    ]


def _samples(pieces: list[Piece]) -> list[tuple[str, list[Piece]]]:
    """Return samples of pieces, with titles."""
    step = max(1, len(pieces) // SHOWN)
    several = [piece for piece in pieces if len(piece.text.strip(WORD_BOUNDARY)) > 1]
    return [
        ("Most frequent", _first(pieces, key=lambda it: -it.count)),
        ("Most frequent, two characters or more", _first(several, key=lambda it: -it.count)),
        ("Evenly spaced by score", list(itertools.islice(pieces, 0, None, step))[:SHOWN]),
        ("Longest", _first(pieces, key=lambda it: -len(it.text))),
        ("Least frequent", _first(filter(_count, pieces), key=_count)),
    ]


def _count(piece: Piece) -> int:
    return piece.count


def _first(pieces: Iterable[Piece], key: Any) -> list[Piece]:
    return sorted(pieces, key=lambda it: (key(it), it.text))[:SHOWN]
