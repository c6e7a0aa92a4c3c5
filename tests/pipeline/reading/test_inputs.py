import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from apache_beam.io.filesystem import BeamIOError, FileMetadata, FileSystem

from pipeline.errors import JobError, UsageError
from pipeline.reading import filesystems, inputs
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
    assert inputs.find([str(folder)]).skipped == (
        Rejection("cover.png", "not a .txt, .md, .gz or .epub file"),
    )


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


def test_files_of_the_same_name_get_their_folder(tmp_path: Path) -> None:
    for author in ("kim", "lee"):
        (tmp_path / author).mkdir()
        (tmp_path / author / "1.txt").write_text(author)
    assert names(tmp_path / "kim", tmp_path / "lee") == ["kim/1.txt", "lee/1.txt"]


def test_nothing_there(tmp_path: Path) -> None:
    for pattern in (tmp_path / "none", tmp_path / "*.txt"):
        with pytest.raises(UsageError, match="no such file"):
            inputs.find([str(pattern)])
    with pytest.raises(JobError, match=r"no \.txt, \.md, \.gz or \.epub file in"):
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


def test_kinds_in_folders(tmp_path: Path) -> None:
    for name in ("a.md", "b.epub", "c.txt.gz", "d.MD.GZ", "e.gz", "f.hwp", "g.docx"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "folder.txt").mkdir()
    (tmp_path / "folder.txt" / "h.txt").write_bytes(b"")
    assert names(tmp_path) == ["a.md", "b.epub", "c.txt.gz", "d.MD.GZ", "e.gz", "folder.txt/h.txt"]
    skipped = inputs.find([str(tmp_path)]).skipped
    assert [rejection.file for rejection in skipped] == ["f.hwp", "g.docx"]
    assert names(f"{tmp_path}/*.md", f"{tmp_path}/*/*.txt") == ["a.md", "h.txt"]


class MemoryFileSystem(FileSystem):  # type: ignore[misc]
    """A remote file system, as Beam defines them."""

    files: ClassVar[dict[str, bytes]] = {}

    @classmethod
    def scheme(cls) -> str:
        return "memory"

    def join(self, basepath: str, *paths: str) -> str:
        return "/".join([basepath.rstrip("/"), *paths])

    def split(self, path: str) -> tuple[str, str]:
        head, _, tail = path.rpartition("/")
        return head, tail

    def has_dirs(self) -> bool:
        return False

    def _list(self, dir_or_prefix: str) -> Iterator[FileMetadata]:
        for path, data in self.files.items():
            if path.startswith(dir_or_prefix):
                yield FileMetadata(path, len(data))

    def open(self, path: str, mime_type: str = "", compression_type: str = "") -> io.BytesIO:
        if path not in self.files:
            raise RuntimeError("no such blob")
        return io.BytesIO(self.files[path])

    def exists(self, path: str) -> bool:
        return path in self.files

    def metadata(self, path: str) -> FileMetadata:
        return FileMetadata(path, len(self.files[path]))

    create = mkdirs = copy = rename = size = last_updated = checksum = delete = None


def test_a_file_system_beyond_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"memory://b/novels/a.txt": b"a", "memory://b/novels/x/b.md": b"b"}
    monkeypatch.setattr(MemoryFileSystem, "files", files)
    assert names("memory://b/novels") == ["a.txt", "x/b.md"]
    assert names("memory://b/novels/*.txt", "memory://b/novels/x/b.md") == ["a.txt", "b.md"]
    assert inputs.read("memory://b/novels/a.txt") == b"a"
    with pytest.raises(OSError, match="memory://"):
        inputs.read("memory://b/novels/none.txt")


@pytest.mark.parametrize(
    ("address", "advice"),
    [
        ("gs://bucket/novels", r'pip install "apache-beam\[gcp\]"'),
        ("s3://bucket/novels", r'pip install "apache-beam\[aws\]"'),
        ("hdfs://host/novels", r'pip install "apache-beam\[hadoop\]"'),
        ("ftp://host/novels", "not a supported file system"),
    ],
)
def test_what_file_systems_need(address: str, advice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filesystems, "_is_installed", lambda module: False)
    with pytest.raises(UsageError, match=advice) as error:
        inputs.find([address])
    assert "\n" not in str(error.value)


def test_missing_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    def match(patterns: list[str]) -> None:
        raise BeamIOError("Match failed", {patterns[0]: RuntimeError("no\ncredentials")})

    monkeypatch.setattr(inputs.FileSystems, "match", match)
    monkeypatch.setattr(filesystems, "_is_installed", lambda module: True)
    with pytest.raises(UsageError, match=r"\(no credentials\).* gcloud auth"):
        inputs.find(["gs://bucket/novels"])
