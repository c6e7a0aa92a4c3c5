"""The journal and the text of a story: what one has, the other has."""

import errno
import os
import time
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from client.candidate import Candidate
from client.errors import StoryError
from client.export.source import read_history
from client.ranking import Ranked, Reason
from client.sentences import split_sentences
from client.story.attribution import attribute
from client.story.journal import path_for
from client.story.lock import lock_path
from client.story.manuscript import Author, Line
from client.story.story import Story
from tests.client.conftest import OPENING, posix

TYPED = st.lists(st.text(min_size=1).map(split_sentences).filter(bool), max_size=5)


def write(story, *texts, author=Author.WRITER):
    story.append("write", [Line(text, author) for text in texts])


def undo(story):
    story.move("undo", story.history.manuscript.undo_target())


def read(path):
    """What a story is when it is opened, and closed again."""
    story = Story.open(str(path))
    story.close()
    return story


def left_beside(path):
    return [p.name for p in path.parent.iterdir() if p.name.startswith(".")]


@pytest.fixture
def story(story_file):
    story = Story.open(str(story_file))
    yield story
    story.close()


@given(TYPED)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_written_is_read_again(tmp_path, typed):
    path = tmp_path / "story.txt"
    for old in (path, path_for(path)):
        old.unlink(missing_ok=True)
    story = Story.open(str(path))
    for sentences in typed:
        write(story, *sentences)
    story.close()
    written = [s for sentences in typed for s in sentences]
    again = Story.open(str(path))
    assert again.sentences == written
    assert not again.remarks
    if written:
        assert path.read_text("utf-8") == "".join(f"{s}\n" for s in written)
        undo(again)
        assert again.sentences == [s for sentences in typed[:-1] for s in sentences]
        assert path.read_text("utf-8") == "".join(f"{s}\n" for s in again.sentences)
    again.close()
    assert not left_beside(path)


def test_opening_does_not_touch_the_file(story_file):
    def stat():  # without the time of access
        found = story_file.stat()
        return found.st_ino, found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns

    before = stat()
    assert read(story_file).sentences == OPENING
    assert stat() == before
    read(story_file.with_name("new.txt"))
    assert [p.name for p in story_file.parent.iterdir()] == [story_file.name]


def test_paragraphs_become_lines_and_blank_lines_stay(tmp_path):
    path = tmp_path / "story.txt"
    path.write_bytes("\ufeff하나. 둘.\r\n\r\n셋.\n\n".encode())
    story = Story.open(str(path))
    assert story.sentences == ["하나.", "둘.", "셋."]
    write(story, "넷.")
    assert path.read_text("utf-8") == "하나.\n둘.\n\n셋.\n\n넷.\n"
    story.delete(2, 3)
    assert path.read_text("utf-8") == "하나.\n\n넷.\n"
    undo(story)
    story.insert(0, [Line("영.")])
    story.insert(3, [Line("둘 반.")])
    story.replace(1, [Line("영영.")])
    assert path.read_text("utf-8") == "영영.\n하나.\n둘.\n둘 반.\n\n셋.\n\n넷.\n"
    story.close()
    assert read(path).remarks == []


@posix
def test_mode_and_link_survive(tmp_path):
    path, link = tmp_path / "story.txt", tmp_path / "link.txt"
    path.write_text("하나.\n", "utf-8")
    path.chmod(0o600)
    link.symlink_to(path)
    story = Story.open(str(link))
    write(story, "둘.")
    story.close()
    assert link.is_symlink()
    assert path.read_text("utf-8") == "하나.\n둘.\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path_for(path).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("make", "key"),
    [
        (lambda p: p.mkdir(), "story_directory"),
        pytest.param(lambda p: os.mkfifo(p, 0o600), "story_not_file", marks=posix),
        (lambda p: p.write_bytes("바다".encode("cp949")), "story_encoding"),
        pytest.param(
            lambda p: p.symlink_to(p.parent / "nowhere" / "s.txt"), "story_unwritable", marks=posix
        ),
        pytest.param(lambda p: os.mkfifo(path_for(p)), "story_unwritable", marks=posix),
        (lambda p: path_for(p).mkdir(), "story_unwritable"),
        (lambda p: path_for(p).write_text("내 일기"), "journal_alien"),
    ],
)
def test_what_cannot_be_a_story(tmp_path, make, key):
    path = tmp_path / "story.txt"
    make(path)
    with pytest.raises(StoryError) as caught:
        Story.open(str(path))
    assert caught.value.key == key


def test_a_journal_is_no_story(story, story_file):
    write(story, "등불이 꺼졌다.")
    story.close()
    with pytest.raises(StoryError, match="story_is_journal"):
        Story.open(str(path_for(story_file)))


def test_a_story_is_open_once(story, story_file):
    with pytest.raises(StoryError, match="story_open_elsewhere"):
        Story.open(str(story_file))
    story.close()
    assert read(story_file).sentences == OPENING


