"""Duplicates are removed, and nothing else."""

import hashlib
import random

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.duplicates import shingles
from pipeline.duplicates.deduplication import RemoveDuplicates
from pipeline.duplicates.repeated_passages import MIN_REPEATED_LETTERS
from pipeline.options import IN_PROCESS_RUNNER
from pipeline.reading.works import Work
from pipeline.rejections import Rejection
from tests.pipeline import stories


def novel(seed: int, sentences: int = 120) -> list[str]:
    """The paragraphs, of three sentences each, of a novel that shares nothing with others."""
    return stories.novel(seed, sentences).strip().split("\n\n")


def changed(paragraphs: list[str], share: float) -> list[str]:
    """Another edition, which spells a share of the words differently."""
    draw = random.Random(1)
    return [
        " ".join(
            f"{word[0]}ㆍ{word[-1]}요" if draw.random() < share else word for word in it.split()
        )
        for it in paragraphs
    ]


def work(file: str, lines: list[str], named_for_test: bool = False) -> Work:
    return Work(
        hashlib.sha256("\n".join(lines).encode()).hexdigest(), file, named_for_test, tuple(lines)
    )


collected: list[Work | Rejection] = []  # by the workers, which run in this process


def collect(item: Work | Rejection) -> None:
    collected.append(item)


def run(works: list[Work]) -> tuple[dict[str, Work], dict[str, list[Rejection]]]:
    """Returns what is kept and what is rejected, by file."""
    collected.clear()
    with beam.Pipeline(options=PipelineOptions(["--runner", IN_PROCESS_RUNNER])) as pipeline:
        left, dropped = pipeline | beam.Create(works) | RemoveDuplicates()
        _ = (left, dropped) | beam.Flatten() | beam.Map(collect)
    rejected: dict[str, list[Rejection]] = {}
    for it in collected:
        if isinstance(it, Rejection):
            rejected.setdefault(it.file, []).append(it)
    return {it.file: it for it in collected if isinstance(it, Work)}, rejected


def text(it: Work) -> str:
    return shingles.letters("".join(it.lines))


def assert_nothing_long_in_two(works: dict[str, Work]) -> None:
    runs: dict[str, str] = {}
    for it in works.values():
        letters = text(it)
        for at in range(len(letters) - MIN_REPEATED_LETTERS + 1):
            other = runs.setdefault(letters[at : at + MIN_REPEATED_LETTERS], it.file)
            assert other == it.file


def test_different_works_stay_as_they_are() -> None:
    works = [work(f"{seed}.txt", novel(seed)) for seed in range(8)]
    kept, rejected = run(works)
    assert kept == {it.file: it for it in works}
    assert not rejected


def test_identical_works() -> None:
    kept, rejected = run([work(name, novel(1)) for name in ("b.txt", "a.txt")])
    assert set(kept) == {"a.txt"}
    assert rejected == {"b.txt": [Rejection("b.txt", "same content as another work", "a.txt")]}


def other_marks(lines: list[str]) -> list[str]:
    return [f"「{line.replace('.', '…').replace(' ', '  ')}」" for line in lines]


@pytest.mark.parametrize(
    "edition",
    [
        other_marks(novel(1)),
        changed(novel(1), 0.05),
        changed(novel(1), 0.1),
        novel(7, 30) + novel(1),
        [" ".join(novel(1)[at : at + 20]) for at in range(0, 40, 20)],
        [*novel(1)[4:], "제1장", "끝"],
    ],
    ids=[
        "marks",
        "5 % of words",
        "10 % of words",
        "preface",
        "chapters merged",
        "chapters left out",
    ],
)
def test_another_edition(edition: list[str]) -> None:
    works = [work("one.txt", novel(1)), work("two.txt", edition), work("else.txt", novel(2))]
    kept, rejected = run(works)
    assert len(kept) == 2
    assert "else.txt" in kept
    (gone,) = rejected
    (rejection,) = rejected[gone]
    assert rejection.reason == "nearly the same as another work"
    assert str(rejection.detail).startswith(f"{(set(kept) - {'else.txt'}).pop()}, about ")
    # The longer one is kept.
    sizes = {it.file: len(text(it)) for it in works}
    assert sizes[gone] <= max(sizes[file] for file in kept if file != "else.txt")


