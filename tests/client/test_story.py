import errno
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from client.sentences import split_sentences
from client.story import Story, StoryError
from tests.client.conftest import OPENING

TYPED = st.lists(st.text(min_size=1).map(split_sentences).filter(bool), max_size=5)


def left_beside(path):
    return [p.name for p in path.parent.iterdir() if p.name.startswith(".")]


@given(TYPED)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_written_is_read_again(tmp_path, typed):
    path = tmp_path / "story.txt"
    path.unlink(missing_ok=True)
    story = Story.open(str(path))
    for sentences in typed:
        story.append(sentences)
    written = [s for sentences in typed for s in sentences]
    assert Story.open(str(path)).sentences == written
    if written:
        assert story.undo() == written[-1]
        assert Story.open(str(path)).sentences == written[:-1]
    assert not left_beside(path)


def test_opening_does_not_touch_the_file(story_file):
    before = story_file.stat()
    assert Story.open(str(story_file)).sentences == OPENING
    assert story_file.stat() == before
    new = story_file.with_name("new.txt")
    Story.open(str(new))
    assert not new.exists()


def test_paragraphs_become_lines_and_blank_lines_stay(tmp_path):
    path = tmp_path / "story.txt"
    path.write_bytes("\ufeff하나. 둘.\r\n\r\n셋.\n\n".encode())
    story = Story.open(str(path))
    assert story.sentences == ["하나.", "둘.", "셋."]
    story.append(["넷."])
    assert path.read_text("utf-8") == "하나.\n둘.\n\n셋.\n\n넷.\n"
    assert [story.undo() for _ in range(5)] == ["넷.", "셋.", "둘.", "하나.", None]


def test_mode_and_link_survive(tmp_path):
    path, link = tmp_path / "story.txt", tmp_path / "link.txt"
    path.write_text("하나.\n", "utf-8")
    path.chmod(0o640)
    link.symlink_to(path)
    Story.open(str(link)).append(["둘."])
    assert link.is_symlink()
    assert path.read_text("utf-8") == "하나.\n둘.\n"
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (lambda p: p.mkdir(), "story_directory"),
        (os.mkfifo, "story_not_file"),
        (lambda p: p.write_bytes("바다".encode("cp949")), "story_encoding"),
        (lambda p: p.symlink_to(p.parent / "nowhere" / "story.txt"), "story_unwritable"),
    ],
)
def test_what_cannot_be_a_story(tmp_path, make, key):
    path = tmp_path / "story.txt"
    make(path)
    with pytest.raises(StoryError) as caught:
        Story.open(str(path))
    assert caught.value.key == key


def test_a_full_disk_loses_nothing(story_file, monkeypatch):
    story = Story.open(str(story_file))

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StoryError, match="story_unwritable"):
            story.append(["등불이 꺼졌다."])
    assert not story.saved
    assert story_file.read_text("utf-8").splitlines() == OPENING
    assert not left_beside(story_file)
    story.save()
    assert story.saved
    assert story_file.read_text("utf-8").splitlines() == [*OPENING, "등불이 꺼졌다."]


def test_another_programs_change_is_kept(story_file):
    story = Story.open(str(story_file))
    story_file.write_text("다른 편집기에서 고쳤다.\n", "utf-8")
    with pytest.raises(StoryError, match="story_changed"):
        story.append(["등불이 꺼졌다."])
    assert story_file.read_text("utf-8") == "다른 편집기에서 고쳤다.\n"
    assert story.path == story_file.with_name("이야기-2.txt")
    story.append(["갔다."])
    assert story.path.read_text("utf-8").splitlines() == [
        *OPENING,
        "등불이 꺼졌다.",
        "갔다.",
    ]
