"""Which folder is a model's newest version."""

import pytest

from trainer.configuration import TrainerError
from trainer.export.versions import SAVED_MODEL, newest_version, versions


def complete(folder):
    folder.mkdir(parents=True)
    (folder / SAVED_MODEL).touch()
    return folder


def test_versions_are_compared_as_numbers(tmp_path):
    complete(tmp_path / "9")
    newest = complete(tmp_path / "10")
    (tmp_path / ".11.writing").mkdir()
    (tmp_path / "12").touch()  # a file
    assert set(versions(tmp_path)) == {9, 10}
    assert newest_version(tmp_path) == newest


def test_a_version_is_its_own_newest(tmp_path):
    version = complete(tmp_path / "3")
    assert newest_version(version) == version


@pytest.mark.parametrize("base", ["nothing", "."])
def test_a_folder_without_versions_is_refused(tmp_path, base):
    assert not versions(tmp_path / base)
    with pytest.raises(TrainerError, match="holds no exported model"):
        newest_version(tmp_path / base)


def test_a_newest_version_without_a_graph_is_incomplete(tmp_path):
    complete(tmp_path / "1")
    (tmp_path / "2").mkdir()
    with pytest.raises(TrainerError, match="2 is incomplete"):
        newest_version(tmp_path)
