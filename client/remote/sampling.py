"""Options of ``sample``, in a module of their own: ``--help`` needs them, but not gRPC."""

from typing import NamedTuple


class Sampling(NamedTuple):
    """How freely ``sample`` chooses tokens.

    Attributes:
        temperature: above 0; higher is more surprising.
        top_p: above 0 and up to 1; lower keeps to more common words.
        diversity: 0 or more; higher makes candidates differ more.
    """

    temperature: float = 0.8
    top_p: float = 0.9
    diversity: float = 0.5
