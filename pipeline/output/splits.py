"""Assigns works to the train, validation and test splits."""

import hashlib
from collections.abc import Collection, Mapping

from pipeline.errors import JobError
from pipeline.records import SPLITS

TRAIN, VALIDATION, TEST = SPLITS


def assign(
    works: Mapping[str, bool],
    seed: int,
    validation_fraction: float,
    test_fraction: float,
    only_named: bool,
) -> dict[str, str]:
    """Return the split of each work.

    Works are sorted by a hash of their names. A work therefore stays in its split when its text is
    revised, and adding or removing a work moves at most one other work into or out of each split.
    If there are three works or more, validation and test get at least one each unless their
    fraction is 0; if there are fewer, all are for training.

    Args:
        works: names, and whether the user named the work for the test split.
        seed: changes the order.
        validation_fraction: share of the works for validation.
        test_fraction: share of the works for test; ignored if `only_named`.
        only_named: whether the test split consists of the named works alone.

    Raises:
        JobError: if no work is left for training.
    """
    test = {work for work, named in works.items() if only_named and named}
    others = sorted(set(works) - test, key=lambda work: _hash(work, seed))
    enough = len(works) >= 3
    if not only_named and enough:
        # Leave a work for training, and one for validation if it needs one.
        test = set(_first(others, test_fraction, len(works), 1 + (validation_fraction > 0)))
        others = others[len(test) :]
    validation: Collection[str] = ()
    if enough and len(others) >= 2:
        # From the other end, so that changes in the test split do not affect validation.
        others.reverse()
        validation = _first(others, validation_fraction, len(works), 1)
    splits = {work: TEST for work in test} | {work: VALIDATION for work in validation}
    if len(splits) >= len(works):
        raise JobError(
            f"--test_works matches all {len(works)} works, so none is left to train on; match fewer"
        )
    return {work: splits.get(work, TRAIN) for work in works}


def _first(works: list[str], fraction: float, of: int, leave: int) -> list[str]:
    if not fraction:
        return []
    return works[: min(max(1, round(of * fraction)), len(works) - leave)]


def _hash(work: str, seed: int) -> str:
    return hashlib.sha256(f"{seed} {work}".encode()).hexdigest()
