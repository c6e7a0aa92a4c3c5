"""No text of a held-out split is in another: checked in the records of a whole job."""

from pathlib import Path

import pytest

from pipeline import records
from pipeline.command import run
from pipeline.duplicates import shingles
from pipeline.duplicates.repeated_passages import MIN_REPEATED_LETTERS
from pipeline.output.dataset import DataSet
from tests.pipeline.stories import novel


@pytest.fixture(scope="module")
def novels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Novels that have much in common."""
    folder = tmp_path_factory.mktemp("leaks")
    shared = novel(100, 30)
    for number in range(12):
        own = novel(number, 60).split("\n\n")
        text = "\n\n".join([*own[:5], shared if number % 3 else "", *own[5:]])
        (folder / f"{number:02d}.txt").write_text(text, "utf-8")
    edition = novel(3, 60).replace("는", "은").replace("보았다.", "보았다…")
    (folder / "edition.txt").write_text(edition, "utf-8")
    (folder / "collection.txt").write_text(novel(50) + novel(4, 60) + novel(51), "utf-8")
    return folder


@pytest.mark.parametrize("options", [(), ("--seed=3",), ("--test_works", "04.txt", "03.txt")])
def test_no_long_run_is_in_two_splits(
    novels: Path, tmp_path: Path, options: tuple[str, ...]
) -> None:
    output = str(tmp_path / "data")
    size = ("--vocab_size=600", "--validation_fraction=.2", "--test_fraction=.2")
    assert run(["--input", str(novels), "--output", output, *size, *options]) == 0
    data = DataSet.open(output)
    split_of: dict[str, str] = {}
    for split in records.SPLITS:
        works: dict[str, dict[int, str]] = {}
        for passage in data.passages(split):
            text = "".join(data.decode(passage.sentences))
            works.setdefault(passage.work, {})[passage.first_sentence] = text
        assert works
        for parts in works.values():
            letters = shingles.letters("".join(parts[first] for first in sorted(parts)))
            for at in range(len(letters) - MIN_REPEATED_LETTERS + 1):
                run_of_letters = letters[at : at + MIN_REPEATED_LETTERS]
                assert split_of.setdefault(run_of_letters, split) == split
    if "--test_works" in options:
        tested = {work["file"] for work in data.manifest["works"] if work["split"] == "test"}
        assert tested == {"03.txt", "04.txt"}