def test_the_lock_file_goes_with_the_session_and_may_be_left(story, story_file):
    lock = lock_path(story_file)
    assert lock.exists()
    story.close()
    assert not lock.exists()
    lock.touch()  # of a session that was killed
    assert read(story_file).sentences == OPENING
    assert not lock.exists()


def test_reading_needs_no_lock(story, story_file):
    write(story, "등불이 꺼졌다.")
    assert [line.text for line in read_history(str(story_file)).manuscript.lines] == story.sentences
    with pytest.raises(StoryError, match="story_open_elsewhere"):  # still
        Story.open(str(story_file))


@posix
def test_all_files_deleted_and_the_story_begun_anew_elsewhere(story, story_file):
    write(story, "등불이 꺼졌다.")
    for path in (story_file, path_for(story_file), lock_path(story_file)):
        path.unlink()
    other = Story.open(str(story_file))
    write(other, "다른 이야기.")
    with pytest.raises(StoryError, match="story_open_elsewhere"):
        write(story, "바람이 불었다.")
    story.close()
    assert lock_path(story_file).exists()  # the other's
    other.close()
    assert read(story_file).sentences == ["다른 이야기."]


def test_a_folder_that_is_read_only(story_file, monkeypatch):
    def refuse(path, *flags):
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(StoryError, match="story_unwritable"):
        Story.open(str(story_file))
    assert read_history(str(story_file)).manuscript.lines


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_name_in_either_normal_form(tmp_path, form):
    path = tmp_path / (unicodedata.normalize(form, "이야기") + ".txt")
    story = Story.open(str(path))
    write(story, "하나.")
    with pytest.raises(StoryError, match="story_open_elsewhere"):
        Story.open(str(path))
    story.close()
    assert sorted(p.name for p in tmp_path.iterdir()) == [path.name, path_for(path).name]


@posix
def test_the_longest_name_that_a_journal_can_have(tmp_path):
    path = tmp_path / f"{'a' * (255 - len('.txt.journal'))}.txt"
    story = Story.open(str(path))
    write(story, "하나.")
    story.close()
    assert read(path).sentences == ["하나."]


def test_a_file_that_another_program_holds_open_for_a_moment(story, story_file, monkeypatch):
    """On Windows: a virus scanner, a synchroniser."""
    replace, held = os.replace, [True, True]

    def busy(source, target):
        if held:
            held.pop()
            error = PermissionError(errno.EACCES, "in use")
            error.winerror = 32
            raise error
        replace(source, target)

    monkeypatch.setattr(os, "replace", busy)
    write(story, "등불이 꺼졌다.")
    assert story.saved
    assert story_file.read_text("utf-8").splitlines()[-1] == "등불이 꺼졌다."


def test_a_full_disk_loses_nothing(story, story_file, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StoryError, match="story_unwritable"):
            write(story, "등불이 꺼졌다.")
    assert not story.saved
    assert story_file.read_text("utf-8").splitlines() == OPENING
    assert left_beside(story_file) == [lock_path(story_file).name]
    story.save()
    assert story.saved
    assert story_file.read_text("utf-8").splitlines() == [*OPENING, "등불이 꺼졌다."]


def test_killed_between_journal_and_text(story, story_file, monkeypatch):
    write(story, "등불이 꺼졌다.")
    with monkeypatch.context() as patch:
        patch.setattr(story._text, "write", lambda lines: None)
        write(story, "바람이 불었다.")
    story.close()
    assert len(story_file.read_text("utf-8").splitlines()) == 6
    again = Story.open(str(story_file))
    assert again.sentences == [*OPENING, "등불이 꺼졌다.", "바람이 불었다."]
    assert not again.remarks
    assert not again.saved
    again.save()
    again.close()
    assert len(story_file.read_text("utf-8").splitlines()) == 7


def test_a_last_line_deleted_by_hand_is_not_taken_for_that(story, story_file):
    write(story, "등불이 꺼졌다.")
    story.close()
    time.sleep(0.02)  # file systems count time in ticks
    story_file.write_text("".join(f"{s}\n" for s in OPENING), "utf-8")
    again = Story.open(str(story_file))
    assert again.sentences == OPENING
    assert [remark.key for remark in again.remarks] == ["text_changed"]
    undo(again)
    assert again.sentences[-1] == "등불이 꺼졌다."
    again.close()


def test_what_another_program_changed_between_sessions(story, story_file):
    write(story, "등불이 꺼졌다.", author=Author.MODEL)
    write(story, "바람이 불었다.", author=Author.MODEL)
    story.close()
    changed = [OPENING[0], "", *OPENING[2:], "등불이 다시 꺼졌다.", "바람이 불었다.", "끝."]
    story_file.write_text("\n".join(changed), "utf-8")
    again = Story.open(str(story_file))
    assert again.sentences == [line for line in changed if line]
    authors = [line.author.value for line in again.lines[4:]]
    assert authors == ["edited", "model", "writer"]
    undo(again)
    assert again.sentences == [*OPENING, "등불이 꺼졌다.", "바람이 불었다."]
    again.close()


