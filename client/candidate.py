"""A candidate for the next sentence, as the model returns it."""

from typing import NamedTuple

Vector = tuple[float, ...]  # [d], of unit length


class Scored(NamedTuple):
    """A sentence's log-probability."""

    log_prob: float  # natural logarithm, of the whole sentence with its end
    token_count: int  # with the end


class Candidate(NamedTuple):
    """A candidate for the next sentence."""

    text: str
    log_prob: float  # natural logarithm, of the whole sentence with its end
    token_count: int  # with the end
    embedding: Vector
