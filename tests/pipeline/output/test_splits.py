import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import JobError
from pipeline.output.splits import TEST, TRAIN, VALIDATION, assign

names = st.sets(st.text("0123456789abcdef", min_size=16, max_size=16), min_size=1, max_size=40)


@given(names, st.integers(0, 9), st.floats(0, 0.49), st.floats(0, 0.49))
def test_shares(works: set[str], seed: int, validation: float, test: float) -> None:
    splits = assign(dict.fromkeys(works, False), seed, validation, test, only_named=False)
    assert splits.keys() == works
    sizes = {name: list(splits.values()).count(name) for name in (TRAIN, VALIDATION, TEST)}
    assert sizes[TRAIN] >= 1
    if len(works) < 3:
        assert sizes[TRAIN] == len(works)
    else:
        for name, fraction in ((VALIDATION, validation), (TEST, test)):
            assert (sizes[name] >= 1) == (fraction > 0)
            assert abs(sizes[name] - fraction * len(works)) <= 1


@given(names, st.text("xyz", min_size=1), st.integers(0, 9), st.floats(0, 0.3), st.floats(0, 0.3))
def test_a_new_work_moves_at_most_one_other_across_each_border(
    works: set[str], new: str, seed: int, validation: float, test: float
) -> None:
    def splits(names: set[str]) -> dict[str, str]:
        return assign(dict.fromkeys(names, False), seed, validation, test, only_named=False)

    before, after = splits(works), splits(works | {new})
    moved = [work for work in works if before[work] != after[work]]
    for split in (VALIDATION, TEST):
        assert sum(split in (before[work], after[work]) for work in moved) <= 1


def test_order_does_not_matter_but_the_seed_does() -> None:
    works = [f"{n:016x}" for n in range(30)]
    first = assign(dict.fromkeys(works, False), 1, 0.1, 0.1, only_named=False)
    again = assign(dict.fromkeys(reversed(works), False), 1, 0.1, 0.1, only_named=False)
    other = assign(dict.fromkeys(works, False), 2, 0.1, 0.1, only_named=False)
    assert first == again != other


def test_named_works_alone_are_tested_on() -> None:
    works = {f"{n:016x}": n < 3 for n in range(10)}
    splits = assign(works, 1, 0.1, 0.5, only_named=True)
    assert {work for work, split in splits.items() if split == TEST} == set(list(works)[:3])
    assert list(splits.values()).count(VALIDATION) == 1


def test_naming_every_work_is_an_error() -> None:
    with pytest.raises(JobError, match="none is left to train on"):
        assign({"a": True, "b": True}, 1, 0.1, 0.1, only_named=True)