def test_what_another_program_changed_during_a_session(story, story_file):
    assert not story.merge_external_edits()
    story_file.write_text("다른 편집기에서 고쳤다.\n", "utf-8")
    assert story.merge_external_edits()
    write(story, "등불이 꺼졌다.")
    assert story_file.read_text("utf-8").splitlines() == [
        "다른 편집기에서 고쳤다.",
        "등불이 꺼졌다.",
    ]
    # Changed and not taken in: not written over.
    story_file.write_bytes("바다".encode("cp949"))
    with pytest.raises(StoryError, match="story_encoding"):
        story.merge_external_edits()
    with pytest.raises(StoryError, match="story_encoding"):
        write(story, "갔다.")
    assert story_file.read_bytes() == "바다".encode("cp949")
    assert not story.saved
    story.close()
    story_file.unlink()
    again = Story.open(str(story_file))
    assert again.sentences[-1] == "갔다."
    assert [remark.key for remark in again.remarks] == ["text_restored"]
    again.save()
    again.close()
    assert story_file.read_text("utf-8").splitlines()[-1] == "갔다."


def test_a_text_that_is_deleted_meanwhile_is_written_again(story, story_file):
    write(story, "등불이 꺼졌다.")
    story_file.unlink()
    assert not story.merge_external_edits()
    assert story_file.read_text("utf-8").splitlines()[-1] == "등불이 꺼졌다."


def test_a_damaged_journal_gives_back_what_it_can(story, story_file):
    reasons = dict.fromkeys(Reason, 0.5)
    ranked = Ranked(Candidate("바람이 불었다.", -3.0, 4, (1.0,)), 0.5, reasons, {"fit": 0.1})
    story.log_proposal("first", "", [ranked])
    write(story, "등불이 꺼졌다.")
    write(story, "바람이 불었다.", author=Author.MODEL)
    write(story, "문이 열렸다.", author=Author.MODEL)
    story.close()
    path = path_for(story_file)
    lines = path.read_bytes().split(b"\n")
    (damaged,) = [
        i for i, line in enumerate(lines) if b'"change"' in line and "바람".encode() in line
    ]
    lines[damaged] = lines[damaged].replace("바람".encode(), "사람".encode())
    path.write_bytes(b"\n".join(lines))
    again = Story.open(str(story_file))
    assert again.sentences == [*OPENING, "등불이 꺼졌다.", "바람이 불었다.", "문이 열렸다."]
    assert [line.author.value for line in again.lines[-2:]] == ["model", "model"]
    said = {remark.key: remark.fields for remark in again.remarks}
    assert said["journal_damaged"]["lines"] == str(damaged + 1)
    assert again.history.shown() == {"바람이 불었다."}
    again.save()
    again.close()
    assert read(story_file).remarks == []
    # Without the text, the journal gives what it has.
    story_file.unlink()
    assert read(story_file).sentences[-1] == "문이 열렸다."


def test_a_torn_journal_says_so(story, story_file):
    write(story, "등불이 꺼졌다.")
    story.close()
    with open(path_for(story_file), "ab") as file:
        file.write(b'{"n":99,"ti')
    again = read(story_file)
    assert again.sentences[-1] == "등불이 꺼졌다."
    (remark,) = again.remarks
    assert remark.key == "journal_torn"
    assert read(story_file).remarks == []


def test_an_event_that_makes_no_sense(story, story_file):
    story._journal.append("move", {"to": [1]})
    story._journal.flush()
    story.close()
    for _ in range(2):  # and it is not left locked
        with pytest.raises(StoryError, match="journal_event"):
            Story.open(str(story_file))


def test_going_back_to_a_sentence_that_came_with_others(story):
    story.go_back(3)
    assert story.sentences == OPENING[:3]
    assert len(story.history.manuscript.branches()) == 2
    first = story.history.manuscript.branches()[0]
    assert [line.text for line in story.branch_lines(first)] == OPENING
    write(story, "다른 길.")
    undo(story)
    undo(story)
    assert story.sentences == OPENING
    assert story.history.manuscript.undo_target() is None


@given(
    st.lists(st.sampled_from("가나다라"), max_size=6),
    st.lists(st.sampled_from("가나다라"), max_size=6),
)
def test_lines_that_stay_keep_their_author(before, after):
    lines = attribute([Line(text, Author.MODEL) for text in before], after, ())
    assert [line.text for line in lines] == after
    if before == after:
        assert {line.author for line in lines} <= {Author.MODEL}
    assert all(line.author is not Author.MODEL for line in lines if line.text not in before)
