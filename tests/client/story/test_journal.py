"""The journal: nothing that is in it is lost, whatever happens to its end or its middle."""

import errno
import os
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from client.story import journal as journals
from client.story.journal import Journal, JournalError
from tests.client.conftest import posix
from tests.conftest import ROOT

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
FIELDS = st.dictionaries(
    st.sampled_from(["text", "at", "more"]), st.one_of(TEXT, st.integers(), st.lists(TEXT))
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "이야기.txt.journal"


@pytest.fixture(scope="module", autouse=True)
def _no_waiting():
    """Nobody pulls the plug here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda fd: None)
        yield


def write(path, *texts):
    journal = Journal(path)
    for text in texts:
        journal.append("note", {"text": text})
    journal.flush()
    journal.close()


def texts(path):
    journal = Journal(path)
    journal.close()
    return [event["text"] for event in journal.contents.entries]


@given(st.lists(FIELDS, max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_added_is_read_again(path, events):
    path.unlink(missing_ok=True)
    journal = Journal(path)
    added = []
    for fields in events:
        added.append(journal.append("note", fields))
        journal.flush()
    journal.close()
    again = Journal(path)
    assert again.contents.entries == added
    assert not again.contents.damaged and not again.tail_path  # noqa: PT018
    again.close()
    assert path.exists() == bool(events)


def test_cut_off_at_any_byte(path):
    write(path, "하나", "둘", "셋")
    whole = path.read_bytes()
    ends = [i + 1 for i, byte in enumerate(whole) if byte == ord("\n")]
    for length in range(len(whole) + 1):
        path.write_bytes(whole[:length])
        # A line is there when all of it is, with or without its break.
        complete = sum(length >= end - 1 for end in ends)
        journal = Journal(path)
        assert len(journal.contents.entries) == complete
        start = [0, *ends][complete] if length < len(whole) else length
        assert bool(journal.tail_path) == (start < length)
        if journal.tail_path:
            assert journal.tail_path.read_bytes().startswith(whole[start:length])
            journal.tail_path.unlink()
        journal.append("note", {"text": "넷"})
        journal.flush()
        journal.close()
        assert texts(path) == [*["하나", "둘", "셋"][:complete], "넷"]
        path.unlink()


@pytest.mark.parametrize(
    "damage",
    [
        lambda line: line.replace("둘".encode(), "물".encode()),
        lambda line: b"\0" * len(line),
        lambda line: b"",
        lambda line: line[:20],
        lambda line: b"<html>",
    ],
)
def test_a_damaged_line_in_the_middle(path, damage):
    write(path, "하나", "둘", "셋")
    lines = path.read_bytes().split(b"\n")
    lines[1] = damage(lines[1])
    path.write_bytes(b"\n".join(lines))
    journal = Journal(path)
    assert [event["text"] for event in journal.contents.entries] == ["하나", "셋"]
    assert journal.contents.damaged == [2]
    journal.append("damaged", {"lines": [2], "text": "넷"})
    journal.flush()
    journal.close()
    again = Journal(path)
    assert again.contents.damaged == []  # told once
    assert len(again.contents.entries) == 3
    again.close()


def test_lines_that_are_missing(path):
    write(path, "하나", "둘", "셋")
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([lines[0], lines[2], lines[0], b""]))
    journal = Journal(path)
    journal.close()
    assert [event["text"] for event in journal.contents.entries] == ["하나", "셋"]
    assert journal.contents.damaged == [2, 3]


@pytest.mark.parametrize("data", [b"\n", b"hello\n", b"[1]\n" * 3, b"\xff\xfe\0"])
def test_what_is_no_journal_is_left_alone(path, data):
    path.write_bytes(data)
    with pytest.raises(JournalError, match="journal_alien"):
        Journal(path)
    assert path.read_bytes() == data


def test_a_later_version(path):
    journal = Journal(path)
    journal.append("begin", {"version": 2})
    journal.flush()
    journal.close()
    with pytest.raises(JournalError, match="journal_newer"):
        Journal(path)


def test_one_session_at_a_time_but_the_dead_do_not_count(path):
    hold = """
import sys, time
from pathlib import Path
from client.story.journal import Journal
journal = Journal(Path(sys.argv[1]))
journal.append("note", {"text": "저쪽"})
journal.flush()
print("open", flush=True)
time.sleep(60)
"""
    command = [sys.executable, "-c", hold, str(path)]
    other = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(JournalError, match="story_open_elsewhere"):
            Journal(path)
    finally:
        other.kill()
        other.wait()
        other.stdout.close()
    assert texts(path) == ["저쪽"]


def test_a_full_disk(path, monkeypatch):
    write(path, "하나")
    journal = Journal(path)
    written = os.write

    def full(fd, data):
        written(fd, bytes(data)[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    journal.append("note", {"text": "둘"})
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space"):
            journal.flush()
    assert not journal.saved
    assert len(journals.read(path.read_bytes()).entries) == 1
    journal.flush()
    assert journal.saved
    journal.close()
    assert texts(path) == ["하나", "둘"]


@posix
def test_a_journal_that_is_deleted_meanwhile_is_written_again(path):
    journal = Journal(path)
    journal.append("note", {"text": "하나"})
    journal.flush()
    path.unlink()
    journal.append("note", {"text": "둘"})
    journal.flush()
    journal.close()
    assert texts(path) == ["하나", "둘"]
