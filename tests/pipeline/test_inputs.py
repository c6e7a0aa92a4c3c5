import os
from pathlib import Path

import pytest

from pipeline import inputs
from pipeline.errors import JobError, UsageError
from pipeline.rejections import Rejection


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.txt", "b.TXT", "deep/[1] 봄.txt", "cover.png", ".hidden.txt", "deep/.x/y.txt"):
        path = tmp_path / "books" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path / "books"


def names(*patterns: object) -> list[str]:
    return [file.name for file in inputs.find([str(pattern) for pattern in patterns]).files]


def test_folders(folder: Path) -> None:
    assert names(folder) == names(f"{folder}/") == ["a.txt", "b.TXT", "deep/[1] 봄.txt"]
    assert inputs.find([str(folder)]).others == (Rejection("cover.png", "not a .txt file"),)


def test_files_and_globs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert names(folder / "a.txt") == ["a.txt"]
    assert names(folder / "deep" / "[1] 봄.txt") == ["[1] 봄.txt"]
    assert names(f"{folder}/*.txt") == [".hidden.txt", "a.txt"]
    assert names(folder / "cover.png") == ["cover.png"]  # asked for by name
    assert names(folder, folder / "a.txt") == names(folder)
    monkeypatch.chdir(folder)
    assert names("*.txt") == [".hidden.txt", "a.txt"]
    assert names("deep") == ["[1] 봄.txt"]


def test_a_folder_whose_name_looks_like_a_glob(tmp_path: Path) -> None:
    (tmp_path / "[new]").mkdir()
    (tmp_path / "[new]" / "a.txt").write_text("a")
    assert names(tmp_path / "[new]") == ["a.txt"]


def test_same_names_are_told_apart(tmp_path: Path) -> None:
    for author in ("kim", "lee"):
        (tmp_path / author).mkdir()
        (tmp_path / author / "1.txt").write_text(author)
    assert names(tmp_path / "kim", tmp_path / "lee") == ["kim/1.txt", "lee/1.txt"]


def test_nothing_there(tmp_path: Path) -> None:
    for pattern in (tmp_path / "none", tmp_path / "*.txt", "gs://bucket/novels"):
        with pytest.raises(UsageError, match=r"no such file|cannot be listed"):
            inputs.find([str(pattern)])
    with pytest.raises(JobError, match=r"no \.txt file in"):
        inputs.find([str(tmp_path)])


def test_digest_depends_on_names_and_content_only(folder: Path, tmp_path: Path) -> None:
    before = inputs.digest(inputs.find([str(folder)]))
    moved = folder.rename(tmp_path / "moved")
    os.utime(moved / "a.txt", (1, 1))
    assert inputs.digest(inputs.find([str(moved)])) == before
    (moved / "a.txt").write_text("other")
    assert inputs.digest(inputs.find([str(moved)])) != before


def test_matching_for_the_test_split(folder: Path) -> None:
    _, _, spring = inputs.find([str(folder)]).files
    for pattern in ("[[]1] *", "[1] 봄.txt", "deep/*", str(folder / "deep/*"), "*봄*"):
        assert inputs.matches(spring, ["zzz", pattern])
    assert not inputs.matches(spring, ["봄", "a.txt"])