def test_what_the_user_named_is_kept() -> None:
    short, long = novel(1, 90), novel(1, 120)
    kept, rejected = run([work("long.txt", long), work("named.txt", short, named_for_test=True)])
    assert set(kept) == {"named.txt"}
    assert set(rejected) == {"long.txt"}
    collection = novel(2) + short + novel(3)
    kept, rejected = run(
        [work("long.txt", collection), work("named.txt", short, named_for_test=True)]
    )
    assert kept["named.txt"].lines == tuple(short)
    assert kept["long.txt"].lines == tuple(novel(2) + novel(3))
    assert len(rejected["long.txt"]) == 1


def test_a_story_in_a_collection_is_kept_there_only() -> None:
    story = novel(1, 60)
    collection = novel(2) + changed(story, 0.04) + novel(3)
    kept, rejected = run([work("all.txt", collection), work("story.txt", story)])
    assert set(kept) == {"all.txt"}
    assert kept["all.txt"].lines == tuple(collection)
    assert rejected["story.txt"][0].reason == "mostly contained in another work"
    assert str(rejected["story.txt"][0].detail).startswith("all.txt, ")


def test_a_passage_stays_in_the_longer_work() -> None:
    shared = novel(5, 9)
    long, short = novel(1, 150), novel(2)
    works = [
        work("long.txt", long[:10] + shared + long[10:]),
        work("short.txt", [*short[:8], short[8] + " " + " ".join(shared), *short[9:]]),
    ]
    kept, rejected = run(works)
    assert kept["long.txt"] == works[0]
    assert kept["short.txt"].lines == tuple(short)
    (rejection,) = rejected["short.txt"]
    size = len(" ".join(shared))
    assert rejection.detail == f"long.txt, 9 sentences of {size} characters, from paragraph 9"
    assert rejection.text is not None
    assert rejection.text.startswith(shared[0][:20])


def test_short_common_texts_stay() -> None:
    saying = "가는 말이 고와야 오는 말이 곱다고 하지 않았느냐. 바늘 도둑이 소도둑 되는 법이야."
    one, two = novel(1), novel(2)
    works = [work("1.txt", [saying, *one, saying]), work("2.txt", [*two[:5], saying, *two[5:]])]
    kept, rejected = run(works)
    assert kept == {it.file: it for it in works}
    assert not rejected


def test_a_passage_in_many_works_stays_in_one() -> None:
    shared = novel(9, 12)
    works = [work(f"{n:02d}.txt", novel(20 + n, 60 + n) + shared) for n in range(20)]
    kept, rejected = run(works)
    assert len(kept) == 20
    assert len(rejected) == 19
    assert_nothing_long_in_two(kept)


def test_order_does_not_matter() -> None:
    works = [work(f"{n}.txt", novel(n) + novel(50, 12)) for n in range(5)]
    works += [work("near.txt", changed(novel(3), 0.05)), work("same.txt", novel(4) + novel(50, 12))]
    first = run(works)
    random.Random(1).shuffle(works)
    assert run(works) == first


def test_works_without_letters_or_of_one_line() -> None:
    works = [work("a.txt", ["漢字 漢字。"]), work("b.txt", ["漢字 漢字!"]), work("c.txt", ["끝."])]
    works += [work("d.txt", [" ".join(novel(1)).replace(".", "")]), work("e.txt", novel(2))]
    kept, rejected = run(works)
    assert kept == {it.file: it for it in works}
    assert not rejected


pieces = st.lists(st.integers(0, 5), min_size=1, max_size=6)


@given(st.lists(pieces, min_size=2, max_size=4, unique_by=tuple), st.data())
@settings(max_examples=5)
def test_no_long_run_is_in_two_works(parts: list[list[int]], data: st.DataObject) -> None:
    """Works put together from the same pieces, cut anywhere."""
    works = []
    for number, chosen in enumerate(parts):
        whole = " ".join(line for part in chosen for line in novel(part, 12))
        start = data.draw(st.integers(0, 300))
        works.append(work(f"{number}.txt", [*novel(100 + number, 60), whole[start:]]))
    kept, rejected = run(works)
    assert_nothing_long_in_two(kept)
    for it in works:
        if it.file not in rejected:
            assert kept[it.file] == it
